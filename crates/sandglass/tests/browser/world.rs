//! A shop that listens, with the demo's things and people.

use std::sync::Arc;
use std::time::Duration;

use auth::password::Password;
use axum::Router;
use axum::body::Body;
use clock::{Clock, ManualClock, Ms};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use sandglass::config::{Config, Layers};
use sandglass::ops::operator::InProcess;
use sandglass::ops::{Ops, routes};
use sandglass::serve::{bind, serve};
use sandglass::shop::Shop;
use sandglass::up::system_rng;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// Where the clock starts: a Monday at noon.
const START: Ms = Ms(1_795_435_200_000);
/// The password of everybody but staff.
pub(crate) const PASSWORD: &str = "123";
/// The password of the staff user `admin`.
pub(crate) const STAFF_PASSWORD: &str = "staff secret";
/// What the console shows the operator's port here.
const OPS_TOKEN: &str = "token";
/// How long an order waits for its payment here.
pub(crate) const WINDOW_MS: i64 = 10 * clock::MINUTE;
/// Time passes in steps small enough that nothing is late by more than one.
const STEP_MS: i64 = 1_000;
/// How often a condition is looked at before it is given up, while time passes.
const LOOKS: u32 = 2_000;

/// A running shop.
pub(crate) struct World {
    pub(crate) shop: Arc<Shop>,
    pub(crate) clock: ManualClock,
    pub(crate) base: String,
    door: Router,
    pub(crate) runtime: Runtime,
    stop: CancellationToken,
    _dir: TempDir,
}

impl World {
    /// A fresh one.
    pub(crate) fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let layers = Layers::defaults().set("data", &dir.path().display().to_string()).set("chaos", "true");
        let config = layers.set("payment_window", "10m").config().unwrap();
        let clock = ManualClock::at(START);
        let stop = CancellationToken::new();
        let (shop, door, base) = runtime.block_on(open(config, clock.clone(), &stop));
        let router = routes(Ops::new(shop.clone(), OPS_TOKEN.into()).unwrap());
        shop.web.as_ref().unwrap().connect(Arc::new(InProcess::new(router, OPS_TOKEN.into())));
        Self { shop, clock, base, door, runtime, stop, _dir: dir }
    }

    /// Calls the interface; answers status and body.
    pub(crate) fn call(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request =
            Request::builder().method(method).uri(path).header(CONTENT_TYPE, "application/json");
        if !token.is_empty() {
            request = request.header(AUTHORIZATION, token);
        }
        let request =
            request.body(Body::from(body.map(|json| json.to_string()).unwrap_or_default())).unwrap();
        self.runtime.block_on(async {
            let response = self.door.clone().oneshot(request).await.unwrap();
            let status = response.status();
            let bytes = response.into_body().collect().await.unwrap().to_bytes();
            let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
            (status, serde_json::from_slice(&bytes).unwrap_or_else(|_| text()))
        })
    }

    /// The same, which must succeed.
    pub(crate) fn ask(&self, token: &str, method: Method, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.call(token, method, path, body);
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    /// A token of the user called `name`.
    pub(crate) fn token(&self, name: &str, password: &str) -> String {
        let body = json!({ "username": name, "password": password });
        self.ask("", Method::POST, "/users/login", Some(body))["token"].as_str().unwrap().to_owned()
    }

    /// Places an order of one piece of each of `items`, to the first address there is.
    pub(crate) fn order(&self, token: &str, items: &[&str]) -> String {
        let addresses = self.ask(token, Method::GET, "/addresses", None);
        self.order_to(token, items, addresses[0]["id"].as_str().unwrap())
    }

    /// The same to a given address.
    pub(crate) fn order_to(&self, token: &str, items: &[&str], address: &str) -> String {
        let details: Vec<Value> = items.iter().map(|item| json!({ "itemId": item, "num": 1 })).collect();
        let body = json!({ "addressId": address, "paymentType": 3, "details": details });
        self.ask(token, Method::POST, "/orders", Some(body)).as_str().unwrap().to_owned()
    }

    /// Pays an order; answers the status of the press.
    pub(crate) fn pay(&self, token: &str, order: &str) -> StatusCode {
        let total = self.ask(token, Method::GET, &format!("/orders/{order}"), None)["totalFee"].clone();
        let body = json!({ "bizOrderNo": order, "amount": total, "payChannelCode": "balance", "payType": 5 });
        let id = self.ask(token, Method::POST, "/pay-orders", Some(body));
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        self.call(token, Method::POST, &format!("/pay-orders/{id}"), Some(json!({ "pw": PASSWORD }))).0
    }

    /// The order's status.
    pub(crate) fn status(&self, token: &str, order: &str) -> i64 {
        self.ask(token, Method::GET, &format!("/orders/{order}"), None)["status"].as_i64().unwrap()
    }

    /// Lets `span_ms` pass, and all that is due then happen.
    pub(crate) fn pass(&self, span_ms: i64) {
        let mut left = span_ms;
        while left > 0 {
            self.clock.advance(left.min(STEP_MS));
            left -= STEP_MS;
            self.runtime.block_on(tokio::task::yield_now());
        }
    }

    /// Lets time pass in small steps until `holds`.
    pub(crate) fn pass_until(&self, what: &str, holds: impl Fn() -> bool) {
        for _ in 0..LOOKS {
            if holds() {
                return;
            }
            self.clock.advance(STEP_MS / 4);
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it did not come about: {what}");
    }
}

async fn open(config: Config, clock: ManualClock, stop: &CancellationToken) -> (Arc<Shop>, Router, String) {
    let now: Arc<dyn Clock> = Arc::new(clock);
    let shop = Arc::new(Shop::open(config, now, &mut system_rng()).await.unwrap());
    shop.users().unwrap().seed_demo(Password::new(STAFF_PASSWORD)).await.unwrap();
    sandglass::demo_data::fill(&shop).await.unwrap();
    shop.start(&TaskTracker::new(), stop);
    let listener = bind("127.0.0.1:0".parse().unwrap(), "--listen").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (door, until) = (shop.door(), stop.clone());
    let served = door.clone();
    tokio::spawn(async move { serve(listener, served, until).await.unwrap() });
    (shop, door, base)
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
