//! The wallet and the account on the wire.

use axum::body::Body;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::world::{BUYER, JACK, RICH, SERVICE, World};

fn form(attempt: &Value, amount: i64) -> Value {
    json!({ "attemptId": attempt, "payOrderNo": "9001", "userId": "1", "amount": amount, "password": "123" })
}

async fn serve(world: &World, path: &str, body: Value) -> (StatusCode, Value) {
    world.send(Method::POST, path, SERVICE, Some(body)).await
}

#[tokio::test]
async fn a_debit_settle_and_refund_as_the_contract_has_them() {
    let Some(world) = World::new().await else { return };
    let debited = json!({ "outcome": "debited", "reason": null });
    assert_eq!(
        serve(&world, "/wallet/debits", form(&json!("7"), 400)).await,
        (StatusCode::OK, debited.clone())
    );
    assert_eq!(
        serve(&world, "/wallet/debits", form(&json!(7), 400)).await,
        (StatusCode::OK, debited.clone())
    );
    let which = json!({ "payOrderNo": "9001", "userId": "1" });
    assert_eq!(serve(&world, "/wallet/debits/7/settle", which.clone()).await, (StatusCode::OK, debited));
    let voided = json!({ "outcome": "voided", "reason": null });
    assert_eq!(serve(&world, "/wallet/debits/8/settle", which).await, (StatusCode::OK, voided));
    let refund = json!({ "payOrderNo": "9001", "amount": 400 });
    assert_eq!(serve(&world, "/wallet/refunds", refund).await, (StatusCode::OK, Value::Null));
    assert_eq!(world.balance(JACK).await, RICH);
}

#[tokio::test]
async fn batches_are_answered_one_by_one_in_the_order_asked() {
    let Some(world) = World::new().await else { return };
    serve(&world, "/wallet/debits", form(&json!("7"), 400)).await;
    let attempt = |id: &str| json!({ "attemptId": id, "payOrderNo": "9001", "userId": "1" });
    let asked = json!([attempt("8"), attempt("7")]);
    let outcomes = json!([{ "outcome": "voided", "reason": null }, { "outcome": "debited", "reason": null }]);
    assert_eq!(serve(&world, "/wallet/debits/settle", asked).await, (StatusCode::OK, outcomes));
    let refund = json!({ "payOrderNo": "9001", "userId": "1", "amount": 400 });
    for _ in 0..2 {
        let answer = serve(&world, "/wallet/refunds/batch", json!([refund])).await;
        assert_eq!(answer, (StatusCode::OK, json!(["refunded"])));
    }
    assert_eq!(world.balance(JACK).await, RICH);
}

#[tokio::test]
async fn a_refused_debit_says_why_with_200() {
    let Some(world) = World::new().await else { return };
    let mut wrong = form(&json!("7"), 400);
    wrong["password"] = json!("1234");
    let refused = json!({ "outcome": "refused", "reason": "wrongPassword" });
    assert_eq!(serve(&world, "/wallet/debits", wrong).await, (StatusCode::OK, refused));
    let poor = json!({ "outcome": "refused", "reason": "notEnough" });
    assert_eq!(serve(&world, "/wallet/debits", form(&json!("8"), RICH.0 + 1)).await, (StatusCode::OK, poor));
}

#[tokio::test]
async fn hostile_amounts_and_ids_are_malformed() {
    let Some(world) = World::new().await else { return };
    assert_eq!(serve(&world, "/wallet/debits", form(&json!("7"), -1)).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(serve(&world, "/wallet/debits", form(&json!("7"), i64::MIN)).await.0, StatusCode::BAD_REQUEST);
    let refund = json!({ "payOrderNo": "9001", "amount": -1 });
    assert_eq!(serve(&world, "/wallet/refunds", refund).await.0, StatusCode::BAD_REQUEST);
    let good = json!({ "payOrderNo": "9001", "userId": "1", "amount": 1 });
    let bad = json!({ "payOrderNo": "9002", "userId": "1", "amount": -1 });
    let batch = json!([good, bad]);
    assert_eq!(serve(&world, "/wallet/refunds/batch", batch).await.0, StatusCode::BAD_REQUEST);
    let crowd = json!(vec![good; 513]);
    assert_eq!(serve(&world, "/wallet/refunds/batch", crowd).await.0, StatusCode::BAD_REQUEST);
    for id in [json!(0), json!(-1), json!("x"), json!(1.5), json!("9223372036854775808"), json!(null)] {
        assert_eq!(serve(&world, "/wallet/debits", form(&id, 1)).await.0, StatusCode::BAD_REQUEST);
    }
    assert_eq!(world.count("SELECT count(*) FROM user_debits").await, 0);
}

#[tokio::test]
async fn who_am_i() {
    let Some(world) = World::new().await else { return };
    let me = json!({ "userId": "1", "username": "jack", "balance": RICH.0, "role": "buyer" });
    assert_eq!(world.send(Method::GET, "/users/me", BUYER, None).await, (StatusCode::OK, me));
    assert_eq!(world.send(Method::GET, "/users/me", SERVICE, None).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pages_out_of_bounds_are_malformed() {
    let Some(world) = World::new().await else { return };
    for query in ["pageSize=0", "pageSize=201", "pageNo=0", "pageNo=-1", "pageNo=x"] {
        let path = format!("/users/me/wallet?{query}");
        assert_eq!(world.send(Method::GET, &path, BUYER, None).await.0, StatusCode::BAD_REQUEST, "{query}");
    }
    let (status, beyond) = world.send(Method::GET, "/users/me/wallet?pageNo=9", BUYER, None).await;
    assert_eq!((status, &beyond["list"]), (StatusCode::OK, &json!([])));
}

#[tokio::test]
async fn a_limited_login_says_when_to_come_back_and_repeats_no_password() {
    let Some(world) = World::new().await else { return };
    let secret = "hunter2-hunter2";
    for attempt in 0..6 {
        let body = json!({ "username": "jack", "password": secret }).to_string();
        let request = Request::post("/users/login").header(CONTENT_TYPE, "application/json");
        let response = world.router().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let limited = response.status() == StatusCode::TOO_MANY_REQUESTS;
        assert_eq!(limited, attempt == 5);
        if limited {
            assert_eq!(response.headers()[RETRY_AFTER], "12");
        }
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        assert!(!String::from_utf8_lossy(&bytes).contains(secret));
    }
}
