//! Placing orders, and what follows from it at once.

use http::{Method, StatusCode};
use serde_json::json;

use crate::world::{Person, UNPAID, World};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_repeated_under_its_key_is_the_same_order() {
    let world = World::start(10).await;
    let buyer = world.buyer("jack", 0).await;
    let (status, id) = buyer.order(Some("k")).await;
    assert_eq!(status, StatusCode::OK, "{id}");
    for _ in 0..3 {
        assert_eq!(buyer.order(Some("k")).await, (StatusCode::OK, id.clone()));
    }
    assert_eq!((buyer.in_state(UNPAID).await, buyer.available().await), (1, 9));
    world.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_used_for_another_body_is_refused() {
    let world = World::start(10).await;
    let buyer = world.buyer("jack", 0).await;
    assert_eq!(buyer.order(Some("k")).await.0, StatusCode::OK);
    let (status, body) = buyer.order_many(2, Some("k")).await;
    assert_eq!((status, &body["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &"idempotency_key_reused".into()));
    assert_eq!(buyer.available().await, 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_there_is_is_refused_and_holds_nothing() {
    let world = World::start(3).await;
    let buyer = world.buyer("jack", 0).await;
    let (status, problem) = buyer.order_many(4, None).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_eq!((buyer.available().await, buyer.in_state(UNPAID).await), (3, 0));
    assert_eq!(buyer.order_many(3, None).await.0, StatusCode::OK);
    assert_eq!(buyer.available().await, 0);
    world.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_ordered_leaves_the_cart_and_what_is_put_in_later_stays() {
    let world = World::start(10).await;
    let buyer = world.buyer("jack", 0).await;
    put_in(&buyer).await;
    // Rows are compared with the order by their milliseconds.
    world.pass(2).await;
    buyer.must_order().await;
    world.within(1_000, "the ordered item leaves the cart", async || rows(&buyer).await == 0).await;
    world.pass(2).await;
    put_in(&buyer).await;
    assert_eq!(rows(&buyer).await, 1);
    world.assert_clean(0).await;
}

/// Puts what the buyer buys into their cart.
pub(crate) async fn put_in(buyer: &Person) {
    let form = Some(json!({ "itemId": buyer.item }));
    let (status, problem) = buyer.call(Method::POST, "/carts", None, form).await;
    assert!(status.is_success(), "{problem}");
}

/// How many rows the buyer's cart has.
pub(crate) async fn rows(buyer: &Person) -> usize {
    buyer.look("/carts").await.as_array().unwrap().len()
}
