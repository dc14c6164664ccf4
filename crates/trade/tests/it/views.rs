//! What buyers and staff see.

use edge::Role;
use http::{Method, StatusCode};
use model::order::State;
use serde_json::{Value, json};

use crate::shelf::KETTLE;
use crate::wire::Fault;
use crate::world::{STAFF, START, WINDOW_MS, World, refused};

const FIELDS: [&str; 19] = [
    "address",
    "closeAsked",
    "closeReason",
    "closeTime",
    "commentTime",
    "consignTime",
    "createTime",
    "deadline",
    "details",
    "endTime",
    "id",
    "now",
    "parcel",
    "payTime",
    "paymentType",
    "refunding",
    "status",
    "totalFee",
    "userId",
];

async fn get(world: &World, path: &str) -> Value {
    let (status, body) = world.jack(Method::GET, path, None).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    body
}

#[tokio::test]
async fn an_order_has_the_fields_clients_know() {
    let Some(world) = World::new().await else { return };
    let id = world.order().await;
    let body = get(&world, &format!("/orders/{id}")).await;
    let mut fields: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(fields, FIELDS);
    assert_eq!((&body["id"], &body["userId"]), (&json!(id.to_string()), &json!("1")));
    assert_eq!((&body["totalFee"], &body["status"]), (&json!(2_500), &json!(1)));
    assert_eq!((&body["createTime"], &body["payTime"]), (&json!(api::Time(START).text()), &Value::Null));
    assert_eq!(body["deadline"], json!(api::Time(START + WINDOW_MS).text()));
    assert_eq!((&body["closeReason"], &body["closeAsked"]), (&Value::Null, &json!(false)));
    assert_eq!(body["details"][0]["itemId"], json!(KETTLE.to_string()));
    world.settle_down().await;
    let closed = get(&world, &format!("/orders/{id}")).await;
    assert_eq!((&closed["status"], &closed["closeReason"]), (&json!(5), &json!("timeout")));
}

#[tokio::test]
async fn lists_are_newest_first_and_hide_placing_and_failed_placements() {
    let Some(world) = World::new().await else { return };
    let first = world.order().await;
    refused(world.place(&[(KETTLE, 999)], "short").await);
    world.wire.fault(3, Fault::Lost);
    world.place(&[(KETTLE, 1)], "expires").await.unwrap_err();
    world.pass(model::order::PLACING_MS).await;
    world.wire.fault(3, Fault::Lost);
    world.place(&[(KETTLE, 1)], "placing").await.unwrap_err();
    let second = world.order().await;
    let ids = |list: &Value| -> Vec<String> {
        list["list"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    let mine = get(&world, "/orders").await;
    assert_eq!((ids(&mine), &mine["total"]), (vec![second.to_string(), first.to_string()], &json!(2)));
    let page = get(&world, "/orders?pageNo=2&pageSize=1").await;
    assert_eq!((ids(&page), &page["pages"]), (vec![first.to_string()], &json!(2)));
    assert_eq!(get(&world, "/orders?status=5").await["total"], json!(0));
    assert_eq!(get(&world, "/orders?status=1").await["total"], json!(2));
    let staff =
        world.send((STAFF, edge::Role::Staff), Method::GET, "/staff/orders?userId=1", None, None).await;
    assert_eq!(staff.1["total"], json!(5), "staff see them all");
    for bad in ["/orders?status=0", "/orders?status=7", "/orders?pageSize=201", "/orders?pageNo=0"] {
        assert_eq!(world.jack(Method::GET, bad, None).await.0, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn one_bad_row_does_not_hide_the_others_from_a_list() {
    let Some(world) = World::new().await else { return };
    let (good, bad) = (world.order().await, world.order().await);
    world.corrupt(&format!("UPDATE trade_orders SET lines = 'nonsense' WHERE id = {bad}")).await;
    let mine = get(&world, "/orders").await;
    assert_eq!(mine["list"].as_array().unwrap().len(), 1);
    assert_eq!(mine["list"][0]["id"], json!(good.to_string()));
    assert_eq!(world.jack(Method::GET, &format!("/orders/{bad}"), None).await.0.as_u16(), 500);
}

#[tokio::test]
async fn the_timeline_tells_each_move_once_with_its_actor_and_what_comes_next() {
    let Some(world) = World::new().await else { return };
    let id = world.paid().await;
    assert_eq!(world.state(id).await, State::Paid);
    let body = get(&world, &format!("/orders/{id}/timeline")).await;
    let entries: Vec<(&str, &str)> = body["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["event"].as_str().unwrap(), entry["actor"].as_str().unwrap()))
        .collect();
    let told = [
        ("placed", "buyer"),
        ("held", "buyer"),
        ("paymentApplied", "buyer"),
        ("paid", "notice"),
        ("stockSettled", "notice"),
    ];
    assert_eq!(entries, told);
    assert_eq!(body["next"], json!("Nothing more happens by itself."));
    let unpaid = world.order().await;
    let next = get(&world, &format!("/orders/{unpaid}/timeline")).await["next"].clone();
    let deadline = api::Time(START + WINDOW_MS).text();
    assert_eq!(
        next,
        json!(format!("Waits for its payment until {deadline}; then it is closed and its stock released."))
    );
}

#[tokio::test]
async fn pages_hear_how_many_orders_stand_in_one_answer() {
    let Some(world) = World::new().await else { return };
    let (unpaid, closed) = (world.order().await, world.order().await);
    assert_eq!(world.jack(Method::PUT, &format!("/orders/{closed}/cancel"), None).await.0, StatusCode::OK);
    let asked = json!({ "orderIds": [closed.to_string(), "77", unpaid.to_string()] });
    let web = (0, Role::Service);
    let ask = |who, body| world.send(who, Method::POST, "/orders/standings", None, Some(body));
    let (status, told) = ask(web, asked.clone()).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let deadline = api::Time(START + WINDOW_MS).text();
    let standing = |status: i64| json!({ "status": status, "closeAsked": false, "refunding": false, "deadline": deadline });
    assert_eq!(told, json!([standing(5), null, standing(1)]));
    let many: Vec<String> = (0..2_049).map(|id| id.to_string()).collect();
    assert_eq!(ask(web, json!({ "orderIds": many })).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(ask((1, Role::Buyer), asked).await.0, StatusCode::FORBIDDEN);
}
