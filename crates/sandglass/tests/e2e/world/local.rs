//! The whole shop in this process, on the embedded database or on PostgreSQL, with a clock driven by hand.

use std::sync::Arc;

use auth::password::Password;
use axum::Router;
use clock::{Clock, ManualClock, Ms};
use edge::Role;
use item::import::{Format, Options};
use model::{Cents, UserId};
use sandglass::config::Layers;
use sandglass::shop::cluster::{self, Calls};
use sandglass::shop::{Lane, Role as Part, Shop};
use sandglass::traces::Traces;
use sandglass::up::system_rng;
use serde_json::json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use user::store::By;

use super::{Door, PASSWORD, PRICE, Person, comes, until};
use crate::data::Data;

/// The item everybody buys.
pub(crate) const ITEM: &str = "100";
/// How long a hurried buyer's order waits for its payment; that of others for half an hour.
const WINDOW: &str = "20s";
const LONG_WINDOW: &str = "30m";
/// Time passes in steps small enough that nothing is late by more than one.
const STEP_MS: i64 = 250;
/// The secret shared with the payment provider.
pub(crate) const SANDBOX_KEY: &str = "0123456789abcdef0123456789abcdef";
/// Where hand-driven clocks start.
const START: Ms = Ms(1_790_000_000_000);

/// A running shop over a data directory of its own.
pub(crate) struct Local {
    pub(crate) shop: Arc<Shop>,
    pub(crate) door: Router,
    pub(crate) clock: ManualClock,
    data: Data,
    dir: TempDir,
    /// Where it sends its spans; empty: nowhere.
    otlp: String,
    /// Where its payment provider is; empty: nowhere.
    sandbox: String,
    traces: Traces,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// What is left of a shop that nobody serves.
pub(crate) struct Halted {
    pub(crate) dir: TempDir,
    clock: ManualClock,
    otlp: String,
    sandbox: String,
}

impl Halted {
    /// What there is of one that never ran.
    fn fresh(otlp: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { dir, clock: ManualClock::at(START), otlp: otlp.to_owned(), sandbox: String::new() }
    }

    /// Serves what is in `data`, with the files of the same directory.
    pub(crate) async fn open_in(self, data: Data) -> Local {
        Local::open(data, self).await
    }
}

impl Local {
    /// A shop whose clock is driven by hand, with `stock` pieces of [`ITEM`].
    pub(crate) async fn start(stock: u32) -> Self {
        Self::start_traced(stock, "").await
    }

    /// The same, which sends its spans to the collector at `otlp`.
    pub(crate) async fn start_traced(stock: u32, otlp: &str) -> Self {
        let world = Self::open(Data::choose().await, Halted::fresh(otlp)).await;
        world.stock(stock).await;
        world
    }

    /// The same, which has a payment provider at `sandbox`, with the key in [`SANDBOX_KEY`].
    pub(crate) async fn start_with_provider(stock: u32, sandbox: String) -> Self {
        let world = Self::open(Data::choose().await, Halted { sandbox, ..Halted::fresh("") }).await;
        world.stock(stock).await;
        world
    }

    /// The same in a data directory, whatever engine the tests are told to use.
    pub(crate) async fn start_embedded(stock: u32) -> Self {
        let world = Self::open(Data::Embedded, Halted::fresh("")).await;
        world.stock(stock).await;
        world
    }

    async fn open(data: Data, Halted { dir, clock, otlp, sandbox }: Halted) -> Self {
        let layers = Layers::defaults()
            .set("data", &dir.path().display().to_string())
            .set("payment_window", WINDOW)
            .set("payment_window_wechat", LONG_WINDOW)
            .set("otlp", &otlp)
            .set("chaos", "true");
        let layers = if sandbox.is_empty() {
            layers
        } else {
            let file = dir.path().join("sandbox.key");
            std::fs::write(&file, SANDBOX_KEY).unwrap();
            layers.set("sandbox_at", &sandbox).set("sandbox_key_file", &file.display().to_string())
        };
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
        Self { door: shop.door(), shop, clock, data, dir, otlp, sandbox, traces, stop, tasks }
    }

    /// Ends the process as a crash would, as far as one process can pretend to, and starts it again.
    pub(crate) async fn restart(self) -> Self {
        let (data, halted) = self.end().await;
        Self::open(data, halted).await
    }

    /// Ends the process for good.
    pub(crate) async fn halt(self) -> Halted {
        self.end().await.1
    }

    async fn end(self) -> (Data, Halted) {
        let Self { shop, door, clock, data, dir, otlp, sandbox, traces, stop, tasks } = self;
        stop.cancel();
        tasks.close();
        tasks.wait().await;
        traces.finish().await;
        drop((door, shop));
        (data, Halted { dir, clock, otlp, sandbox })
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
        self.login(name).await
    }

    /// Logs in, once more if the token has run out.
    pub(crate) async fn login(&self, name: &str) -> Person {
        Person::login(Door::Routes(self.door.clone()), name, PASSWORD, ITEM).await
    }

    /// A staff user.
    pub(crate) async fn staff(&self) -> Person {
        let users = self.shop.users().unwrap();
        users.hire("chief", Password::new(PASSWORD), Role::Staff, UserId(0), None).await.unwrap();
        self.login("chief").await
    }

    /// Lets `span_ms` pass.
    pub(crate) async fn pass(&self, span_ms: i64) {
        let mut left = span_ms;
        while left > 0 {
            self.clock.advance(left.min(STEP_MS));
            left -= STEP_MS;
            self.quiet().await;
        }
    }

    /// Lets time pass until `holds`, which it must within the span. What works beside the clock, as sweeps do, is
    /// given the machine's time as well, but no more of ours.
    pub(crate) async fn within(&self, span_ms: i64, what: &str, holds: impl AsyncFn() -> bool) {
        self.quiet().await;
        let mut left = span_ms;
        while left > 0 && !holds().await {
            self.pass(left.min(STEP_MS)).await;
            left -= STEP_MS;
        }
        assert!(comes(&holds).await, "it did not come about within {span_ms} ms: {what}");
    }

    /// Waits until no message is being handled and none is due.
    pub(crate) async fn quiet(&self) {
        let busy = async || {
            let now = self.clock.now();
            let of = |lane: &Lane| lane.status.in_flight() > 0 || lane.status.lag_ms(now) > 0;
            self.shop.lanes.iter().any(of) || self.due(now).await > 0
        };
        until(async || !busy().await).await;
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

    /// How many orders are in the state with this code, among them those that nobody is shown.
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
