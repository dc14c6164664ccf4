//! One payment service on a fresh database, and everything around it.

use std::net::{IpAddr, Ipv4Addr};

use std::sync::Arc;

use api::calls::{Pay, PayStatus, Payable, RefundAnswer};
use api::topics;
use async_trait::async_trait;
use clock::{IdGen, ManualClock, SECOND};
use delay::{Bus, EmbeddedBus, Handler, Message, Outbox, Verdict};
use edge::FingerprintKey;
use engine::IdempotencyKey;
use engine::sqlite::{Db, Options};
use model::pay_order::CloseAnswer;
use model::{Cents, Ms, OrderId, PayOrderId, UserId};
use parking_lot::Mutex;
use pay::record::{Method, Record};
use pay::{Applied, Apply, Config, Parts, PressAnswer, PressAsk, Service, SqliteStore};
use tempfile::TempDir;

use crate::bank::{Bank, PASSWORD};
use crate::shop::Shop;

pub(crate) const JACK: UserId = UserId(1);
pub(crate) const ROSE: UserId = UserId(2);
pub(crate) const ORDER: OrderId = OrderId(501);
pub(crate) const OTHER: OrderId = OrderId(502);
pub(crate) const TOTAL: Cents = Cents(2_500);
pub(crate) const START: Ms = Ms(1_772_366_400_000);
pub(crate) const WINDOW_MS: i64 = 30 * 60 * SECOND;

pub(crate) struct World {
    pub(crate) service: Service,
    pub(crate) store: SqliteStore,
    pub(crate) db: Db,
    pub(crate) bank: Bank,
    pub(crate) shop: Shop,
    pub(crate) clock: ManualClock,
    pub(crate) config: Config,
    bus: EmbeddedBus,
    notices: Notices,
    dir: TempDir,
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
    /// Jack has two open orders, both over [`TOTAL`] and due in [`WINDOW_MS`].
    pub(crate) fn new() -> Self {
        Self::on(Options::for_tests())
    }

    /// The same on a database opened with `options`.
    pub(crate) fn on(options: Options) -> Self {
        let dir = TempDir::new().unwrap();
        let db = Db::open(&dir.path().join("t.db"), options, &[pay::MIGRATIONS]).unwrap();
        let (config, clock) = (Config::default(), ManualClock::at(START));
        let store = SqliteStore::new(db.clone(), config);
        let (bank, shop) = (Bank::default(), Shop::default());
        for order in [ORDER, OTHER] {
            shop.put(order, payable(START + WINDOW_MS));
        }
        let service = Service::new(Parts {
            store: Arc::new(store.clone()),
            trade: Arc::new(shop.clone()),
            users: Arc::new(bank.clone()),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(IdGen::new(1)),
            config,
        });
        let (bus, notices) = (EmbeddedBus::default(), Notices::default());
        service.subscribe(&bus);
        bus.subscribe(topics::PAY_SUCCESS, Arc::new(notices.clone()));
        Self { service, store, db, bank, shop, clock, config, bus, notices, dir }
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
            let due = self.store.outbox().page(None, now, 1_000).await.unwrap();
            if due.is_empty() {
                return;
            }
            for message in due {
                let handler = self.bus.outlet(message.topic.code).unwrap();
                let verdict = handler.handle(std::slice::from_ref(&message)).await.remove(0);
                let fate = handler.retry().fate(&message, verdict, now);
                self.store.outbox().settle(vec![(message, fate)]).await.unwrap();
            }
        }
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
        self.db.write(|tx| Ok(tx.execute("DELETE FROM pay_outbox", [])?)).await.unwrap();
    }

    pub(crate) fn messages(&self) -> i64 {
        self.count("SELECT count(*) FROM pay_outbox")
    }

    pub(crate) fn dead_letters(&self) -> i64 {
        self.count("SELECT count(*) FROM pay_dead")
    }

    pub(crate) fn count(&self, sql: &str) -> i64 {
        self.db.read(|connection| Ok(connection.query_row(sql, [], |row| row.get(0))?)).unwrap()
    }

    /// Changes the file behind everybody's back, past all checks.
    pub(crate) fn corrupt(&self, sql: &str) {
        let connection = rusqlite::Connection::open(self.dir.path().join("t.db")).unwrap();
        connection.execute_batch("PRAGMA ignore_check_constraints = ON").unwrap();
        connection.execute_batch(sql).unwrap();
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
    Payable { owner: JACK, total: TOTAL, deadline, open: true, paid: false }
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
