//! Other people's things: for a buyer they do not exist.

use auth::token::Role;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::digest::digest;
use crate::samples::Samples;
use crate::shop::{PASSWORD, PRICE, Sent, World};

/// Every request in which a buyer names something of another's.
fn requests(of: &Samples) -> Vec<(Method, String, Value)> {
    let Samples { order, pay_order, address, cart_row, .. } = of;
    let address_form = json!({ "province": "p", "city": "c", "town": "t", "mobile": "13900000000", "street": "s",
        "contact": "c", "isDefault": true, "notes": "" });
    let apply = json!({ "bizOrderNo": order, "amount": PRICE, "payChannelCode": "balance", "payType": 5 });
    vec![
        (Method::GET, format!("/orders/{order}"), Value::Null),
        (Method::GET, format!("/orders/{order}/timeline"), Value::Null),
        (Method::PUT, format!("/orders/{order}/cancel"), Value::Null),
        (Method::PUT, format!("/orders/{order}/receive"), Value::Null),
        (Method::PUT, format!("/orders/{order}/review"), Value::Null),
        (Method::POST, "/pay-orders".into(), apply),
        (Method::POST, format!("/pay-orders/{pay_order}"), json!({ "pw": PASSWORD })),
        (Method::GET, format!("/pay-orders/biz/{order}"), Value::Null),
        (Method::GET, format!("/addresses/{address}"), Value::Null),
        (Method::PUT, format!("/addresses/{address}"), address_form),
        (Method::DELETE, format!("/addresses/{address}"), Value::Null),
        (Method::PUT, "/carts".into(), json!({ "id": cart_row, "num": 5 })),
        (Method::DELETE, format!("/carts/{cart_row}"), Value::Null),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_anothers_does_not_exist() {
    let world = World::start().await;
    let theirs = Samples::of(&world).await;
    let before = digest(&world.shop).await;
    let me = world.token_of(world.other, Role::Buyer);
    for (method, path, body) in requests(&theirs) {
        let got = world.send(&Sent::new(method.clone(), &path).token(&me).json(&body)).await;
        assert_eq!(got.status, StatusCode::NOT_FOUND, "{method} {path}: {got:?}");
        assert!(got.is_problem(), "{method} {path}: {got:?}");
    }
    assert_eq!(before, digest(&world.shop).await, "a stranger changed something");
}

/// A stranger's order and one that never was are refused alike.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_does_not_tell_whether_it_exists() {
    let world = World::start().await;
    let theirs = Samples::of(&world).await;
    let me = world.token_of(world.other, Role::Buyer);
    for path in ["/orders/{}", "/orders/{}/timeline", "/pay-orders/biz/{}"] {
        let code = async |id: &str| {
            let sent = Sent::new(Method::GET, &path.replace("{}", id)).token(&me);
            world.send(&sent).await.json()["code"].clone()
        };
        assert_eq!(code(&theirs.order).await, code("4711").await, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_does_not_go_to_anothers_address() {
    let world = World::start().await;
    let theirs = Samples::of(&world).await;
    let form =
        json!({ "addressId": theirs.address, "paymentType": 3, "details": [{ "itemId": "100", "num": 1 }] });
    let me = world.token_of(world.other, Role::Buyer);
    let got = world.send(&Sent::new(Method::POST, "/orders").token(&me).json(&form)).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{got:?}");
    let orders = world.must(Method::GET, "/orders", &me, Value::Null).await;
    assert_eq!(orders["total"], 0, "a refused order shows");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_show_only_ones_own() {
    let world = World::start().await;
    let _theirs = Samples::of(&world).await;
    let me = world.token_of(world.other, Role::Buyer);
    for path in ["/addresses", "/carts", "/pay-orders"] {
        assert_eq!(world.must(Method::GET, path, &me, Value::Null).await, json!([]), "{path}");
    }
    assert_eq!(world.must(Method::GET, "/orders", &me, Value::Null).await["total"], 0);
}

/// The reference's gateway told the services who calls in this header; here nobody believes it.
#[tokio::test(flavor = "multi_thread")]
async fn a_header_does_not_say_who_calls() {
    let world = World::start().await;
    let theirs = Samples::of(&world).await;
    let claim = world.buyer.0.to_string();
    let path = format!("/orders/{}", theirs.order);
    let sent = Sent::new(Method::GET, &path).header("user-info", claim.as_bytes());
    assert_eq!(world.send(&sent).await.status, StatusCode::UNAUTHORIZED);
    let me = world.token_of(world.other, Role::Buyer);
    assert_eq!(world.send(&sent.token(&me)).await.status, StatusCode::NOT_FOUND);
}
