//! Five services and a gateway, wired as separate processes would be, but for one database and one clock.

mod ground;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use auth::password::Password;
use bytes::Bytes;
use clock::{IdGen, ManualClock, Ms};
use delay::EmbeddedBus;
use engine::sqlite::{Db, Options};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::connect::HttpConnector;
use model::{Cents, UserId};
use remote::{Http, ItemClient, PayClient, TradeClient, Transport, UserClient};
use sandglass::serve::{bind, serve};
use sandglass::shop::MIGRATIONS;
use sandglass::traces::Traces;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use user::store::By;

use self::ground::{Ground, Process};

pub(crate) const ITEM: &str = "100";
pub(crate) const PRICE: i64 = 1_000;
pub(crate) const PASSWORD: &str = "open sesame";
const START: Ms = Ms(1_790_000_000_000);
const LOOKS: u32 = 30_000;
const ROLES: [&str; 5] = ["user", "item", "cart", "trade", "pay"];

/// The town. The services themselves are at hand, to compare what they say directly and over the wire.
pub(crate) struct Town {
    pub(crate) clock: ManualClock,
    pub(crate) users: user::Service,
    pub(crate) items: item::Service,
    pub(crate) trade: trade::Service,
    pub(crate) pay: pay::Service,
    /// As a process of role `trade` reaches the others.
    pub(crate) remote: Remote,
    pub(crate) gateway: String,
    urls: [String; 5],
    stops: [CancellationToken; 5],
    stop_all: CancellationToken,
    dir: TempDir,
    #[cfg_attr(not(feature = "otlp"), expect(dead_code, reason = "without traces there is nothing to send"))]
    traces: Vec<Traces>,
}

/// Clients of four services.
pub(crate) struct Remote {
    pub(crate) item: ItemClient,
    pub(crate) trade: TradeClient,
    pub(crate) pay: PayClient,
    pub(crate) user: UserClient,
}

fn place(role: &str) -> usize {
    ROLES.iter().position(|of| *of == role).unwrap()
}

fn listener() -> (TcpListener, String) {
    let listener = bind("127.0.0.1:0".parse().unwrap(), "test").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

impl Town {
    pub(crate) async fn start() -> Self {
        Self::start_traced("").await
    }

    /// A town whose processes send their spans to the collector at `otlp`.
    pub(crate) async fn start_traced(otlp: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = ManualClock::at(START);
        let listeners = ROLES.map(|_| listener());
        let db = Db::open(&dir.path().join("town.db"), Options::default(), &MIGRATIONS).unwrap();
        let ground = Ground {
            ids: Arc::new(IdGen::new(db.lease_worker().await.unwrap())),
            db,
            clock: Arc::new(clock.clone()),
            keys: dir.path().join("keys"),
            urls: listeners.each_ref().map(|(_, url)| url.clone()),
            stop: CancellationToken::new(),
            otlp: otlp.to_owned(),
        };
        // As after an earlier start: all keys are there, and nobody has to wait a second for another's.
        for role in ROLES {
            drop(ground.process(role));
        }
        let door = ground.process(edge::GATEWAY);
        let processes = ROLES.map(|role| ground.process(role));
        Self::settle(dir, clock, ground, listeners.map(|(listener, _)| listener), &processes, &door).await
    }

    async fn settle(
        dir: TempDir,
        clock: ManualClock,
        ground: Ground,
        listeners: [TcpListener; 5],
        processes: &[Process; 5],
        door: &Process,
    ) -> Self {
        let [of_user, of_item, of_cart, of_trade, of_pay] = processes;
        let (users, items, carts) = (ground.user(of_user), ground.item(of_item), ground.cart(of_cart));
        let ((trade, trades), (pay, pays)) = (ground.trade(of_trade), ground.pay(of_pay));
        let bus = Arc::new(EmbeddedBus::default());
        let heard = |by: &Process| by.traces.bus(bus.clone());
        trade.subscribe(heard(of_trade).as_ref());
        pay.subscribe(heard(of_pay).as_ref());
        carts.subscribe(heard(of_cart).as_ref());
        ground.pump(&trades, &bus);
        ground.pump(&pays, &bus);
        let routers = [
            ground.behind_shell(of_user, user::routes(users.clone())),
            ground.behind_shell(of_item, item::routes(items.clone())),
            ground.behind_shell(of_cart, cart::routes(carts)),
            ground.behind_shell(of_trade, trade::routes(trade.clone())),
            ground.behind_shell(of_pay, pay::routes(pay.clone())),
        ];
        let stops = ROLES.map(|_| ground.stop.child_token());
        for ((listener, router), stop) in listeners.into_iter().zip(routers).zip(&stops) {
            tokio::spawn(serve(listener, router, stop.clone()));
        }
        let (listener, gateway) = listener();
        tokio::spawn(serve(listener, ground.gateway(door), ground.stop.clone()));
        stock(&items).await;
        let clients = &of_trade.clients;
        let remote = Remote {
            item: clients.item(&ground.urls("item")).unwrap(),
            trade: clients.trade(&ground.urls("trade")).unwrap(),
            pay: clients.pay(&ground.urls("pay")).unwrap(),
            user: clients.user(&ground.urls("user")).unwrap(),
        };
        let Ground { urls, stop: stop_all, .. } = ground;
        let traces = processes.iter().chain([door]).map(|process| process.traces.clone()).collect();
        Self { clock, users, items, trade, pay, remote, gateway, urls, stops, stop_all, dir, traces }
    }

    /// Where `role` is reached directly.
    pub(crate) fn url(&self, role: &str) -> &str {
        &self.urls[place(role)]
    }

    /// Where the keys are.
    pub(crate) fn keys(&self) -> std::path::PathBuf {
        self.dir.path().join("keys")
    }

    /// Ends the process of `role`, as far as others can tell.
    pub(crate) async fn end(&self, role: &str) {
        self.stops[place(role)].cancel();
        let address: SocketAddr = self.url(role).trim_start_matches("http://").parse().unwrap();
        until(|| async move { tokio::net::TcpStream::connect(address).await.is_err() }).await;
    }

    /// Sends all spans that are left.
    #[cfg(feature = "otlp")]
    pub(crate) async fn finish_traces(&self) {
        for traces in &self.traces {
            traces.finish().await;
        }
    }

    /// A buyer with money.
    pub(crate) async fn buyer(&self, name: &str, balance: i64) -> UserId {
        let id = self.users.register(name, Password::new(PASSWORD), None).await.unwrap();
        let by = By { user: UserId(0), reason: "test".into(), at: START };
        self.users.credit(id, Cents(balance), by, None).await.unwrap();
        id
    }

    /// Logs in through the gateway.
    pub(crate) async fn login(&self, name: &str) -> String {
        let form = json!({ "username": name, "password": PASSWORD });
        let (status, session) = self.call(Method::POST, "/users/login", "", Some(form)).await;
        assert_eq!(status, StatusCode::OK, "{session}");
        session["token"].as_str().unwrap().to_owned()
    }

    /// Calls through the gateway.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let sent = request(method, &format!("{}{path}", self.gateway), token, body);
        answer(&Http::default(), sent).await
    }

    /// An order of one piece.
    pub(crate) async fn order(&self, token: &str) -> String {
        let form = json!({ "paymentType": 3, "details": [{ "itemId": ITEM, "num": 1 }] });
        let (status, id) = self.call(Method::POST, "/orders", token, Some(form)).await;
        assert_eq!(status, StatusCode::OK, "{id}");
        id.as_str().unwrap().to_owned()
    }

    /// Its pay order.
    pub(crate) async fn apply(&self, token: &str, order: &str) -> String {
        let form = json!({
            "bizOrderNo": order, "amount": PRICE, "payChannelCode": "balance", "payType": 5, "orderInfo": "",
        });
        let (status, id) = self.call(Method::POST, "/pay-orders", token, Some(form)).await;
        assert_eq!(status, StatusCode::OK, "{id}");
        id.to_string()
    }

    /// Pays it.
    pub(crate) async fn press(&self, token: &str, pay_order: &str) -> StatusCode {
        let path = format!("/pay-orders/{pay_order}");
        self.call(Method::POST, &path, token, Some(json!({ "pw": PASSWORD }))).await.0
    }

    /// Waits until the order has this status.
    pub(crate) async fn comes_to(&self, token: &str, order: &str, status: i64) {
        let path = format!("/orders/{order}");
        until(|| async { self.call(Method::GET, &path, token, None).await.1["status"] == status }).await;
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        self.stop_all.cancel();
    }
}

pub(crate) fn request(method: Method, url: &str, token: &str, body: Option<Value>) -> Request<Full<Bytes>> {
    let body = body.map_or_else(Bytes::new, |json| json.to_string().into());
    let request = Request::builder().method(method).uri(url).header(CONTENT_TYPE, "application/json");
    let request = if token.is_empty() { request } else { request.header(AUTHORIZATION, token) };
    request.body(Full::new(body)).unwrap()
}

/// Sends `sent`; answers the status and the body: JSON, text as a JSON string, or null.
pub(crate) async fn answer(over: &Http, sent: Request<Full<Bytes>>) -> (StatusCode, Value) {
    let response = over.exchange(sent).await.unwrap();
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

/// A client whose requests come from `address`.
pub(crate) fn client_at(address: impl Into<IpAddr>) -> Http {
    let mut connector = HttpConnector::new();
    connector.set_local_address(Some(address.into()));
    Http::over(connector)
}

async fn stock(items: &item::Service) {
    let row = json!({
        "id": ITEM, "name": "茶 Tea", "price": PRICE, "stock": 1_000, "image": "/pictures/box.svg",
        "category": "茶 Tea", "brand": "青岚 Qinglan", "spec": null, "status": 1,
    });
    let options =
        item::import::Options { format: item::import::Format::JsonLines, set_stock: false, skip_bad: false };
    items.import(std::io::Cursor::new(format!("{row}\n")), options, &mut |_| {}).await.unwrap();
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
