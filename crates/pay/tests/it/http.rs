//! The wire: paths, fields, status codes.

use edge::Role;
use edge::testing::{Sent, call, principal};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::bank::{Mood, PASSWORD};
use crate::world::{JACK, ORDER, OTHER, START, TOTAL, WINDOW_MS, World};

const FIELDS: [&str; 16] = [
    "amount",
    "bizOrderNo",
    "bizUserId",
    "createTime",
    "expandJson",
    "id",
    "payChannelCode",
    "payOrderNo",
    "payOverTime",
    "paySuccessTime",
    "payType",
    "qrCodeUrl",
    "resultCode",
    "resultMsg",
    "status",
    "updateTime",
];

async fn post(world: &World, path: &str, role: Role, body: Value) -> (StatusCode, Value) {
    let caller = Some(principal(JACK.0, role));
    call(&world.router(), Sent { method: Method::POST, path, caller, key: None, body: Some(body) }).await
}

async fn get(world: &World, path: &str, role: Role) -> (StatusCode, Value) {
    let caller = Some(principal(JACK.0, role));
    call(&world.router(), Sent { method: Method::GET, path, caller, key: None, body: None }).await
}

fn application() -> Value {
    json!({
        "bizOrderNo": ORDER, "amount": TOTAL, "payChannelCode": "balance", "payType": 5, "orderInfo": "a kettle"
    })
}

async fn press(world: &World, pw: &str) -> (StatusCode, Value) {
    let id = world.pay_order(ORDER).await;
    post(world, &format!("/pay-orders/{id}"), Role::Buyer, json!({"id": id, "pw": pw})).await
}

#[tokio::test]
async fn applying_answers_the_raw_id() {
    let Some(world) = World::new().await else { return };
    let (status, answer) = post(&world, "/pay-orders", Role::Buyer, application()).await;
    let id = world.record(ORDER).await.pay_order.id;
    // Text that reads as a number: an id in quotes would come back as a JSON string.
    assert_eq!((status, answer), (StatusCode::OK, json!(id.0)));
}

#[tokio::test]
async fn applications_are_refused_with_a_code() {
    let Some(world) = World::new().await else { return };
    let with = |field: &str, value: Value| {
        let mut body = application();
        body[field] = value;
        body
    };
    let cases = [
        (with("amount", json!(1)), 422, "amount_mismatch"),
        (with("payChannelCode", json!("aliPay")), 422, "channel_unavailable"),
        (with("payType", json!(6)), 400, "malformed"),
        (with("payType", json!(0)), 400, "malformed"),
        (with("orderInfo", json!("x".repeat(257))), 400, "malformed"),
        (with("orderInfo", json!("a kettle\0")), 400, "malformed"),
        (with("bizOrderNo", json!("404")), 404, "not_found"),
    ];
    for (body, status, code) in cases {
        let (seen, problem) = post(&world, "/pay-orders", Role::Buyer, body).await;
        assert_eq!((seen.as_u16(), problem["code"].as_str()), (status, Some(code)));
    }
    world.shop.set_down(true);
    assert_eq!(post(&world, "/pay-orders", Role::Buyer, application()).await.0, 503);
    world.shop.set_down(false);
    world.close(ORDER).await;
    let (status, problem) = post(&world, "/pay-orders", Role::Buyer, application()).await;
    assert_eq!((status.as_u16(), problem["code"].as_str()), (409, Some("order_not_payable")));
}

#[tokio::test]
async fn a_press_answers_200_202_409_or_422() {
    let Some(world) = World::new().await else { return };
    let (status, problem) = press(&world, "wrong").await;
    assert_eq!((status.as_u16(), problem["code"].as_str()), (422, Some("wrong_password")));
    world.bank.feel(Mood::AnswerLost);
    assert_eq!(press(&world, PASSWORD).await, (StatusCode::ACCEPTED, json!({"status": "checking"})));
    let (status, problem) = press(&world, PASSWORD).await;
    assert_eq!((status.as_u16(), problem["code"].as_str()), (409, Some("payment_in_flight")));
    let id = world.record(ORDER).await.pay_order.id;
    world.settle_down().await;
    let (status, body) =
        post(&world, &format!("/pay-orders/{id}"), Role::Buyer, json!({"pw": PASSWORD})).await;
    assert_eq!((status, body), (StatusCode::OK, Value::Null));
}

#[tokio::test]
async fn a_body_that_names_another_pay_order_is_malformed() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    let body = json!({"id": "77", "pw": PASSWORD});
    assert_eq!(post(&world, &format!("/pay-orders/{id}"), Role::Buyer, body).await.0, 400);
    assert_eq!(world.bank.asked(), 0);
}

#[tokio::test]
async fn a_pay_order_has_the_sixteen_fields_old_clients_know() {
    let Some(world) = World::new().await else { return };
    press(&world, PASSWORD).await;
    let (_, body) = get(&world, &format!("/pay-orders/biz/{ORDER}"), Role::Buyer).await;
    let mut fields: Vec<&String> = body.as_object().unwrap().keys().collect();
    fields.sort();
    assert_eq!(fields, FIELDS);
    let id = world.record(ORDER).await.pay_order.id.to_string();
    assert_eq!((&body["id"], &body["payOrderNo"]), (&json!(id), &json!(id)));
    assert_eq!((&body["bizOrderNo"], &body["bizUserId"]), (&json!("501"), &json!("1")));
    assert_eq!((&body["amount"], &body["payType"], &body["status"]), (&json!(2_500), &json!(5), &json!(3)));
    assert_eq!((&body["payChannelCode"], &body["resultCode"]), (&json!("balance"), &json!("success")));
    assert_eq!(body["payOverTime"], json!(api::Time(START + WINDOW_MS).text()));
    assert_eq!(body["paySuccessTime"], json!(api::Time(START).text()));
    assert_eq!((&body["expandJson"], &body["qrCodeUrl"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn the_list_is_bare_newest_first_and_without_tombstones() {
    let Some(world) = World::new().await else { return };
    world.close(model::OrderId(9)).await;
    world.pay_order(ORDER).await;
    world.clock.advance(1);
    world.pay_order(OTHER).await;
    let (status, list) = get(&world, "/pay-orders", Role::Buyer).await;
    let orders: Vec<&Value> = list.as_array().unwrap().iter().map(|row| &row["bizOrderNo"]).collect();
    assert_eq!((status, orders), (StatusCode::OK, vec![&json!("502"), &json!("501")]));
}

#[tokio::test]
async fn an_order_without_pay_order_is_200_with_an_empty_body() {
    let Some(world) = World::new().await else { return };
    let path = format!("/pay-orders/biz/{ORDER}");
    for role in [Role::Buyer, Role::Staff, Role::StaffRead, Role::Service] {
        assert_eq!(get(&world, &path, role).await, (StatusCode::OK, Value::Null), "{role:?}");
    }
    world.close(ORDER).await;
    assert_eq!(get(&world, &path, Role::Buyer).await, (StatusCode::OK, Value::Null), "a tombstone is hidden");
    let (_, tombstone) = get(&world, &path, Role::Service).await;
    assert_eq!((&tombstone["status"], &tombstone["bizUserId"]), (&json!(2), &Value::Null));
}

#[tokio::test]
async fn services_close_refund_and_ask_one_by_one_or_many_at_once() {
    let Some(world) = World::new().await else { return };
    press(&world, PASSWORD).await;
    let both = json!({"orderIds": [ORDER, OTHER.0]});
    let ask = async |path: &str| post(&world, path, Role::Service, both.clone()).await.1;
    assert_eq!(ask("/pay-orders/biz/501/close").await, json!("paid"));
    assert_eq!(ask("/pay-orders/biz/close").await, json!(["paid", "closed"]));
    assert_eq!(ask("/pay-orders/biz/status").await, json!([{"paid": {"at": START}}, "notPaid"]));
    assert_eq!(ask("/pay-orders/biz/502/refund").await, json!("notPaid"));
    assert_eq!(ask("/pay-orders/biz/refund").await, json!(["refunded", "notPaid"]));
    let many = json!({"orderIds": (1..=513).collect::<Vec<u64>>()});
    assert_eq!(post(&world, "/pay-orders/biz/close", Role::Service, many).await.0, 400);
}
