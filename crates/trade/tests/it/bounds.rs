//! What cannot be ordered at all.

use edge::Role;
use http::{Method, StatusCode};
use model::{ItemId, UserId};
use serde_json::{Value, json};
use trade::LINES_MAX;
use trade::place::{Refused, Wish};

use crate::shelf::{CUP, DELETED, GIFT, KETTLE, OFF, PRICELESS};
use crate::world::{ROSE, World, refused, wish};

async fn post(world: &World, details: Value) -> (StatusCode, Value) {
    world.jack(Method::POST, "/orders", Some(json!({"paymentType": 3, "details": details}))).await
}

#[tokio::test]
async fn no_quantity_but_1_to_999_is_a_source_of_stock() {
    let Some(world) = World::new().await else { return };
    let numbers = [
        (json!(0), 422),
        (json!(1_000), 422),
        (json!(-1), 400),
        (json!(i64::MIN), 400),
        (json!(u64::MAX), 400),
        (json!(4_294_967_297_u64), 400),
        (json!(1.5), 400),
        (json!("many"), 400),
        (Value::Null, 400),
    ];
    for (num, status) in numbers {
        let details = json!([{"itemId": CUP, "num": 1}, {"itemId": KETTLE, "num": num}]);
        assert_eq!(post(&world, details).await.0.as_u16(), status, "{num}");
    }
    assert_eq!((world.orders().await, world.wire.calls()), (0, 0));
}

#[tokio::test]
async fn an_order_has_1_to_100_lines() {
    let Some(world) = World::new().await else { return };
    for lines in [0, LINES_MAX + 1, 1_000] {
        let details: Vec<Value> = (0..lines).map(|_| json!({"itemId": KETTLE, "num": 1})).collect();
        let (status, problem) = post(&world, json!(details)).await;
        assert_eq!((status.as_u16(), &problem["code"]), (422, &json!("bad_lines")));
    }
    let details: Vec<Value> = (0..LINES_MAX).map(|_| json!({"itemId": KETTLE, "num": 1})).collect();
    assert_eq!(post(&world, json!(details)).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_payment_type_is_1_2_or_3() {
    let Some(world) = World::new().await else { return };
    for bad in [json!(0), json!(4), json!(256), json!(-1), json!("3")] {
        let body = json!({"paymentType": bad, "details": [{"itemId": KETTLE, "num": 1}]});
        assert_eq!(world.jack(Method::POST, "/orders", Some(body)).await.0, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn a_total_that_does_not_fit_is_refused_and_not_wrapped() {
    let Some(world) = World::new().await else { return };
    for lines in [vec![(PRICELESS, 2)], vec![(PRICELESS, 1), (PRICELESS, 1)], vec![(PRICELESS, 999)]] {
        assert_eq!(refused(world.service.place(wish(&lines), None).await), Refused::TotalTooLarge);
    }
    assert_eq!(world.orders().await, 0);
}

#[tokio::test]
async fn items_off_sale_deleted_or_unknown_are_named_on_the_wire() {
    let Some(world) = World::new().await else { return };
    let cases = [(OFF, 409, "off_sale"), (DELETED, 422, "unknown_item"), (ItemId(404), 422, "unknown_item")];
    for (item, status, code) in cases {
        let details = json!([{"itemId": GIFT, "num": 1}, {"itemId": item, "num": 1}]);
        let (seen, problem) = post(&world, details).await;
        assert_eq!((seen.as_u16(), &problem["code"]), (status, &json!(code)));
        assert_eq!(problem["itemId"], json!(item));
    }
    assert_eq!(world.orders().await, 0, "refused before anything is written");
    let (status, problem) = post(&world, json!([{"itemId": KETTLE, "num": 701}])).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("out_of_stock")));
    assert_eq!(problem["itemId"], json!(KETTLE));
}

#[tokio::test]
async fn the_price_and_the_name_are_not_the_clients_to_say() {
    let Some(world) = World::new().await else { return };
    let details = json!([{"itemId": KETTLE, "num": 1, "price": 1, "name": "for free"}]);
    let body = json!({"paymentType": 3, "totalFee": 1, "details": details});
    assert_eq!(world.jack(Method::POST, "/orders", Some(body)).await.0, StatusCode::OK);
    let row = world.row(world.only().await).await;
    assert_eq!((row.order.total, row.lines[0].name.as_str()), (crate::shelf::PRICE, "kettle"));
}

#[tokio::test]
async fn an_address_must_be_the_buyers_own() {
    let Some(world) = World::new().await else { return };
    let foreign = Wish { owner: ROSE, ..wish(&[(KETTLE, 1)]) };
    assert_eq!(refused(world.service.place(foreign, None).await), Refused::UnknownAddress);
    let unknown = Wish { address: Some(model::AddressId(404)), ..wish(&[(KETTLE, 1)]) };
    assert_eq!(refused(world.service.place(unknown, None).await), Refused::UnknownAddress);
    assert_eq!(world.orders().await, 0);
}

#[tokio::test]
async fn who_only_looks_or_is_no_person_places_no_orders() {
    let Some(world) = World::new().await else { return };
    let body = json!({"paymentType": 3, "details": [{"itemId": KETTLE, "num": 1}]});
    for caller in [(UserId(0).0, Role::Service), (8, Role::StaffRead)] {
        let (status, _) = world.send(caller, Method::POST, "/orders", None, Some(body.clone())).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    assert_eq!(world.orders().await, 0);
}
