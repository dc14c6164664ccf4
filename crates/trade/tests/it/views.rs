//! What buyers and staff see.

use edge::Role;
use http::{Method, StatusCode};
use model::order::State;
use serde_json::{Value, json};
use trade::watch::LISTED_MAX;

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

/// The ids of a page of staff's list, and its total.
async fn staffs(world: &World, query: &str) -> (Vec<Value>, Value) {
    let path = format!("/staff/orders?{query}");
    let (status, page) = world.send((STAFF, Role::Staff), Method::GET, &path, None, None).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    (page["list"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect(), page["total"].clone())
}

#[tokio::test]
async fn a_list_of_one_state_is_what_the_list_of_all_has_in_that_state_page_by_page() {
    let Some(world) = World::new().await else { return };
    let mut stands = Vec::new();
    for turn in 0..3 {
        let (unpaid, paid, shipped, closed) =
            (world.order().await, world.paid().await, world.paid().await, world.order().await);
        let parcel = json!({ "company": "SF", "number": "1", "reason": "sent" });
        assert_eq!(world.staff(shipped, "ship", None, parcel).await, StatusCode::OK);
        world.jack(Method::PUT, &format!("/orders/{closed}/cancel"), None).await;
        stands.extend([(unpaid, 1), (paid, 2), (shipped, 3), (closed, 5)].map(|(id, state)| (id.0, state)));
        assert_eq!(staffs(&world, "").await.1, json!(4 * (turn + 1)));
    }
    stands.sort_unstable_by_key(|(id, _)| std::cmp::Reverse(*id));
    for state in 1..=6 {
        let of_state = stands.iter().filter(|(_, stands)| *stands == state);
        let expected: Vec<Value> = of_state.map(|(id, _)| json!(id.to_string())).collect();
        let total = json!(expected.len());
        for narrowed in [format!("status={state}"), format!("status={state}&userId=1")] {
            assert_eq!(staffs(&world, &narrowed).await, (expected.clone(), total.clone()), "{narrowed}");
            let second = staffs(&world, &format!("{narrowed}&pageSize=2&pageNo=2")).await;
            assert_eq!(
                second,
                (expected.iter().skip(2).take(2).cloned().collect(), total.clone()),
                "{narrowed}"
            );
        }
    }
    assert_eq!(staffs(&world, "pageNo=9").await, (Vec::new(), json!(12)));
}

#[tokio::test]
async fn a_list_ends_with_the_newest_of_very_many() {
    let Some(world) = World::new().await else { return };
    let rows = LISTED_MAX + 5;
    // The oldest is closed, and too old to be listed.
    let sql = format!(
        "INSERT INTO trade_orders (id, owner, total, payment_type, state, close_reason, moves, placed_at, deadline, lines)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         SELECT i, 77, 100, 1, CASE WHEN i = 1 THEN 5 ELSE 1 END, CASE WHEN i = 1 THEN 1 END, 1, 0, 0, '[]' FROM n"
    );
    world.corrupt(&sql).await;
    let seen = async |query: &str| {
        let page =
            world.send((77, Role::Buyer), Method::GET, &format!("/orders?{query}"), None, None).await.1;
        let last = page["list"].as_array().unwrap().last().map(|row| row["id"].clone());
        (page["total"].clone(), page["list"].as_array().unwrap().len(), last)
    };
    let last = seen(&format!("pageSize=200&pageNo={}", LISTED_MAX / 200)).await;
    assert_eq!(last, (json!(LISTED_MAX), 200, Some(json!("6"))));
    assert_eq!(
        seen(&format!("pageSize=200&pageNo={}", LISTED_MAX / 200 + 1)).await,
        (json!(LISTED_MAX), 0, None)
    );
    assert_eq!(seen("status=5").await, (json!(0), 0, None));
    assert_eq!(seen("status=1&pageSize=1").await.0, json!(LISTED_MAX));
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
