//! What staff see of orders, payments and stock, and how what they do is written down.

use http::{Method, StatusCode};
use sandglass::chaos::Positions;
use serde_json::{Value, json};

use crate::world::{CLOSED, PAID, PRICE, Person, UNPAID, World};

/// Within which each process has looked anew at what it counts and lists. Over a network there are several, each
/// with a picture of its own: what one of them tells, the next that is asked may not know yet.
const SOME_SECONDS_MS: i64 = 30_000;

async fn trouble(staff: &Person, kind: &str) -> u64 {
    let health = staff.look("/staff/orders/health").await;
    let troubles = health["troubles"].as_array().unwrap();
    troubles.iter().find(|trouble| trouble["kind"] == kind).unwrap()["count"].as_u64().unwrap()
}

async fn names(staff: &Person, path: &str, order: &str) -> Option<Value> {
    let page = staff.look(path).await;
    let list = page["list"].as_array().unwrap();
    let ours = |row: &&Value| row["id"] == order || row["orderId"] == order;
    list.iter().find(ours).cloned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_pay_leaves_alone_is_counted_and_listed_until_it_is_over() {
    let world = World::start_alone(5).await;
    let (staff, buyer) = (world.staff().await, world.buyer("jack", PRICE).await.hurried());
    let order = buyer.must_order().await;
    world.switch(Positions { freeze_pay: Some(true), ..Positions::AS_IT_IS }).await;
    let listed = async || names(&staff, "/staff/orders/attention?kind=closing&pageSize=200", &order).await;
    let named = async || {
        let row = listed().await;
        row.is_some_and(|row| row["kind"] == "closing" && row["status"] == UNPAID)
    };
    let span_ms = world.window_ms() + 75_000;
    world.within(span_ms, "staff hear of it", named).await;
    world.within(SOME_SECONDS_MS, "it is counted", async || trouble(&staff, "closing").await >= 1).await;
    let other = names(&staff, "/staff/orders/attention?kind=refunding&pageSize=200", &order).await;
    assert_eq!(other, None, "it has another trouble");
    world.switch(Positions { freeze_pay: Some(false), ..Positions::AS_IT_IS }).await;
    world.within(70_000, "it is over", async || buyer.status_of(&order).await == CLOSED).await;
    world.within(SOME_SECONDS_MS, "staff hear of it no longer", async || listed().await.is_none()).await;
    world.assert_clean(5_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_without_an_answer_is_unknown_to_staff_and_no_longer_once_it_is_decided() {
    let world = World::start_alone(5).await;
    let (staff, buyer) = (world.staff().await, world.buyer("jack", PRICE).await);
    let order = buyer.must_order().await;
    let (_, pay_order) = buyer.open_payment(&order).await;
    world.switch(Positions { freeze_user: Some(true), ..Positions::AS_IT_IS }).await;
    let (status, said) = {
        let pressing = buyer.press(&pay_order, None);
        tokio::pin!(pressing);
        loop {
            tokio::select! {
                answer = &mut pressing => break answer,
                () = world.pass(250) => {}
            }
        }
    };
    assert_eq!(status, StatusCode::ACCEPTED, "{said}");
    let listed = async || names(&staff, "/staff/payments/attention?pageSize=200", &order).await;
    let unknown = async || listed().await.is_some_and(|row| row["kind"] == "unknown");
    world.within(SOME_SECONDS_MS, "staff hear of it", unknown).await;
    let story = async || staff.look(&format!("/staff/payments/orders/{order}")).await;
    let told = story().await;
    assert_eq!((told["inFlight"].as_bool(), &told["attempts"][0]["outcome"]), (Some(true), &Value::Null));
    world.switch(Positions { freeze_user: Some(false), ..Positions::AS_IT_IS }).await;
    world.within(70_000, "it is decided", async || story().await["inFlight"] == false).await;
    assert_eq!(story().await["attempts"][0]["outcome"], "voided");
    world.within(SOME_SECONDS_MS, "staff hear of it no longer", async || listed().await.is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_of_a_paid_order_is_known_to_each_service() {
    let world = World::start(5).await;
    let (staff, buyer) = (world.staff().await, world.buyer("jack", PRICE).await);
    let order = buyer.buy().await;
    world.within(5_000, "it is paid", async || buyer.status_of(&order).await == PAID).await;
    let stock_path = format!("/staff/stock/orders/{order}");
    let sold = async || staff.look(&stock_path).await["hold"]["state"] == "sold";
    world.within(5_000, "its stock is settled", sold).await;
    let payment = staff.look(&format!("/staff/payments/orders/{order}")).await;
    assert_eq!(payment["attempts"][0]["outcome"], "success", "{payment}");
    assert_eq!((payment["refund"].as_str(), payment["inFlight"].as_bool()), (Some("none"), Some(false)));
    let movements = staff.look(&stock_path).await["movements"].clone();
    let kinds: Vec<_> = movements.as_array().unwrap().iter().map(|row| row["movement"].clone()).collect();
    assert_eq!(kinds, ["hold", "sell"]);
    let pay_order = payment["payOrder"]["id"].as_str().unwrap();
    let money = staff.look(&format!("/staff/users/payments/{pay_order}")).await;
    assert_eq!((&money["debits"][0]["outcome"], &money["refund"]), (&json!("debited"), &Value::Null));
    let wallet = staff.look(&format!("/staff/users/{}/wallet", buyer.id)).await;
    assert_eq!(
        (wallet["list"][0]["kind"].as_str(), wallet["list"][0]["amount"].as_i64()),
        (Some("debit"), Some(PRICE))
    );
    let (status, _) = buyer.call(Method::GET, &stock_path, None, None).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_staff_do_is_written_down_with_who_and_why() {
    let world = World::start(5).await;
    let (staff, buyer) = (world.staff().await, world.buyer("jack", 2 * PRICE).await);
    let order = buyer.buy().await;
    world.within(5_000, "it is paid", async || buyer.status_of(&order).await == PAID).await;
    let done = async |method: Method, path: String, body: Value| {
        let (status, said) = staff.call(method, &path, Some(&path), Some(body)).await;
        assert_eq!(status, StatusCode::OK, "{path}: {said}");
    };
    let parcel = json!({ "company": "SF", "number": "1", "reason": "packed" });
    done(Method::POST, format!("/staff/orders/{order}/ship"), parcel).await;
    let item = &buyer.item;
    done(Method::POST, format!("/items/{item}/stock"), json!({ "delta": 3, "reason": "found" })).await;
    done(Method::PUT, format!("/items/status/{item}/2"), json!({})).await;
    done(Method::POST, format!("/users/{}/credit", buyer.id), json!({ "amount": 5, "reason": "sorry" }))
        .await;
    let note = json!({ "action": "dead.replay trade 12", "reason": "the cause is gone" });
    done(Method::POST, "/staff/users/records".into(), note.clone()).await;
    done(Method::POST, "/staff/users/records".into(), note).await;

    let ours = async |path: &str, field: &str, value: &str| {
        let records = staff.look(path).await;
        let id = staff.id.to_string();
        let rows = records.as_array().unwrap().iter();
        rows.filter(|row| row["by"] == id && (value.is_empty() || row[field] == value))
            .cloned()
            .collect::<Vec<_>>()
    };
    let orders = ours("/staff/orders/records?pageSize=200", "orderId", &order).await;
    assert_eq!(
        (orders.len(), &orders[0]["action"], &orders[0]["reason"]),
        (1, &json!("shipped"), &json!("packed"))
    );
    let older =
        format!("/staff/orders/records?pageSize=200&before={}", orders[0]["cursor"].as_str().unwrap());
    assert!(ours(&older, "orderId", &order).await.is_empty(), "the page goes on behind it");
    let items = ours("/staff/stock/records?pageSize=200", "itemId", item).await;
    let actions: Vec<_> = items.iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["off sale", "stock +3"]);
    assert_eq!(items[1]["reason"], "found");
    let people = ours("/staff/users/records?pageSize=200", "", "").await;
    let told: Vec<_> =
        people.iter().map(|row| (row["action"].as_str().unwrap(), row["reason"].as_str().unwrap())).collect();
    assert_eq!(
        told,
        [("dead.replay trade 12", "the cause is gone"), ("credit", "sorry")],
        "once under one key"
    );
    let counters = staff.look(&format!("/staff/stock/items/{item}")).await;
    assert_eq!(
        (counters["drifted"].as_bool(), counters["sold"].as_i64()),
        (Some(false), Some(1)),
        "{counters}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn open_holds_are_paged_and_what_falls_due_is_counted_in_buckets() {
    let world = World::start(5).await;
    let (staff, buyer) = (world.staff().await, world.buyer("jack", PRICE).await.hurried());
    let orders = [buyer.must_order().await, buyer.must_order().await];
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let page = staff.look(&format!("/staff/stock/holds?pageSize=1{after}")).await;
        let Some(hold) = page.as_array().unwrap().first().cloned() else { break };
        seen.push(hold["orderId"].as_str().unwrap().to_owned());
        after = format!("&after={}", hold["cursor"].as_str().unwrap());
    }
    assert!(orders.iter().all(|order| seen.iter().filter(|id| *id == order).count() == 1), "{seen:?}");
    let due = async || {
        let board = staff.look("/staff/orders/deadlines").await;
        board["buckets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|bucket| bucket["count"].as_i64().unwrap())
            .sum::<i64>()
            >= 2
    };
    world.within(10_000, "both fall due within the buckets", due).await;
}
