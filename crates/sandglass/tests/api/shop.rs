//! A shop nobody else works in: no pump and no sweep runs, so whatever changes was changed by the request.

use std::sync::Arc;

use auth::password::Password;
use auth::token::{Identity, KeyUse, Role as TokenRole, Signer, Verifier};
use axum::Router;
use axum::body::Body;
use clock::{ManualClock, Ms};
use edge::{FingerprintKey, Role, Shell};
use gateway::{Admission, Bounds};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::BodyExt;
use item::import::{Format, Options};
use model::{Cents, UserId};
use sandglass::config::Layers;
use sandglass::shop::Shop;
use sandglass::tokens::Tokens;
use sandglass::up::system_rng;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use user::store::By;

pub(crate) const ITEM: &str = "100";
pub(crate) const PRICE: i64 = 1_000;
pub(crate) const PASSWORD: &str = "open sesame";
const START: Ms = Ms(1_790_000_000_000);
/// A key the shop has never heard of.
const STRANGERS_SEED: &str = "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI";
const SERVICES_SEED: &str = "Q0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0M";

/// The shop, its door, and the keys with which tokens are made.
pub(crate) struct World {
    pub(crate) shop: Shop,
    pub(crate) clock: ManualClock,
    pub(crate) buyer: UserId,
    pub(crate) other: UserId,
    door: Router,
    users_key: Signer,
    services_key: Signer,
    _dir: TempDir,
}

/// A request. What is not set is not sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) kind: String,
    pub(crate) body: Vec<u8>,
}

impl World {
    /// A shop with one item, two buyers with money, and staff of both kinds.
    pub(crate) async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = ManualClock::at(START);
        let config = Layers::defaults().set("data", &dir.path().display().to_string()).config().unwrap();
        let shop = Shop::open(config, Arc::new(clock.clone()), &mut system_rng()).await.unwrap();
        let users_key =
            Signer::load_or_create(&dir.path().join("user.key"), "user", KeyUse::Users, &mut system_rng());
        let users_key = users_key.unwrap();
        let services_key = Signer::from_pem_or_seed(SERVICES_SEED, "trade", KeyUse::Service).unwrap();
        let all = Admission::new(Bounds::default(), Arc::new(clock.clone()), Arc::new(|| 0));
        let door = gateway::door(shop.routes(), shell(&shop, &clock, &[&users_key, &services_key]), all);
        let buyer = register(&shop, "buyer", Role::Buyer).await;
        let other = register(&shop, "other", Role::Buyer).await;
        register(&shop, "chief", Role::Staff).await;
        register(&shop, "clerk", Role::StaffRead).await;
        stock(&shop).await;
        Self { shop, clock, buyer, other, door, users_key, services_key, _dir: dir }
    }

    /// A token of `role`; buyers' is of the first buyer.
    pub(crate) fn token(&self, role: TokenRole) -> String {
        let user = match role {
            TokenRole::Buyer => self.buyer,
            TokenRole::Staff => UserId(self.other.0 + 1),
            TokenRole::StaffRead => UserId(self.other.0 + 2),
            TokenRole::Service => {
                return self.services_key.issue(&Identity::service("trade"), self.now());
            }
        };
        self.token_of(user, role)
    }

    /// A token of the user `user`, whoever that is.
    pub(crate) fn token_of(&self, user: UserId, role: TokenRole) -> String {
        self.users_key.issue(&identity(user, role), self.now())
    }

    /// A token that claims a key of ours and was signed with another, with the same claims as a good one.
    pub(crate) fn forged(&self, role: TokenRole) -> String {
        let stranger = Signer::from_pem_or_seed(STRANGERS_SEED, "user", KeyUse::Users).unwrap();
        let token = stranger.issue(&identity(self.buyer, role), self.now());
        let (_, theirs) = token.split_once('.').unwrap();
        let ours = self.token(role);
        format!("{}.{theirs}", ours.split_once('.').unwrap().0)
    }

    /// A token of a key that is not known at all.
    pub(crate) fn strange(&self, role: TokenRole) -> String {
        let stranger = Signer::from_pem_or_seed(STRANGERS_SEED, "user", KeyUse::Users).unwrap();
        stranger.issue(&identity(self.buyer, role), self.now())
    }

    fn now(&self) -> Ms {
        clock::Clock::now(&self.clock)
    }

    /// The door itself, to be served on a port.
    pub(crate) fn door(&self) -> Router {
        self.door.clone()
    }

    /// Sends a request through the door.
    pub(crate) async fn send(&self, sent: &Sent) -> Got {
        let mut request = Request::builder().method(&sent.method).uri(&sent.path);
        request.headers_mut().unwrap().extend(sent.headers.clone());
        let request = request.body(Body::from(sent.body.clone())).unwrap();
        let response = self.door.clone().oneshot(request).await.unwrap();
        let kind = response.headers().get(CONTENT_TYPE).map(|value| value.to_str().unwrap().to_owned());
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes().to_vec();
        Got { status, kind: kind.unwrap_or_default(), body }
    }

    /// Sends a request that must succeed, as `token`; answers its JSON (or text).
    pub(crate) async fn must(&self, method: Method, path: &str, token: &str, body: Value) -> Value {
        let got = self.send(&Sent::new(method, path).token(token).json(&body)).await;
        assert!(got.status.is_success(), "{path}: {got:?}");
        got.json()
    }

    /// An unpaid order of one piece for the owner of `token`.
    pub(crate) async fn order(&self, token: &str) -> String {
        let form = json!({ "paymentType": 3, "details": [{ "itemId": ITEM, "num": 1 }] });
        text(&self.must(Method::POST, "/orders", token, form).await)
    }

    /// The pay order of `order`.
    pub(crate) async fn pay_order(&self, token: &str, order: &str) -> String {
        let form = json!({
            "bizOrderNo": order, "amount": PRICE, "payChannelCode": "balance", "payType": 5, "orderInfo": "",
        });
        text(&self.must(Method::POST, "/pay-orders", token, form).await)
    }

    /// An address of the owner of `token`.
    pub(crate) async fn address(&self, token: &str) -> String {
        let form = json!({
            "province": "上海", "city": "上海", "town": "黄浦", "mobile": "13900000000", "street": "南京东路 1 号",
            "contact": "Jack", "isDefault": true, "notes": "",
        });
        text(&self.must(Method::POST, "/addresses", token, form).await)
    }

    /// A cart row of the owner of `token`.
    pub(crate) async fn cart_row(&self, token: &str) -> String {
        self.must(Method::POST, "/carts", token, json!({ "itemId": ITEM })).await;
        let rows = self.must(Method::GET, "/carts", token, Value::Null).await;
        text(&rows[0]["id"])
    }
}

impl Sent {
    pub(crate) fn new(method: Method, path: &str) -> Self {
        Self { method, path: path.to_owned(), headers: HeaderMap::new(), body: Vec::new() }
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", token.as_bytes())
    }

    pub(crate) fn no_token(mut self) -> Self {
        self.headers.remove(AUTHORIZATION);
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &[u8]) -> Self {
        self.headers.insert(name, HeaderValue::from_bytes(value).unwrap());
        self
    }

    /// With a JSON body.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.bytes(body.to_string().into_bytes())
    }

    /// With a body that says it is JSON.
    pub(crate) fn bytes(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self.header("content-type", b"application/json")
    }
}

impl Got {
    /// The body as JSON, or as a JSON string of its text.
    pub(crate) fn json(&self) -> Value {
        let text = || Value::String(String::from_utf8_lossy(&self.body).into_owned());
        serde_json::from_slice(&self.body).unwrap_or_else(|_| text())
    }

    /// It is a problem as the contract has it, with its own status inside.
    pub(crate) fn is_problem(&self) -> bool {
        let body = self.json();
        let filled = |name: &str| body[name].as_str().is_some_and(|text| !text.is_empty());
        self.kind == "application/problem+json"
            && body["status"] == self.status.as_u16()
            && filled("code")
            && filled("msg")
    }
}

fn text(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

fn identity(user: UserId, role: TokenRole) -> Identity {
    Identity { user: user.0, name: "somebody".into(), role }
}

/// The shop's own shell, but one that also knows another process's key.
fn shell(shop: &Shop, clock: &ManualClock, signers: &[&Signer]) -> Shell {
    let keys = signers.iter().map(|signer| signer.public().clone());
    Shell {
        authenticator: Arc::new(Tokens(Verifier::new(keys).unwrap())),
        clock: Arc::new(clock.clone()),
        ids: shop.ids.clone(),
        fingerprint: FingerprintKey([7; 32]),
    }
}

async fn register(shop: &Shop, name: &str, role: Role) -> UserId {
    let password = Password::new(PASSWORD);
    let id = match role {
        Role::Buyer => shop.users().unwrap().register(name, password, None).await,
        _ => shop.users().unwrap().hire(name, password, role, UserId(0), None).await,
    }
    .unwrap();
    let by = By { user: UserId(0), reason: "test".into(), at: START };
    shop.users().unwrap().credit(id, Cents(1_000_000), by, None).await.unwrap();
    id
}

async fn stock(shop: &Shop) {
    let row = json!({
        "id": ITEM, "name": "Tea", "price": PRICE, "stock": 1_000, "image": "/pictures/box.svg",
        "category": "Tea", "brand": "Qinglan", "spec": null, "status": 1,
    });
    let options = Options { format: Format::JsonLines, set_stock: false, skip_bad: false };
    let input = std::io::Cursor::new(format!("{row}\n"));
    shop.items().unwrap().import(input, options, &mut |_| {}).await.unwrap();
}
