//! One payment service on a fresh database, and everything around it.

use std::net::{IpAddr, Ipv4Addr};

use std::sync::Arc;

use api::calls::{Pay, PayStatus, Payable, RefundAnswer};
use api::topics;
use async_trait::async_trait;
use audit::facts::PayOrderFact;
use clock::{IdGen, ManualClock, SECOND};
use delay::{Bus, EmbeddedBus, Handler, Message, Outbox, Verdict};
use edge::FingerprintKey;
use engine::IdempotencyKey;
use engine::postgres::{PgOutbox, Worker};
use engine::sqlite::{Db, Options};
use engine::testing::{Gate, PgDatabase, Tables, TestEngine, test_name};
use model::pay_order::CloseAnswer;
use model::{Cents, Ms, OrderId, PayOrderId, UserId};
use parking_lot::Mutex;
use pay::channel::RawNotice;
use pay::record::{Method, Record};
use pay::store::postgres::{self, PgStore};
use pay::store::{Owed, Store};
use pay::{Applied, Apply, Config, NoticeAnswer, Parts, PressAnswer, PressAsk, Service, SqliteStore, facts};
use serde_json::json;
use tempfile::TempDir;

use crate::bank::{Bank, PASSWORD};
use crate::shop::Shop;
use crate::till::{SANDBOX, Till, signed};

pub(crate) const JACK: UserId = UserId(1);
pub(crate) const ROSE: UserId = UserId(2);
pub(crate) const ORDER: OrderId = OrderId(501);
pub(crate) const OTHER: OrderId = OrderId(502);
pub(crate) const TOTAL: Cents = Cents(2_500);
pub(crate) const START: Ms = Ms(1_772_366_400_000);
pub(crate) const WINDOW_MS: i64 = 30 * 60 * SECOND;

pub(crate) struct World {
    pub(crate) service: Service,
    store: Arc<dyn Store>,
    pub(crate) tables: Tables,
    outbox: Arc<dyn Outbox>,
    pub(crate) bank: Bank,
    pub(crate) shop: Shop,
    pub(crate) till: Till,
    pub(crate) clock: ManualClock,
    pub(crate) config: Config,
    bus: EmbeddedBus,
    notices: Notices,
    _dir: Option<TempDir>,
}

/// A store on a fresh database of the engine that is tested.
struct Ground {
    store: Arc<dyn Store>,
    outbox: Arc<dyn Outbox>,
    tables: Tables,
    dir: Option<TempDir>,
}

impl Ground {
    fn sqlite(options: Options, config: Config) -> Self {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("t.db");
        let db = Db::open(&path, options, &[pay::MIGRATIONS]).unwrap();
        let store = SqliteStore::new(db.clone(), config);
        let outbox = Arc::new(store.outbox().clone());
        Self { store: Arc::new(store), outbox, tables: Tables::Sqlite(db, path), dir: Some(dir) }
    }

    /// `None` without a server.
    async fn postgres(config: Config, clock: &ManualClock) -> Option<Self> {
        let database = PgDatabase::create(&test_name()).await?;
        let (db, outbox) = pg_parts(&database, clock, 0);
        db.migrate(&postgres::MIGRATIONS).await.unwrap();
        let store = PgStore::new(db.clone(), outbox.clone(), config);
        let tables = Tables::Postgres(db, Box::new(database));
        Some(Self { store: Arc::new(store), outbox: Arc::new(outbox), tables, dir: None })
    }
}

/// The schema as the process `number` sees it.
fn pg_parts(database: &PgDatabase, clock: &ManualClock, number: u16) -> (engine::postgres::Db, PgOutbox) {
    let (db, clock, worker) = (database.db("pay"), Arc::new(clock.clone()), Worker { number });
    (db.clone(), PgOutbox::new(db, clock, worker, "pay", topics::OF_PAY, &[]))
}

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Takes `pay.success` the way `trade` would.
#[derive(Clone, Default)]
struct Notices(Arc<Mutex<Vec<OrderId>>>);

#[async_trait]
impl Handler for Notices {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        self.0.lock().extend(batch.iter().map(|message| OrderId(message.subject)));
        vec![Verdict::Done; batch.len()]
    }
}

impl World {
    /// Jack has two open orders, both over [`TOTAL`] and due in [`WINDOW_MS`]. `None` without a server to test with.
    pub(crate) async fn new() -> Option<Self> {
        Self::on(TestEngine::chosen(), Options::for_tests()).await
    }

    /// The same where writes that arrive together share a commit.
    pub(crate) async fn grouped() -> Option<Self> {
        Self::on(TestEngine::chosen(), Options { durable: false, ..Options::default() }).await
    }

    /// On PostgreSQL, whatever is tested otherwise.
    pub(crate) async fn on_postgres() -> Option<Self> {
        Self::on(TestEngine::Postgres, Options::for_tests()).await
    }

    async fn on(engine: TestEngine, options: Options) -> Option<Self> {
        let (config, clock) = (Config::default(), ManualClock::at(START));
        let Ground { store, outbox, tables, dir } = match engine {
            TestEngine::Sqlite => Ground::sqlite(options, config),
            TestEngine::Postgres => Ground::postgres(config, &clock).await?,
        };
        let (bank, shop, till) = (Bank::default(), Shop::default(), Till::default());
        for order in [ORDER, OTHER] {
            shop.put(order, payable(START + WINDOW_MS));
        }
        let service = Service::new(Parts {
            store: store.clone(),
            trade: Arc::new(shop.clone()),
            users: Arc::new(bank.clone()),
            channels: vec![Arc::new(till.clone())],
            clock: Arc::new(clock.clone()),
            ids: Arc::new(IdGen::new(1)),
            config,
        });
        let (bus, notices) = (EmbeddedBus::default(), Notices::default());
        service.subscribe(&bus);
        bus.subscribe(topics::PAY_SUCCESS, Arc::new(notices.clone()));
        Some(Self {
            service,
            store,
            tables,
            outbox,
            bank,
            shop,
            till,
            clock,
            config,
            bus,
            notices,
            _dir: dir,
        })
    }

    /// The storage as another process of the service has it.
    pub(crate) fn replica(&self, number: u16) -> PgStore {
        let (db, outbox) = pg_parts(self.database(), &self.clock, number);
        PgStore::new(db, outbox, self.config)
    }

    /// Holds up others by the locks that `sql` takes.
    pub(crate) async fn gate(&self, sql: &str) -> Gate {
        self.database().gate("pay", sql).await
    }

    fn database(&self) -> &PgDatabase {
        match &self.tables {
            Tables::Postgres(_, database) => database,
            Tables::Sqlite(..) => panic!("there is one process on the embedded engine"),
        }
    }

    /// What the auditor is told of all pay orders.
    pub(crate) async fn facts(&self) -> Vec<PayOrderFact> {
        let (by_order, by_id) = match &self.tables {
            Tables::Sqlite(db, _) => (
                db.read(|connection| facts::by_order(connection, OrderId(0), 100)).unwrap(),
                db.read(|connection| facts::by_id(connection, PayOrderId(0), 100)).unwrap(),
            ),
            Tables::Postgres(_, database) => {
                let conn = database.db("public").conn().await.unwrap();
                (
                    facts::postgres::by_order(&conn, OrderId(0), 100).await.unwrap(),
                    facts::postgres::by_id(&conn, PayOrderId(0), 100).await.unwrap(),
                )
            }
        };
        assert!(by_order.is_sorted_by_key(|fact| fact.pay_order.order));
        assert!(by_id.is_sorted_by_key(|fact| fact.pay_order.id));
        assert_eq!(by_order.len(), by_id.len());
        by_order
    }

    pub(crate) async fn apply(&self, order: OrderId) -> Applied {
        self.apply_as(JACK, order, TOTAL, None).await
    }

    pub(crate) async fn apply_as(
        &self,
        caller: UserId,
        order: OrderId,
        amount: Cents,
        key: Option<IdempotencyKey>,
    ) -> Applied {
        let method = Method { channel: "balance".into(), pay_type: 5, info: "a kettle".into() };
        self.service.apply(Apply { caller, order, amount, method, key }).await.unwrap()
    }

    /// Jack applies to pay at the provider.
    pub(crate) async fn apply_there(&self, order: OrderId) -> Applied {
        let method = Method { channel: SANDBOX.into(), pay_type: 4, info: "a kettle".into() };
        self.service.apply(Apply { caller: JACK, order, amount: TOTAL, method, key: None }).await.unwrap()
    }

    /// The same, expecting a pay order.
    pub(crate) async fn bill(&self, order: OrderId) -> PayOrderId {
        match self.apply_there(order).await {
            Applied::PayOrder(id) => id,
            other => panic!("no pay order but {other:?}"),
        }
    }

    /// The provider tells of `id`, now.
    pub(crate) async fn notice(&self, id: PayOrderId, status: &str, amount: Cents) -> NoticeAnswer {
        self.notice_of(self.now(), &json!({ "id": id, "status": status, "amount": amount }).to_string()).await
    }

    /// A notice signed at `at` comes in.
    pub(crate) async fn notice_of(&self, at: Ms, body: &str) -> NoticeAnswer {
        let (headers, path) = (signed(at), "/pay-orders/notices/sandbox");
        let raw = RawNotice { path, headers: &headers, body: body.as_bytes() };
        self.service.notice(SANDBOX, raw).await.unwrap()
    }

    /// Lets enough time pass for every duty and look, without ending: `times` rounds.
    pub(crate) async fn pass(&self, times: usize) {
        for _ in 0..times {
            self.clock.advance(self.config.sweep_rest_ms_max);
            self.pump().await;
            self.sweep().await;
        }
    }

    /// Applies and expects to get a pay order.
    pub(crate) async fn pay_order(&self, order: OrderId) -> PayOrderId {
        match self.apply(order).await {
            Applied::PayOrder(id) => id,
            other => panic!("no pay order but {other:?}"),
        }
    }

    pub(crate) async fn press(&self, id: PayOrderId) -> PressAnswer {
        self.service.press(press(JACK, id, PASSWORD, None)).await.unwrap()
    }

    pub(crate) async fn press_with(&self, id: PayOrderId, password: &str, key: &str) -> PressAnswer {
        let key = idempotency_key(key, password);
        self.service.press(press(JACK, id, password, Some(key))).await.unwrap()
    }

    pub(crate) async fn close(&self, order: OrderId) -> CloseAnswer {
        Pay::close(&self.service, vec![order]).await.unwrap()[0]
    }

    pub(crate) async fn refund(&self, order: OrderId) -> RefundAnswer {
        Pay::refund(&self.service, vec![order]).await.unwrap()[0]
    }

    pub(crate) async fn paid(&self, order: OrderId) -> bool {
        matches!(Pay::status(&self.service, vec![order]).await.unwrap()[0], PayStatus::Paid { .. })
    }

    pub(crate) async fn record(&self, order: OrderId) -> Record {
        self.service.of_order(order).await.unwrap().unwrap()
    }

    /// Hands over everything that is due, until nothing is.
    pub(crate) async fn pump(&self) {
        loop {
            let now = self.now();
            let due = self.outbox.page(None, now, 1_000).await.unwrap();
            if due.is_empty() {
                return;
            }
            for message in due {
                let handler = self.bus.outlet(message.topic.code).unwrap();
                let verdict = handler.handle(std::slice::from_ref(&message)).await.remove(0);
                let fate = handler.retry().fate(&message, verdict, now);
                self.outbox.settle(vec![(message, fate)]).await.unwrap();
            }
        }
    }

    /// How much is owed, as the gauges say.
    pub(crate) async fn owed(&self) -> Owed {
        self.store.owed().await.unwrap()
    }

    pub(crate) async fn sweep(&self) {
        self.service.sweep_once(0).await.unwrap();
    }

    /// Long enough for duties and sweep to have had their turn.
    pub(crate) async fn settle_down(&self) {
        for _ in 0..4 {
            self.clock.advance(self.config.sweep_rest_ms_max + self.config.sweep_grace_ms);
            self.pump().await;
            self.sweep().await;
        }
        self.pump().await;
    }

    /// As if the broker, or an operator, had wiped all messages.
    pub(crate) async fn lose_messages(&self) {
        self.tables.execute("DELETE FROM pay_outbox").await.unwrap();
    }

    /// As if the duty of `attempt` had been written twice.
    pub(crate) async fn double_duty(&self, attempt: i64) {
        let claim = match self.tables {
            Tables::Sqlite(..) => ("", ""),
            Tables::Postgres(..) => (", ready, claimed_by, claimed_until", ", ready + 1, 0, 0"),
        };
        let sql = format!(
            "INSERT INTO pay_outbox (due, topic, subject, attempts, rejects, created, body, trace, error{})
             SELECT due + 1, topic, {attempt}, 0, 0, created, body, trace, ''{} FROM pay_outbox",
            claim.0, claim.1
        );
        self.tables.execute(&sql).await.unwrap();
    }

    pub(crate) async fn messages(&self) -> i64 {
        self.count("SELECT count(*) FROM pay_outbox").await
    }

    pub(crate) async fn dead_letters(&self) -> i64 {
        self.count("SELECT count(*) FROM pay_dead").await
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.tables.count(sql).await
    }

    /// Changes pay orders behind everybody's back, past all checks.
    pub(crate) async fn corrupt(&self, sql: &str) {
        self.tables.corrupt("pay_orders", sql).await;
    }

    /// The orders `trade` was told of.
    pub(crate) fn notices(&self) -> Vec<OrderId> {
        self.notices.0.lock().clone()
    }

    pub(crate) fn now(&self) -> Ms {
        clock::Clock::now(&self.clock)
    }

    /// The routes, as the shell would call them.
    pub(crate) fn router(&self) -> axum::Router {
        let (router, _) = pay::routes(self.service.clone()).split_for_parts();
        router.layer(axum::Extension(FingerprintKey([7; 32])))
    }
}

pub(crate) fn payable(deadline: Ms) -> Payable {
    Payable { owner: JACK, total: TOTAL, deadline, open: true, paid: false, trace: String::new() }
}

pub(crate) fn press(
    caller: UserId,
    pay_order: PayOrderId,
    password: &str,
    key: Option<IdempotencyKey>,
) -> PressAsk {
    PressAsk { caller, pay_order, password: password.to_owned(), from: LOOPBACK, key }
}

/// A key whose fingerprint stands for a body.
pub(crate) fn idempotency_key(key: &str, body: &str) -> IdempotencyKey {
    let mut fingerprint = [0; 16];
    for (index, byte) in body.bytes().enumerate() {
        fingerprint[index % 16] ^= byte;
    }
    IdempotencyKey { owner: JACK.0, key: key.to_owned(), fingerprint }
}
