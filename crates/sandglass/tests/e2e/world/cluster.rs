//! A running shop of several processes, known by its URL and what its operator knows.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use audit::Report;
use clock::{Clock, SystemClock};
use http::Method;
use sandglass::chaos::Positions;
use sandglass::config::{Config, Layers};
use sandglass::ops::client::Client;
use sandglass::ops::token::processes;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

use super::Trouble;
use super::door::Door;
use super::person::{PASSWORD, PRICE, Person};

/// How often is looked while something is waited for.
const LOOK_EVERY_MS: i64 = 50;
/// How much longer than it should a real machine may take, which has other things to do.
const PATIENCE_MS: i64 = 30_000;

/// The tests share one shop: those that break something have it to themselves.
static TURN: LazyLock<Arc<RwLock<()>>> = LazyLock::new(Arc::default);
/// Names and ids of this run.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// The shop, as one test sees it.
pub(crate) struct Cluster {
    pub(crate) config: Config,
    /// The file `config` is from.
    pub(crate) file: PathBuf,
    pub(crate) item: String,
    door: Door,
    _turn: Turn,
}

/// Held for what it locks.
enum Turn {
    Shared(#[expect(dead_code, reason = "it is held")] OwnedRwLockReadGuard<()>),
    Alone(#[expect(dead_code, reason = "it is held")] OwnedRwLockWriteGuard<()>),
}

impl Cluster {
    /// Waits for the test's turn, and puts `stock` pieces of a new item on sale.
    pub(crate) async fn enter(url: &str, file: &Path, stock: u32, trouble: Trouble) -> Self {
        let turn = match trouble {
            Trouble::None => Turn::Shared(TURN.clone().read_owned().await),
            Trouble::Faults => Turn::Alone(TURN.clone().write_owned().await),
        };
        let config = Layers::defaults().file(file).and_then(Layers::config).unwrap();
        let (door, item) = (Door::at(url), unique().to_string());
        let cluster = Self { config, file: file.to_owned(), item, door, _turn: turn };
        // A test that failed may have left them on.
        cluster.switch(Positions::OFF).await;
        cluster.stock(stock).await;
        cluster
    }

    /// The operator's port of a process that serves `role`.
    async fn process(&self, role: &str) -> Client {
        let mut found = self.live(role).await;
        assert!(!found.is_empty(), "no process of `{role}` answers its operator; is the shop up?");
        found.swap_remove(0).1
    }

    /// The processes that serve `role` alone: pids, and the ways to their operator's ports.
    async fn live(&self, role: &str) -> Vec<(u32, Client)> {
        let mut live = self.all().await;
        live.retain(|(name, _, _)| name == role);
        live.into_iter().map(|(_, pid, client)| (pid, client)).collect()
    }

    /// All processes that answer their operator.
    async fn all(&self) -> Vec<(String, u32, Client)> {
        let mut live = Vec::new();
        for (name, address, token) in processes(&self.config.data) {
            if TcpStream::connect(address).await.is_ok() {
                let (role, pid) = name.rsplit_once('-').unwrap();
                live.push((role.to_owned(), pid.parse().unwrap(), Client::at(address, token)));
            }
        }
        live
    }

    /// Sets the fault switches of every process.
    pub(crate) async fn switch(&self, wanted: Positions) {
        for (_, _, process) in self.all().await {
            let body = serde_json::to_value(wanted).unwrap();
            process.call(Method::PUT, "/chaos", Some(body)).await.unwrap();
        }
    }

    async fn stock(&self, stock: u32) {
        let row = json!({
            "id": self.item, "name": "茶 Tea", "price": PRICE, "stock": stock, "image": "/pictures/box.svg",
            "category": "茶 Tea", "brand": "青岚 Qinglan", "spec": null, "status": 1,
        });
        let process = self.process("item").await;
        let body = format!("{row}\n").into();
        let done = process.send(Method::POST, "/import?format=jsonl", "application/octet-stream", body).await;
        assert_eq!(done.unwrap()["added"], 1);
    }

    /// A buyer with `balance` cents.
    pub(crate) async fn buyer(&self, name: &str, balance: i64) -> Person {
        let buyer = Person::register(self.door.clone(), &own(name), &self.item).await;
        if balance > 0 {
            let form = json!({ "username": buyer.name, "amount": balance, "reason": "test" });
            self.operate("user", "/users/credit", form).await;
        }
        buyer
    }

    /// A staff user.
    pub(crate) async fn staff(&self) -> Person {
        let name = own("chief");
        let form = json!({ "username": name, "password": PASSWORD, "role": "staff" });
        self.operate("user", "/users/staff", form).await;
        Person::login(self.door.clone(), &name, PASSWORD, &self.item).await
    }

    async fn operate(&self, role: &str, path: &str, body: Value) {
        self.process(role).await.call(Method::POST, path, Some(body)).await.unwrap();
    }

    /// Looks until `holds`, which it must within the span and what a real machine may take beyond it.
    pub(crate) async fn within(&self, span_ms: i64, what: &str, holds: impl AsyncFn() -> bool) {
        for _ in 0..(span_ms + PATIENCE_MS) / LOOK_EVERY_MS {
            if holds().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(LOOK_EVERY_MS.unsigned_abs())).await;
        }
        panic!("it did not come about within {span_ms} ms, nor {PATIENCE_MS} ms later: {what}");
    }

    /// Has every process that keeps orders stand still for the span. To kill and start processes is for those who
    /// started them: `cargo xtask chaos` and `upgrade`.
    pub(crate) async fn trade_stops(&self, span_ms: i64) {
        let pids: Vec<u32> = self.live("trade").await.into_iter().map(|(pid, _)| pid).collect();
        assert!(!pids.is_empty());
        let _stopped = Stopped::now(pids);
        SystemClock.sleep_until(SystemClock.now() + span_ms).await;
    }

    /// Every invariant holds, as an operator asks.
    pub(crate) async fn assert_clean(&self) {
        let answer = self.process("trade").await.call(Method::GET, "/audit", None).await.unwrap();
        let report: Report = serde_json::from_value(answer).unwrap();
        assert!(report.clean, "{report}");
    }
}

/// Processes that stand still; they go on when it is dropped.
struct Stopped(Vec<u32>);

impl Stopped {
    fn now(pids: Vec<u32>) -> Self {
        signal("STOP", &pids);
        Self(pids)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        signal("CONT", &self.0);
    }
}

fn signal(name: &str, pids: &[u32]) {
    let sent = Command::new("kill").args(["-s", name]).args(pids.iter().map(u32::to_string)).status();
    assert!(sent.unwrap().success(), "{name} {pids:?}");
}

/// A number nobody else has, in this run or another.
fn unique() -> u64 {
    const OF_A_MS: u64 = 1_000;
    static START: LazyLock<u64> = LazyLock::new(|| SystemClock.now().0.unsigned_abs() * OF_A_MS);
    *START + NEXT.fetch_add(1, Ordering::Relaxed)
}

/// `name`, as nobody else is called.
fn own(name: &str) -> String {
    format!("{name}.{:x}", unique())
}
