//! New orders at a door behind which everything takes for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use clock::ManualClock;
use gateway::{Admission, Bounds};
use http::{Method, StatusCode};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use utoipa_axum::router::OpenApiRouter;

use crate::world::{Got, START, request, send, shell, until};

const BOUNDS: Bounds = Bounds { places: 2, places_min: 1, late_ms: 100, waiting_max: 1, wait_max_ms: 1_000 };

/// How long a test waits for what should be there at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// A shop that places no order before it is told to.
struct Busy {
    door: Router,
    /// Each permit lets one order be placed.
    placed: Arc<Semaphore>,
    late_ms: Arc<AtomicI64>,
    begun: Arc<AtomicI64>,
}

fn busy() -> Busy {
    let clock = ManualClock::at(START);
    let (placed, begun) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicI64::new(0)));
    let late_ms = Arc::new(AtomicI64::new(0));
    let late = late_ms.clone();
    let admission =
        Admission::new(BOUNDS, Arc::new(clock.clone()), Arc::new(move || late.load(Ordering::SeqCst)));
    let (permits, count) = (placed.clone(), begun.clone());
    let place = move || async move {
        count.fetch_add(1, Ordering::SeqCst);
        permits.acquire().await.unwrap().forget();
        "placed"
    };
    let routes = Router::new()
        .route("/orders", post(place).get(|| async { "orders" }))
        .route("/pay-orders/{id}", post(|| async { "paid" }))
        .route("/items", get(|| async { "items" }));
    let door = gateway::door(vec![OpenApiRouter::from(routes)], shell(&clock), admission);
    Busy { door, placed, late_ms, begun }
}

impl Busy {
    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Got {
        let answer = send(self.door.clone(), [192, 0, 2, 9], request(method, path, headers));
        tokio::time::timeout(PATIENCE, answer).await.expect("it should have been answered at once")
    }

    /// Knocks with an order, and waits until the shop has begun with `begun` in all.
    async fn order(&self, path: &'static str, begun: i64) -> JoinHandle<Got> {
        let door = self.door.clone();
        let order =
            tokio::spawn(async move { send(door, [192, 0, 2, 9], request(Method::POST, path, &[])).await });
        until(|| self.begun.load(Ordering::SeqCst) == begun).await;
        order
    }

    /// Knocks with an order that has to wait.
    async fn waiting(&self) -> JoinHandle<Got> {
        let waits = self.order("/orders", 2).await;
        // The one place to wait is taken when the next is refused; until then it is the next who waits, and leaves.
        tokio::task::yield_now().await;
        waits
    }
}

#[tokio::test]
async fn one_order_too_many_is_refused_at_once_in_the_form_of_every_problem() {
    let shop = busy();
    let (one, two) = (shop.order("/orders", 1).await, shop.order("/api/orders", 2).await);
    let waits = shop.waiting().await;
    let headers = [("accept-language", "zh-CN"), ("x-request-id", "mine")];
    let refused = shop.send(Method::POST, "/orders", &headers).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "overloaded"));
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(refused.headers["x-request-id"], "mine");
    assert_eq!(refused.headers["content-type"], "application/problem+json");
    assert_eq!(refused.json()["requestId"], "mine");
    assert!(refused.json()["msg"].as_str().unwrap().starts_with("当前下单"), "{}", refused.body);

    shop.placed.add_permits(3);
    for order in [one, two, waits] {
        assert_eq!(order.await.unwrap().body, "placed", "who was let in is served, and who waited in turn");
    }
}

#[tokio::test]
async fn whatever_goes_on_with_an_order_is_not_held_up_by_new_ones() {
    let shop = busy();
    let _inside = (shop.order("/orders", 1).await, shop.order("/orders", 2).await);
    let _waits = shop.waiting().await;
    assert_eq!(shop.send(Method::POST, "/orders", &[]).await.status, StatusCode::SERVICE_UNAVAILABLE);
    for (method, path) in [
        (Method::POST, "/pay-orders/7"),
        (Method::GET, "/orders"),
        (Method::GET, "/items"),
        (Method::GET, "/api/items"),
    ] {
        assert_eq!(shop.send(method, path, &[]).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn new_orders_give_way_while_the_shop_is_late() {
    let shop = busy();
    shop.late_ms.store(1_000, Ordering::SeqCst);
    let one = shop.order("/orders", 1).await;
    let waits = shop.order("/orders", 1).await;
    tokio::task::yield_now().await;
    assert_eq!(shop.send(Method::POST, "/orders", &[]).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(shop.begun.load(Ordering::SeqCst), 1, "one place is left, and it is taken");
    shop.placed.add_permits(2);
    assert_eq!((one.await.unwrap().body, waits.await.unwrap().body), ("placed".into(), "placed".into()));
}

#[tokio::test]
async fn whoever_hangs_up_gives_the_place_back() {
    let shop = busy();
    let (one, two) = (shop.order("/orders", 1).await, shop.order("/orders", 2).await);
    one.abort();
    assert!(one.await.is_err());
    let third = shop.order("/orders", 3).await;
    shop.placed.add_permits(2);
    assert_eq!((two.await.unwrap().body, third.await.unwrap().body), ("placed".into(), "placed".into()));
}
