//! A shop as small as the contract allows, that can be told to do one thing wrong.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream::{self, StreamExt};
use parking_lot::Mutex;
use serde_json::{Value, json};

/// What the shop does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Acknowledges orders and forgets some.
    LosesOrders,
    /// Makes a new order each time a key is sent.
    IgnoresKeys,
    /// Answers two keys the same order.
    SharesOrders,
    /// Takes the money twice.
    ChargesTwice,
    /// Acknowledges a payment and closes the order as unpaid.
    ForgetsPayments,
    /// Never closes what is not paid.
    NeverCloses,
    /// Turns the first try of every placement away.
    IsBusy,
    /// Ends its live views at once.
    CutsViews,
    /// Has no cart's page.
    LosesPage,
    /// Has no style sheet.
    LosesStyle,
}

const PRICE: i64 = 700;
const UNPAID: i64 = 1;
const PAID: i64 = 2;
const CLOSED: i64 = 5;

struct Order {
    user: u64,
    status: i64,
}

struct Shop {
    fault: Fault,
    /// By user: their number is one more than their place.
    balances: Vec<i64>,
    orders: HashMap<u64, Order>,
    keys: HashMap<String, u64>,
    turned_away: HashSet<String>,
    made: u64,
}

type Shared = State<Arc<Mutex<Shop>>>;
type Refused = (StatusCode, [(&'static str, &'static str); 1], Json<Value>);

/// Opens a shop on a port of its own; it stays open until the test's process ends.
pub(crate) fn open(fault: Fault) -> SocketAddr {
    let shop = Shop {
        fault,
        balances: Vec::new(),
        orders: HashMap::new(),
        keys: HashMap::new(),
        turned_away: HashSet::new(),
        made: 0,
    };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || serve(listener, router(Arc::new(Mutex::new(shop)))));
    address
}

fn serve(listener: std::net::TcpListener, router: Router) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        axum::serve(listener, router).await.unwrap();
    });
}

fn router(shop: Arc<Mutex<Shop>>) -> Router {
    Router::new()
        .route("/items/page", get(items))
        .route("/users/login", post(async || Json(json!({ "token": "staff", "userId": "900" }))))
        .route("/users", post(register))
        .route("/users/me", get(me))
        .route("/users/{id}/credit", post(credit))
        .route("/orders", post(place))
        .route("/orders/{id}", get(order))
        .route("/shop/live", get(live))
        .route("/pay-orders", post(apply))
        .route("/pay-orders/{id}", post(press))
        .route("/addresses", get(async || Json(json!([{ "id": "5" }]))).post(async || Json(json!({}))))
        .route("/carts", post(async || Json(json!({}))))
        .route("/assets/{name}", get(style))
        .route("/{area}", get(page))
        .route("/{area}/{*rest}", get(page))
        .with_state(shop)
}

/// Any page: to somebody, or to whoever's cookie it is.
async fn page(State(shop): Shared, uri: Uri) -> Result<Html<&'static str>, StatusCode> {
    let lost = shop.lock().fault == Fault::LosesPage && uri.path() == "/shop/cart";
    if lost {
        Err(StatusCode::NOT_FOUND)
    } else {
        Ok(Html(r#"<link rel="stylesheet" href="/assets/a.css">"#))
    }
}

async fn style(State(shop): Shared) -> Result<&'static str, StatusCode> {
    if shop.lock().fault == Fault::LosesStyle { Err(StatusCode::NOT_FOUND) } else { Ok("a{}") }
}

async fn items() -> Json<Value> {
    let sold_out = json!({ "id": "2", "price": 1, "stock": 0, "status": 1 });
    Json(json!({ "list": [{ "id": "1", "price": PRICE, "stock": 9_999, "status": 1 }, sold_out] }))
}

async fn register(State(shop): Shared) -> Json<Value> {
    let mut shop = shop.lock();
    shop.balances.push(0);
    let id = shop.balances.len();
    Json(json!({ "token": id.to_string(), "userId": id.to_string() }))
}

async fn me(State(shop): Shared, headers: HeaderMap) -> Json<Value> {
    let user = caller(&headers);
    Json(json!({ "balance": shop.lock().balance(user) }))
}

async fn credit(State(shop): Shared, Path(id): Path<u64>, Json(body): Json<Value>) -> Json<Value> {
    *shop.lock().balance(id) += body["amount"].as_i64().unwrap();
    Json(json!({}))
}

async fn place(State(shop): Shared, headers: HeaderMap) -> Result<Json<String>, Refused> {
    let key = headers["idempotency-key"].to_str().unwrap().to_owned();
    let mut shop = shop.lock();
    if shop.fault == Fault::IsBusy && shop.turned_away.insert(key.clone()) {
        return Err((StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "0")], Json(json!({}))));
    }
    Ok(Json(shop.place(key, caller(&headers)).to_string()))
}

async fn order(State(shop): Shared, Path(id): Path<u64>) -> Result<Json<Value>, StatusCode> {
    let shop = shop.lock();
    let status = shop.orders.get(&id).map(|order| order.status).ok_or(StatusCode::NOT_FOUND)?;
    // An hour after the deadline, nothing may be unpaid any more.
    let status = if status == UNPAID && shop.fault != Fault::NeverCloses { CLOSED } else { status };
    let (deadline, now) = ("2030-01-01T00:00:00.000+01:00", "2030-01-01T00:00:00.000Z");
    Ok(Json(json!({ "id": id.to_string(), "status": status, "deadline": deadline, "now": now })))
}

/// Tells twice of the order that is looked at, and then goes on in silence.
async fn live(
    State(shop): Shared,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, u64>>,
) -> Response {
    let shop = shop.lock();
    let cookie = headers["cookie"].to_str().unwrap();
    let user = cookie.strip_prefix("sandglass_session=").unwrap().parse::<u64>().unwrap();
    if shop.orders.get(&query["orders"]).is_none_or(|order| order.user != user) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let told = stream::iter(["event: order\ndata: {}\n\n:\n\nda", "ta: {}\n\n"].map(Ok::<_, Infallible>));
    let lasts = shop.fault != Fault::CutsViews;
    let rest = stream::pending().take(usize::from(lasts));
    Body::from_stream(told.chain(rest)).into_response()
}

async fn apply(Json(body): Json<Value>) -> String {
    body["bizOrderNo"].as_str().unwrap().to_owned()
}

async fn press(State(shop): Shared, Path(id): Path<u64>) {
    shop.lock().pay(id);
}

fn caller(headers: &HeaderMap) -> u64 {
    headers["authorization"].to_str().unwrap().trim_start_matches("Bearer ").parse().unwrap()
}

impl Shop {
    fn balance(&mut self, user: u64) -> &mut i64 {
        &mut self.balances[usize::try_from(user).unwrap() - 1]
    }

    fn place(&mut self, key: String, user: u64) -> u64 {
        if let Some(order) = self.keys.get(&key)
            && self.fault != Fault::IgnoresKeys
        {
            return *order;
        }
        self.made += 1;
        let id = if self.fault == Fault::SharesOrders { self.made.div_ceil(2) } else { self.made };
        self.keys.insert(key, id);
        if self.fault != Fault::LosesOrders || !id.is_multiple_of(3) {
            self.orders.insert(id, Order { user, status: UNPAID });
        }
        id
    }

    fn pay(&mut self, id: u64) {
        let times = if self.fault == Fault::ChargesTwice { 2 } else { 1 };
        let Some(order) = self.orders.get_mut(&id) else { return };
        if self.fault != Fault::ForgetsPayments {
            order.status = PAID;
        }
        let user = order.user;
        *self.balance(user) -= PRICE * times;
    }
}
