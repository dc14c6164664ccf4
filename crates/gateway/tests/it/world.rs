//! A gateway with echoing services behind it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth::token::{KeyUse, OwnToken, Signer};
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::{IntoResponse, Response};
use clock::{Clock, IdGen, ManualClock, Ms};
use edge::{Authenticator, FingerprintKey, Principal, Role, Shell};
use gateway::{Forward, Options, Upstreams};
use http::{HeaderMap, Method, StatusCode};
use http_body_util::BodyExt;
use model::UserId;
use parking_lot::Mutex;
use remote::{Http, Upstream};
use serde_json::Value;
use tokio::net::TcpListener;
use tower::ServiceExt;

const SEED: &str = "Q0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0M";
const LOOKS: u32 = 10_000;
pub(crate) const DEADLINE_MS: i64 = 5_000;
pub(crate) const START: Ms = Ms(1_790_000_000_000);

/// The description that is checked in.
pub(crate) fn document() -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    std::fs::read_to_string(path).unwrap()
}

/// Every operation of the description: method, path, and what is said about it.
pub(crate) fn operations() -> Vec<(Method, String, Value)> {
    let document: Value = serde_json::from_str(&document()).unwrap();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, about) in item.as_object().unwrap() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            all.push((method, path.clone(), about.clone()));
        }
    }
    all
}

/// The path with something in the place of each parameter.
pub(crate) fn filled(path: &str) -> String {
    let fill = |segment: &str| if segment.starts_with('{') { "7".to_owned() } else { segment.to_owned() };
    path.split('/').map(fill).collect::<Vec<_>>().join("/")
}

pub(crate) fn is_service_only(about: &Value) -> bool {
    about["x-service-only"] == true
}

/// Tokens are the names of roles here.
struct Names;

impl Authenticator for Names {
    fn authenticate(&self, token: &str, _: Ms) -> Option<Principal> {
        let role = match token {
            "buyer" => Role::Buyer,
            "staff" => Role::Staff,
            "service" | "web" => Role::Service,
            _ => return None,
        };
        Some(Principal { user: UserId(1), role, name: token.to_owned() })
    }
}

/// What a service was sent.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// How a service answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// With its name.
    Name,
    /// With this status.
    Status(u16),
    /// It reads the request and hangs up.
    HangUp,
    /// Never.
    Never,
}

#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) url: String,
    pub(crate) seen: Arc<Mutex<Vec<Seen>>>,
    waiting: Arc<AtomicUsize>,
}

impl Service {
    pub(crate) async fn start(name: &'static str, way: Way) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = Self { url, seen: Arc::default(), waiting: Arc::default() };
        let (seen, waiting) = (service.seen.clone(), service.waiting.clone());
        if way == Way::HangUp {
            tokio::spawn(hang_up(listener, seen));
            return service;
        }
        let router = Router::new().fallback(move |request: Request| {
            let (seen, waiting) = (seen.clone(), waiting.clone());
            async move {
                note(&seen, request).await;
                waiting.fetch_add(1, Ordering::SeqCst);
                if way == Way::Never {
                    std::future::pending::<()>().await;
                }
                let status = if let Way::Status(status) = way { status } else { 200 };
                let headers = [("x-of-service", "yes"), ("keep-alive", "timeout=9"), ("retry-after", "3")];
                (StatusCode::from_u16(status).unwrap(), headers, name).into_response()
            }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        service
    }

    pub(crate) fn count(&self) -> usize {
        self.seen.lock().len()
    }

    pub(crate) fn last(&self) -> Seen {
        self.seen.lock().last().unwrap().clone()
    }

    /// How many requests have arrived whole.
    pub(crate) fn arrived(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }
}

async fn note(seen: &Mutex<Vec<Seen>>, request: Request) {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = String::from_utf8_lossy(&body).into_owned();
    seen.lock().push(Seen { line: format!("{} {}", parts.method, parts.uri), headers: parts.headers, body });
}

/// Reads what comes and closes the connection without a word.
async fn hang_up(listener: TcpListener, seen: Arc<Mutex<Vec<Seen>>>) {
    use tokio::io::AsyncReadExt;
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = [0; 16_384];
        let read = stream.read(&mut bytes).await.unwrap_or(0);
        let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
        let line = text.lines().next().unwrap_or("").to_owned();
        seen.lock().push(Seen { line, headers: HeaderMap::new(), body: text });
    }
}

/// A gateway and the services behind it: one `trade` or several, and one of each other.
pub(crate) struct World {
    pub(crate) door: Router,
    pub(crate) clock: ManualClock,
    pub(crate) token: Arc<OwnToken>,
    pub(crate) others: Vec<(&'static str, Service)>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or("").to_owned()
    }
}

impl World {
    pub(crate) async fn start() -> Self {
        let trade = Service::start("trade", Way::Name).await;
        let mut world = Self::with(&[&trade.url], Options::default()).await;
        world.others.push(("trade", trade));
        world
    }

    /// A gateway whose `trade` is at `trades`.
    pub(crate) async fn with(trades: &[&str], options: Options) -> Self {
        let clock = ManualClock::at(START);
        let signer = Signer::from_pem_or_seed(SEED, edge::GATEWAY, KeyUse::Service).unwrap();
        let token = Arc::new(OwnToken::new(signer));
        let mut others = Vec::new();
        for name in ["user", "item", "cart", "pay"] {
            others.push((name, Service::start(name, Way::Name).await));
        }
        let url = |at: usize| [others[at].1.url.as_str()];
        let upstreams = Upstreams {
            user: upstream("user", &url(0), &clock),
            item: upstream("item", &url(1), &clock),
            cart: upstream("cart", &url(2), &clock),
            pay: upstream("pay", &url(3), &clock),
            trade: upstream("trade", trades, &clock),
        };
        let shell = shell(&clock);
        let parts = Forward { document: document(), upstreams, token: token.clone(), shell, options };
        Self { door: gateway::forward(parts).unwrap(), clock, token, others }
    }

    pub(crate) fn service(&self, name: &str) -> &Service {
        &self.others.iter().find(|(of, _)| *of == name).unwrap().1
    }

    /// Sends a request from `192.0.2.9`.
    pub(crate) async fn send(&self, request: Request) -> Got {
        send(self.door.clone(), [192, 0, 2, 9], request).await
    }

    /// Sends a request without a body.
    pub(crate) async fn call(&self, method: Method, path: &str) -> Got {
        self.send(request(method, path, &[])).await
    }
}

fn upstream(name: &'static str, urls: &[&str], clock: &ManualClock) -> Upstream {
    let urls: Vec<String> = urls.iter().map(|url| (*url).to_owned()).collect();
    let options = remote::Options { deadline_ms: DEADLINE_MS, ..remote::Options::default() };
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    Upstream::new(name, &urls, Arc::new(Http::default()), clock, options).unwrap()
}

pub(crate) fn shell(clock: &ManualClock) -> Shell {
    Shell {
        authenticator: Arc::new(Names),
        clock: Arc::new(clock.clone()),
        ids: Arc::new(IdGen::new(1)),
        fingerprint: FingerprintKey([7; 32]),
    }
}

pub(crate) fn request(method: Method, path: &str, headers: &[(&str, &str)]) -> Request {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}

pub(crate) async fn send(door: Router, from: [u8; 4], mut request: Request) -> Got {
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((from, 4711))));
    let response: Response = door.oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = String::from_utf8_lossy(&body).into_owned();
    Got { status: head.status, headers: head.headers, body }
}

/// An address at which nobody listens.
pub(crate) async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// Waits, bounded, until `holds`.
pub(crate) async fn until(holds: impl Fn() -> bool) {
    for _ in 0..LOOKS {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("it did not come about in {LOOKS} looks");
}
