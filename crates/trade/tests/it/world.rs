//! One order service on a fresh database, and everything around it.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::body::ClearCart;
use api::topics;
use async_trait::async_trait;
use clock::{Clock, HOUR, IdGen, MINUTE, ManualClock};
use delay::{Bus, EmbeddedBus, Handler, Message, Outbox, Verdict};
use edge::testing::{Sent, call, principal};
use edge::{FingerprintKey, Role};
use engine::IdempotencyKey;
use engine::sqlite::Options;
use http::{Method, StatusCode};
use model::order::{Order, State};
use model::{AddressId, ItemId, Ms, OrderId, UserId};
use parking_lot::Mutex;
use serde_json::Value;
use trade::place::{Failure, Refused, Wish};
use trade::store::{Entry, Row, Store};
use trade::{Config, Parts, Service, SweepReport};

use crate::engines::Base;
use crate::shelf::{KETTLE, Shelf};
use crate::till::{Addresses, Till};
use crate::wire::Wire;

pub(crate) const JACK: UserId = UserId(1);
pub(crate) const ROSE: UserId = UserId(2);
pub(crate) const STAFF: u64 = 9;
pub(crate) const ADDRESS: AddressId = AddressId(61);
pub(crate) const START: Ms = Ms(1_772_366_400_000);
pub(crate) const WINDOW_MS: i64 = 15 * MINUTE;
/// Longer than a day, and than 32 bits of milliseconds; no whole number of days.
pub(crate) const LONG_WINDOW_MS: i64 = (60 * 24 + 6) * HOUR;

pub(crate) struct World {
    pub(crate) service: Service,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) outbox: Arc<dyn Outbox>,
    pub(crate) wire: Wire,
    pub(crate) shelf: Shelf,
    pub(crate) till: Till,
    pub(crate) clock: ManualClock,
    pub(crate) bus: Arc<EmbeddedBus>,
    pub(crate) base: Base,
    carts: Carts,
}

/// Takes `order.create` the way `cart` would.
#[derive(Clone, Default)]
struct Carts(Arc<Mutex<Vec<Message>>>);

#[async_trait]
impl Handler for Carts {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        self.0.lock().extend_from_slice(batch);
        vec![Verdict::Done; batch.len()]
    }
}

pub(crate) fn config() -> Config {
    Config { windows_ms: [WINDOW_MS, 2 * WINDOW_MS, LONG_WINDOW_MS], ..Config::default() }
}

impl World {
    /// On the engine that the environment names. `None`: the test is skipped.
    pub(crate) async fn new() -> Option<Self> {
        Self::on(Options::for_tests()).await
    }

    /// The same; if on SQLite, opened with `options`.
    pub(crate) async fn on(options: Options) -> Option<Self> {
        let (wire, clock) = (Wire::default(), ManualClock::at(START));
        let (shelf, till) = (Shelf::new(wire.clone()), Till::new(wire.clone()));
        let base = Base::new(options, &clock, &config()).await?;
        let (store, outbox) = (base.store.clone(), base.outbox.clone());
        let service = Service::new(Parts {
            store: store.clone(),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(IdGen::new(1)),
            items: Arc::new(shelf.clone()),
            pay: Arc::new(till.clone()),
            users: Arc::new(Addresses(wire.clone())),
            config: config(),
        });
        let (bus, carts) = (Arc::new(EmbeddedBus::default()), Carts::default());
        service.subscribe(bus.as_ref());
        bus.subscribe(topics::ORDER_CREATED, Arc::new(carts.clone()));
        Some(Self { service, store, outbox, wire, shelf, till, clock, bus, base, carts })
    }

    /// Jack orders a kettle.
    pub(crate) async fn order(&self) -> OrderId {
        self.service.place(wish(&[(KETTLE, 1)]), None).await.unwrap()
    }

    /// Jack orders a kettle and applies to pay.
    pub(crate) async fn applied(&self) -> OrderId {
        let id = self.order().await;
        self.apply(id).await;
        id
    }

    pub(crate) async fn apply(&self, id: OrderId) {
        let payable = api::calls::Trade::apply_payment(&self.service, id).await.unwrap();
        assert!(payable.is_some_and(|payable| payable.open));
    }

    /// Jack orders a kettle and pays.
    pub(crate) async fn paid(&self) -> OrderId {
        let id = self.applied().await;
        self.till.press(id);
        self.till.resolve(id, true);
        self.notice(id).await;
        assert_eq!(self.state(id).await, State::Paid);
        id
    }

    pub(crate) async fn place(&self, lines: &[(ItemId, u32)], key: &str) -> Result<OrderId, Failure> {
        let body = format!("{lines:?}");
        self.service.place(wish(lines), Some(idempotency_key(key, &body))).await
    }

    /// `pay.success` comes in.
    pub(crate) async fn notice(&self, id: OrderId) -> Verdict {
        self.hand(Message::new(topics::PAY_SUCCESS, id.0, self.now(), self.now())).await
    }

    pub(crate) async fn hand(&self, message: Message) -> Verdict {
        self.bus.outlet(message.topic.code).unwrap().handle(&[message]).await.remove(0)
    }

    /// Hands over everything that is due, in batches by topic, until nothing is.
    pub(crate) async fn pump(&self) {
        loop {
            let now = self.now();
            let due = self.outbox.page(None, now, 1_000).await.unwrap();
            let mut batches: BTreeMap<u16, Vec<Message>> = BTreeMap::new();
            for message in due {
                batches.entry(message.topic.code).or_default().push(message);
            }
            if batches.is_empty() {
                return;
            }
            for (topic, batch) in batches {
                let handler = self.bus.outlet(topic).unwrap();
                let verdicts = handler.handle(&batch).await;
                let fate = |(message, verdict)| {
                    let fate = handler.retry().fate(&message, verdict, now);
                    (message, fate)
                };
                let fates = batch.into_iter().zip(verdicts).map(fate).collect();
                self.outbox.settle(fates).await.unwrap();
            }
        }
    }

    pub(crate) async fn sweep(&self) -> SweepReport {
        self.service.sweep_once(0).await.unwrap()
    }

    /// Lets `span_ms` pass in small steps, with the messages that come due.
    pub(crate) async fn pass(&self, span_ms: i64) {
        let end = self.now() + span_ms;
        while self.now() < end {
            let next = self.next_due().await.unwrap_or(end).clamp(self.now() + 1, end);
            self.clock.set(next);
            self.pump().await;
        }
    }

    async fn next_due(&self) -> Option<Ms> {
        self.base.number("SELECT min(due) FROM trade_outbox").await.map(Ms)
    }

    /// Long enough for timers, duties and sweep to have had their turn.
    pub(crate) async fn settle_down(&self) {
        for _ in 0..4 {
            self.pass(WINDOW_MS).await;
            self.sweep().await;
        }
        self.pump().await;
    }

    /// As if the broker, or an operator, had wiped all messages.
    pub(crate) async fn lose_messages(&self) {
        self.base.execute("DELETE FROM trade_outbox").await;
    }

    pub(crate) async fn messages(&self) -> i64 {
        self.count("SELECT count(*) FROM trade_outbox").await
    }

    pub(crate) async fn dead_letters(&self) -> i64 {
        self.count("SELECT count(*) FROM trade_dead").await
    }

    pub(crate) async fn orders(&self) -> i64 {
        self.count("SELECT count(*) FROM trade_orders").await
    }

    pub(crate) async fn unfinished(&self) -> i64 {
        self.count("SELECT count(*) FROM trade_orders WHERE next_sweep_at IS NOT NULL").await
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.base.number(sql).await.unwrap()
    }

    /// Changes the data behind everybody's back, past all checks.
    pub(crate) async fn corrupt(&self, sql: &str) {
        self.base.corrupt(sql).await;
    }

    pub(crate) async fn row(&self, id: OrderId) -> Row {
        self.store.find(id).await.unwrap().unwrap()
    }

    pub(crate) async fn header(&self, id: OrderId) -> Order {
        self.row(id).await.order
    }

    pub(crate) async fn state(&self, id: OrderId) -> State {
        self.header(id).await.state
    }

    pub(crate) async fn history(&self, id: OrderId) -> Vec<Entry> {
        self.store.history(id).await.unwrap()
    }

    /// The names of its history, oldest first.
    pub(crate) async fn told(&self, id: OrderId) -> Vec<String> {
        self.history(id).await.into_iter().map(|entry| entry.name).collect()
    }

    /// What `cart` was told: when the order was placed, whose cart, which items.
    pub(crate) fn cleared(&self) -> Vec<(Ms, ClearCart)> {
        let cleared = |message: &Message| (message.created, serde_json::from_slice(&message.body).unwrap());
        self.carts.0.lock().iter().map(cleared).collect()
    }

    /// The one order there is.
    pub(crate) async fn only(&self) -> OrderId {
        assert_eq!(self.orders().await, 1);
        OrderId::from_i64(self.count("SELECT id FROM trade_orders").await)
    }

    pub(crate) fn now(&self) -> Ms {
        self.clock.now()
    }

    /// Waits until `waiting` calls are under way.
    pub(crate) async fn until_waiting(&self, waiting: usize) {
        while self.wire.waiting() < waiting {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn send(
        &self,
        (user, role): (u64, Role),
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let (router, _) = trade::routes(self.service.clone()).split_for_parts();
        let router = router.layer(axum::Extension(FingerprintKey([7; 32])));
        call(&router, Sent { method, path, caller: Some(principal(user, role)), key, body }).await
    }

    /// Jack, the buyer, calls.
    pub(crate) async fn jack(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        self.send((JACK.0, Role::Buyer), method, path, None, body).await
    }

    /// Somebody of the staff acts on an order.
    pub(crate) async fn staff(
        &self,
        id: OrderId,
        action: &str,
        key: Option<&str>,
        body: Value,
    ) -> StatusCode {
        let path = format!("/staff/orders/{id}/{action}");
        self.send((STAFF, Role::Staff), Method::POST, &path, key, Some(body)).await.0
    }
}

pub(crate) fn wish(lines: &[(ItemId, u32)]) -> Wish {
    let lines = lines.to_vec();
    Wish { owner: JACK, address: Some(ADDRESS), payment_type: 1, lines, trace: "t1".into() }
}

/// A key whose fingerprint stands for a body.
pub(crate) fn idempotency_key(key: &str, body: &str) -> IdempotencyKey {
    let mut fingerprint = [0; 16];
    for (index, byte) in body.bytes().enumerate() {
        fingerprint[index % 16] ^= byte;
    }
    IdempotencyKey { owner: JACK.0, key: key.to_owned(), fingerprint }
}

/// Expects a refusal for good.
pub(crate) fn refused(answer: Result<OrderId, Failure>) -> Refused {
    match answer {
        Err(Failure::Refused(refused)) => refused,
        other => panic!("not refused but {other:?}"),
    }
}
