//! Whole orders, from the gateway through all processes and back.

use clock::MINUTE;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::town::{ITEM, PRICE, Town};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_placed_paid_and_seen() {
    let town = Town::start().await;
    town.buyer("jack", 5_000).await;
    let token = town.login("jack").await;
    let (status, _) = town.call(Method::POST, "/carts", &token, Some(json!({ "itemId": ITEM }))).await;
    assert_eq!(status, StatusCode::OK);
    let order = town.order(&token).await;
    let pay_order = town.apply(&token, &order).await;
    assert_eq!(town.press(&token, &pay_order).await, StatusCode::OK);
    town.comes_to(&token, &order, 2).await;
    let (_, me) = town.call(Method::GET, "/api/users/me", &token, None).await;
    assert_eq!(me["balance"], 5_000 - PRICE);
    let (_, item) = town.call(Method::GET, &format!("/items/{ITEM}"), "", None).await;
    assert_eq!(item["stock"], 999);
    crate::town::until(|| async { town.call(Method::GET, "/carts", &token, None).await.1 == json!([]) })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_not_paid_is_closed_and_its_stock_is_back() {
    let town = Town::start().await;
    town.buyer("jack", 5_000).await;
    let token = town.login("jack").await;
    let order = town.order(&token).await;
    town.clock.advance(31 * MINUTE);
    let token = town.login("jack").await;
    town.comes_to(&token, &order, 5).await;
    let stock =
        || async { town.call(Method::GET, &format!("/items/{ITEM}"), "", None).await.1["stock"] == 1_000 };
    crate::town::until(stock).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_item_no_order_is_lost_and_none_is_made_twice() {
    let town = Town::start().await;
    town.buyer("jack", 5_000).await;
    let token = town.login("jack").await;
    town.end("item").await;
    let form = json!({ "paymentType": 3, "details": [{ "itemId": ITEM, "num": 1 }] });
    let (status, problem) = town.call(Method::POST, "/orders", &token, Some(form)).await;
    assert_eq!((status, &problem["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("unavailable")));
    let (status, _) = town.call(Method::GET, "/items/page", "", None).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let (_, orders) = town.call(Method::GET, "/orders", &token, None).await;
    assert_eq!(orders["total"], 0);
}

/// Doubt never cancels: while `pay` is away the order stays, whatever the time.
#[tokio::test(flavor = "multi_thread")]
async fn without_pay_an_order_past_its_deadline_waits() {
    let town = Town::start().await;
    town.buyer("jack", 5_000).await;
    let order = town.order(&town.login("jack").await).await;
    town.end("pay").await;
    town.clock.advance(31 * MINUTE);
    let token = town.login("jack").await;
    let seen = || async { town.call(Method::GET, &format!("/orders/{order}"), &token, None).await.1 };
    crate::town::until(|| async { seen().await["closeAsked"] == true }).await;
    for _ in 0..20 {
        town.clock.advance(3_000);
        assert_eq!(seen().await["status"], 1, "nobody said that it is not paid");
    }
}

/// `user` down: tokens are still checked, and what needs no wallet goes on.
#[tokio::test(flavor = "multi_thread")]
async fn without_user_orders_still_close() {
    let town = Town::start().await;
    town.buyer("jack", 5_000).await;
    let token = town.login("jack").await;
    let order = town.order(&token).await;
    town.end("user").await;
    let (status, body) = town.call(Method::PUT, &format!("/orders/{order}/cancel"), &token, None).await;
    assert_eq!((status, body), (StatusCode::OK, Value::Null));
    town.comes_to(&token, &order, 5).await;
    let form = json!({ "username": "jack", "password": "x" });
    let (status, _) = town.call(Method::POST, "/users/login", "", Some(form)).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
}
