//! Staff: shipping, extending, refunding.

use http::{Method, StatusCode};
use serde_json::json;

use crate::world::{CLOSED, PAID, PRICE, UNPAID, World, time};

#[tokio::test(flavor = "multi_thread")]
async fn a_refunded_order_is_closed_its_money_and_stock_are_back_once() {
    let world = World::start(10).await;
    let (buyer, staff) = (world.buyer("jack", PRICE).await, world.staff().await);
    let order = buyer.buy().await;
    world.within(1_000, "it is paid", async || buyer.status_of(&order).await == PAID).await;
    let path = format!("/staff/orders/{order}/refund");
    for _ in 0..2 {
        let (status, body) =
            staff.call(Method::POST, &path, None, Some(json!({ "reason": "damaged" }))).await;
        assert!(matches!(status, StatusCode::OK | StatusCode::CONFLICT), "{status} {body}");
    }
    world.within(1_000, "it is closed", async || buyer.status_of(&order).await == CLOSED).await;
    assert_eq!(buyer.seen(&order).await["closeReason"], "refunded");
    world.within(1_000, "its stock is back", async || buyer.available().await == 10).await;
    assert_eq!(buyer.balance().await, PRICE);
    world.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_state_of_the_wire_is_reached() {
    let world = World::start(10).await;
    let (buyer, staff) = (world.buyer("jack", PRICE).await, world.staff().await);
    let order = buyer.buy().await;
    world.within(1_000, "it is paid", async || buyer.status_of(&order).await == PAID).await;
    let parcel = json!({ "company": "Crane Post", "number": "CP-1", "reason": "ready" });
    let steps = [
        (&staff, Method::POST, format!("/staff/orders/{order}/ship"), Some(parcel), 3),
        (&buyer, Method::PUT, format!("/orders/{order}/receive"), None, 4),
        (&buyer, Method::PUT, format!("/orders/{order}/review"), None, 6),
    ];
    for (who, method, path, body, status) in steps {
        let (answer, problem) = who.call(method, &path, None, body).await;
        assert_eq!(answer, StatusCode::OK, "{problem}");
        assert_eq!(buyer.status_of(&order).await, status);
    }
    world.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extended_order_can_be_paid_after_its_first_deadline() {
    let world = World::start(10).await;
    let (buyer, staff) = (world.buyer("jack", PRICE).await.hurried(), world.staff().await);
    let order = buyer.must_order().await;
    let (_, pay_order) = buyer.open_payment(&order).await;
    let first = time(&buyer.seen(&order).await["deadline"]);
    let until = api::Time(first + 10 * world.window_ms()).text();
    let form = json!({ "until": until, "reason": "asked nicely" });
    let (status, problem) =
        staff.call(Method::POST, &format!("/staff/orders/{order}/extend"), None, Some(form)).await;
    assert_eq!(status, StatusCode::OK, "{problem}");
    world.pass(world.window_ms() + 1_000).await;
    let seen = buyer.seen(&order).await;
    assert!(time(&seen["now"]) > first && seen["status"] == UNPAID, "{seen}");
    assert_eq!(buyer.press(&pay_order, None).await.0, StatusCode::OK);
    world.within(1_000, "it is paid", async || buyer.status_of(&order).await == PAID).await;
    world.assert_clean(0).await;
}
