//! A shop to test with, and people in it.

use std::sync::Arc;
use std::time::Duration;

use auth::password::Password;
use axum::Router;
use axum::body::Body;
use clock::{Clock, ManualClock, Ms};
use edge::Role;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use item::import::{Format, Options};
use model::{Cents, UserId};
use sandglass::config::Layers;
use sandglass::shop::cluster::{self, Calls};
use sandglass::shop::{Role as Part, Shop};
use sandglass::traces::Traces;
use sandglass::up::system_rng;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use user::store::By;

use crate::data::Data;

/// The item everybody buys; its price is [`PRICE`].
pub(crate) const ITEM: &str = "100";
pub(crate) const PRICE: i64 = 1_000;
pub(crate) const PASSWORD: &str = "open sesame";
/// Where hand-driven clocks start.
const START: Ms = Ms(1_790_000_000_000);
/// How many looks a bounded wait takes, one a millisecond.
const LOOKS: u32 = 60_000;

/// A running shop over a data directory of its own.
pub(crate) struct World {
    pub(crate) shop: Arc<Shop>,
    pub(crate) door: Router,
    pub(crate) clock: ManualClock,
    data: Data,
    dir: TempDir,
    window: &'static str,
    otlp: String,
    traces: Traces,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// What is left of a shop that nobody serves.
pub(crate) struct Halted {
    pub(crate) dir: TempDir,
    clock: ManualClock,
    window: &'static str,
    otlp: String,
}

impl Halted {
    /// Serves what is in `data`, with the files of the same directory.
    pub(crate) async fn open_in(self, data: Data) -> World {
        World::open(data, self.dir, (self.window, self.otlp), self.clock).await
    }
}

/// A logged-in user.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    token: String,
    door: Router,
    /// The `traceparent` they send; empty: none.
    pub(crate) trace: String,
}

impl World {
    /// A shop whose clock is driven by hand, with `stock` pieces of [`ITEM`] and the payment window `window`.
    pub(crate) async fn start(stock: u32, window: &'static str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = (window, String::new());
        let world = Self::open(Data::choose().await, dir, at, ManualClock::at(START)).await;
        world.stock(stock).await;
        world
    }

    /// The same, which sends its spans to the collector at `otlp`.
    pub(crate) async fn start_traced(stock: u32, window: &'static str, otlp: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = (window, otlp.to_owned());
        let world = Self::open(Data::choose().await, dir, at, ManualClock::at(START)).await;
        world.stock(stock).await;
        world
    }

    /// The same in a data directory, whatever engine the tests are told to use.
    pub(crate) async fn start_embedded(stock: u32, window: &'static str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = (window, String::new());
        let world = Self::open(Data::Embedded, dir, at, ManualClock::at(START)).await;
        world.stock(stock).await;
        world
    }

    async fn open(
        data: Data,
        dir: TempDir,
        (window, otlp): (&'static str, String),
        clock: ManualClock,
    ) -> Self {
        let layers = Layers::defaults()
            .set("data", &dir.path().display().to_string())
            .set("payment_window", window)
            .set("otlp", &otlp)
            .set("chaos", "true");
        let traces = Layers::defaults().set("otlp", &otlp).config().unwrap();
        let traces = Traces::start(&traces, "sandglass", &mut system_rng()).unwrap();
        let (now, rng): (Arc<dyn Clock>, _) = (Arc::new(clock.clone()), &mut system_rng());
        let shop = match &data {
            Data::Embedded => Shop::open_traced(layers.config().unwrap(), now, rng, traces.clone()).await,
            Data::Postgres { address, .. } => {
                let layers = layers.set("database", address).set("database_connections", "3");
                let config = layers.config().unwrap();
                cluster::bring_up_to_date(&config, &Part::SERVICES).await.unwrap();
                let parts = (now, traces.clone());
                cluster::open_traced(config, &Part::SERVICES, Calls::Direct, parts, rng).await
            }
        };
        let shop = Arc::new(shop.unwrap());
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        shop.start(&tasks, &stop);
        Self { door: shop.door(), shop, clock, data, dir, window, otlp, traces, stop, tasks }
    }

    /// Ends the process as a crash would, as far as one process can pretend to, and starts it again.
    pub(crate) async fn restart(self) -> Self {
        let (data, halted) = self.end().await;
        Self::open(data, halted.dir, (halted.window, halted.otlp), halted.clock).await
    }

    /// Ends the process for good.
    pub(crate) async fn halt(self) -> Halted {
        self.end().await.1
    }

    async fn end(self) -> (Data, Halted) {
        let Self { shop, door, clock, data, dir, window, otlp, traces, stop, tasks } = self;
        stop.cancel();
        tasks.close();
        tasks.wait().await;
        traces.finish().await;
        drop((door, shop));
        (data, Halted { dir, clock, window, otlp })
    }

    /// What the audit says at this moment, with no grace.
    pub(crate) async fn audit(&self) -> audit::Report {
        self.shop.storage.audit(&self.shop.config, self.clock.now(), 0).await.unwrap()
    }

    async fn stock(&self, stock: u32) {
        let row = json!({
            "id": ITEM, "name": "茶 Tea", "price": PRICE, "stock": stock, "image": "/pictures/box.svg",
            "category": "茶 Tea", "brand": "青岚 Qinglan", "spec": null, "status": 1,
        });
        let options = Options { format: Format::JsonLines, set_stock: false, skip_bad: false };
        let input = std::io::Cursor::new(format!("{row}\n"));
        self.shop.items().unwrap().import(input, options, &mut |_| {}).await.unwrap();
    }

    /// A buyer with `balance` cents.
    pub(crate) async fn buyer(&self, name: &str, balance: i64) -> Person {
        let users = self.shop.users().unwrap();
        let id = users.register(name, Password::new(PASSWORD), None).await.unwrap();
        if balance > 0 {
            let by = By { user: UserId(0), reason: "test".into(), at: self.clock.now() };
            users.credit(id, Cents(balance), by, None).await.unwrap();
        }
        self.login(id, name).await
    }

    /// Logs in once more, such as after the token has run out.
    pub(crate) async fn login(&self, id: UserId, name: &str) -> Person {
        let from = std::net::IpAddr::from([127, 0, 0, 1]);
        let session = self.shop.users().unwrap().login(name, Password::new(PASSWORD), from).await.unwrap();
        Person { id, token: session.token, door: self.door.clone(), trace: String::new() }
    }

    /// A staff user.
    pub(crate) async fn staff(&self) -> Person {
        let users = self.shop.users().unwrap();
        let id = users.hire("chief", Password::new(PASSWORD), Role::Staff, UserId(0), None).await.unwrap();
        self.login(id, "chief").await
    }

    /// Lets `span_ms` pass in steps small enough that nothing is late by more than a step.
    pub(crate) async fn pass(&self, span_ms: i64) {
        const STEP_MS: i64 = 250;
        let mut left = span_ms;
        while left > 0 {
            self.clock.advance(left.min(STEP_MS));
            left -= STEP_MS;
            self.quiet().await;
        }
    }

    /// Waits until no message is being handled and none is due.
    pub(crate) async fn quiet(&self) {
        let busy = || async {
            let now = self.clock.now();
            let of =
                |lane: &sandglass::shop::Lane| lane.status.in_flight() > 0 || lane.status.lag_ms(now) > 0;
            self.shop.lanes.iter().any(of) || self.due(now).await > 0
        };
        until(|| async { !busy().await }).await;
    }

    /// Messages and duties that are due.
    async fn due(&self, now: Ms) -> i64 {
        let queues: &[&str] = match self.data {
            Data::Embedded => &["trade_outbox", "pay_outbox"],
            Data::Postgres { .. } => &["trade_outbox", "pay_outbox", "trade_inbox", "cart_inbox"],
        };
        let count = |queue: &&str| format!("(SELECT count(*) FROM {queue} WHERE due <= {})", now.0);
        let sum = queues.iter().map(count).collect::<Vec<_>>().join(" + ");
        self.data.number(&self.shop, format!("SELECT {sum}")).await
    }

    /// Runs a statement by hand, as a careless operator would.
    pub(crate) async fn by_hand(&self, sql: &'static str) {
        self.data.run(&self.shop, sql).await;
    }

    /// What can be bought of [`ITEM`] now.
    pub(crate) async fn available(&self) -> i64 {
        self.data.number(&self.shop, format!("SELECT available FROM item_items WHERE id = {ITEM}")).await
    }

    /// How many orders are in the state with this wire code.
    pub(crate) async fn in_state(&self, code: i64) -> i64 {
        let sql = format!("SELECT count(*) FROM trade_orders WHERE state = {code}");
        self.data.number(&self.shop, sql).await
    }

    /// Every invariant holds, with no more grace than `grace_ms`.
    pub(crate) async fn assert_clean(&self, grace_ms: i64) {
        let report = self.shop.storage.audit(&self.shop.config, self.clock.now(), grace_ms).await.unwrap();
        assert!(report.clean, "{report}");
    }
}

impl Person {
    /// Sends a request; the body of the answer is JSON, text, or null.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(path).header(AUTHORIZATION, &self.token);
        if !self.trace.is_empty() {
            request = request.header("traceparent", &self.trace);
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let request = request
            .header(CONTENT_TYPE, "application/json")
            .body(body.map_or_else(Body::empty, |json| Body::from(json.to_string())))
            .unwrap();
        let response = self.door.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        (
            status,
            if bytes.is_empty() {
                Value::Null
            } else {
                serde_json::from_slice(&bytes).unwrap_or_else(|_| text())
            },
        )
    }

    /// Orders one piece.
    pub(crate) async fn order(&self, key: Option<&str>) -> (StatusCode, Value) {
        let form = json!({ "paymentType": 3, "details": [{ "itemId": ITEM, "num": 1 }] });
        self.call(Method::POST, "/orders", key, Some(form)).await
    }

    /// Orders one piece; it must succeed.
    pub(crate) async fn must_order(&self) -> String {
        let (status, id) = self.order(None).await;
        assert_eq!(status, StatusCode::OK, "{id}");
        id.as_str().unwrap().to_owned()
    }

    /// Opens the payment of an order for one piece.
    pub(crate) async fn open_payment(&self, order: &str) -> (StatusCode, String) {
        let form = json!({
            "bizOrderNo": order, "amount": PRICE, "payChannelCode": "balance", "payType": 5, "orderInfo": "",
        });
        let (status, id) = self.call(Method::POST, "/pay-orders", None, Some(form)).await;
        (status, id.to_string())
    }

    /// Presses *pay*.
    pub(crate) async fn press(&self, pay_order: &str, key: Option<&str>) -> (StatusCode, Value) {
        let path = format!("/pay-orders/{pay_order}");
        self.call(Method::POST, &path, key, Some(json!({ "pw": PASSWORD }))).await
    }

    /// Orders one piece and pays it; answers the order.
    pub(crate) async fn buy(&self) -> String {
        let order = self.must_order().await;
        let (_, pay_order) = self.open_payment(&order).await;
        assert_eq!(self.press(&pay_order, None).await.0, StatusCode::OK);
        order
    }

    pub(crate) async fn cancel(&self, order: &str) -> StatusCode {
        self.call(Method::PUT, &format!("/orders/{order}/cancel"), None, None).await.0
    }

    pub(crate) async fn seen(&self, order: &str) -> Value {
        self.call(Method::GET, &format!("/orders/{order}"), None, None).await.1
    }

    pub(crate) async fn status_of(&self, order: &str) -> i64 {
        self.seen(order).await["status"].as_i64().unwrap()
    }

    pub(crate) async fn balance(&self) -> i64 {
        self.call(Method::GET, "/users/me", None, None).await.1["balance"].as_i64().unwrap()
    }
}

/// Waits, bounded, until `holds`.
pub(crate) async fn until<F: Future<Output = bool>>(holds: impl Fn() -> F) {
    for _ in 0..LOOKS {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("it did not come about in {LOOKS} looks");
}
