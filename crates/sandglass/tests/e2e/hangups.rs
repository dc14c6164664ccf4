//! Clients that hang up, and retry.

use std::pin::pin;
use std::task::{Context, Waker};

use http::StatusCode;

use crate::world::{PRICE, World, until};

/// Polls a request `times` times, letting the shop work in between, then hangs up. Answers whether it came to
/// an answer first.
async fn hang_up_after<T>(times: usize, request: impl Future<Output = T>) -> bool {
    let mut request = pin!(request);
    for _ in 0..times {
        if request.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
            return true;
        }
        tokio::task::yield_now().await;
        std::thread::yield_now();
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_while_placing_has_one_order_after_its_retry() {
    let world = World::start(1_000, "30m").await;
    let buyer = world.buyer("jack", 0).await;
    let mut orders = std::collections::BTreeSet::new();
    for times in 1..120 {
        let key = format!("place-{times}");
        hang_up_after(times, buyer.order(Some(&key))).await;
        let (status, id) = buyer.order(Some(&key)).await;
        assert_eq!(status, StatusCode::OK, "{id}");
        assert_eq!(buyer.order(Some(&key)).await.1, id, "the same key made another order");
        orders.insert(id.to_string());
    }
    world.quiet().await;
    assert_eq!((orders.len(), world.in_state(1).await, world.available().await), (119, 119, 881));
    world.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_while_paying_is_debited_once_after_its_retry() {
    let world = World::start(1_000, "30m").await;
    let buyer = world.buyer("jack", 1_000 * PRICE).await;
    for times in 1..80 {
        let order = buyer.must_order().await;
        let (_, pay_order) = buyer.open_payment(&order).await;
        let key = format!("pay-{times}");
        hang_up_after(times, buyer.press(&pay_order, Some(&key))).await;
        // While the press that was given up is still under way, its retry is told so.
        let under_way = || async { buyer.press(&pay_order, Some(&key)).await.0 == StatusCode::CONFLICT };
        until(|| async { !under_way().await }).await;
        let (status, body) = buyer.press(&pay_order, Some(&key)).await;
        assert!([StatusCode::OK, StatusCode::ACCEPTED].contains(&status), "{status} {body}");
    }
    world.pass(4_000).await;
    assert_eq!((world.in_state(2).await, buyer.balance().await), (79, (1_000 - 79) * PRICE));
    world.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_used_for_another_body_is_refused() {
    let world = World::start(10, "30m").await;
    let buyer = world.buyer("jack", 0).await;
    assert_eq!(buyer.order(Some("k")).await.0, StatusCode::OK);
    let other = serde_json::json!({ "paymentType": 3, "details": [{ "itemId": "100", "num": 2 }] });
    let (status, body) = buyer.call(http::Method::POST, "/orders", Some("k"), Some(other)).await;
    assert_eq!((status, &body["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &"idempotency_key_reused".into()));
    assert_eq!(world.available().await, 9);
}
