//! The cart as clients see it.

mod support;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use support::{JACK, ROSE, world};

#[tokio::test]
async fn name_and_price_come_from_item_whatever_the_client_says() {
    let Some(world) = world().await else { return };
    let body = json!({ "itemId": 2, "price": 1, "name": "gold", "num": 500, "image": "x", "spec": "" });
    let (status, _) = world.send(JACK, Method::POST, "/carts", Some(body)).await;
    assert_eq!(status, StatusCode::OK);
    world.shelf.put(2, 15, 1);
    let mut row = world.rows(JACK).await.remove(0);
    assert!(row["id"].take().as_str().is_some_and(|id| !id.is_empty()));
    let wanted = json!({
        "id": null, "itemId": "2", "num": 1, "name": "item 2", "spec": null, "price": 20, "newPrice": 15,
        "status": 1, "stock": 7, "image": "/2.png", "createTime": "2026-03-01T12:00:00.000+00:00",
    });
    assert_eq!(row, wanted);
}

#[tokio::test]
async fn the_same_item_adds_one_up_to_its_bound() {
    let Some(world) = world().await else { return };
    world.add(JACK, 1).await;
    world.add(JACK, 1).await;
    assert_eq!(world.nums(JACK).await, [("1".to_owned(), 2)]);
    let id = world.rows(JACK).await[0]["id"].clone();
    world.send(JACK, Method::PUT, "/carts", Some(json!({ "id": id, "num": 999 }))).await;
    let (status, body) = world.try_add(JACK, 1).await;
    assert_eq!((status, &body["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("num_max")));
    assert_eq!(world.nums(JACK).await, [("1".to_owned(), 999)]);
}

#[tokio::test]
async fn a_full_cart_refuses_another_item() {
    let Some(world) = world().await else { return };
    for item in 1..=3 {
        world.add(JACK, item).await;
    }
    let (status, body) = world.try_add(JACK, 4).await;
    assert_eq!((status, &body["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("cart_full")));
    world.add(JACK, 3).await;
    world.add(ROSE, 4).await;
}

#[tokio::test]
async fn off_shelf_and_unknown_items_are_refused() {
    let Some(world) = world().await else { return };
    world.shelf.put(2, 20, 2);
    let (status, body) = world.try_add(JACK, 2).await;
    assert_eq!((status, &body["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("off_sale")));
    assert_eq!(world.try_add(JACK, 99).await.0, StatusCode::NOT_FOUND);
    assert!(world.rows(JACK).await.is_empty());
}

#[tokio::test]
async fn an_item_that_is_gone_is_shown_as_such() {
    let Some(world) = world().await else { return };
    world.add(JACK, 1).await;
    world.shelf.remove(1);
    let row = world.rows(JACK).await.remove(0);
    assert_eq!((&row["status"], &row["stock"], &row["newPrice"]), (&json!(3), &json!(0), &Value::Null));
}

#[tokio::test]
async fn without_an_answer_from_item_nothing_is_invented() {
    let Some(world) = world().await else { return };
    world.add(JACK, 1).await;
    world.shelf.leave();
    let (status, _) = world.send(JACK, Method::GET, "/carts", None).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(world.try_add(JACK, 2).await.0, StatusCode::SERVICE_UNAVAILABLE);
    // An empty cart needs nobody.
    assert_eq!(world.send(ROSE, Method::GET, "/carts", None).await, (StatusCode::OK, json!([])));
}

#[tokio::test]
async fn nobody_reaches_anothers_cart() {
    let Some(world) = world().await else { return };
    world.add(JACK, 1).await;
    let id = world.rows(JACK).await[0]["id"].as_str().unwrap().to_owned();
    let body = Some(json!({ "id": id, "num": 5 }));
    assert_eq!(world.send(ROSE, Method::PUT, "/carts", body).await.0, StatusCode::NOT_FOUND);
    let path = format!("/carts/{id}");
    assert_eq!(world.send(ROSE, Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(world.send(ROSE, Method::DELETE, "/carts?ids=1", None).await.0, StatusCode::OK);
    assert!(world.rows(ROSE).await.is_empty());
    assert_eq!(world.nums(JACK).await, [("1".to_owned(), 1)]);
}

#[tokio::test]
async fn numbers_out_of_range_are_refused() {
    let Some(world) = world().await else { return };
    world.add(JACK, 1).await;
    let id = world.rows(JACK).await[0]["id"].clone();
    for num in [0, -1, 1_000, i64::MAX] {
        let (status, _) =
            world.send(JACK, Method::PUT, "/carts", Some(json!({ "id": id, "num": num }))).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{num}");
    }
    assert_eq!(world.nums(JACK).await, [("1".to_owned(), 1)]);
}

#[tokio::test]
async fn rows_leave_by_their_id_or_their_items() {
    let Some(world) = world().await else { return };
    for item in 1..=3 {
        world.add(JACK, item).await;
    }
    let id = world.rows(JACK).await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/carts/{id}");
    assert_eq!(world.send(JACK, Method::DELETE, &path, None).await.0, StatusCode::OK);
    assert_eq!(world.send(JACK, Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(world.send(JACK, Method::DELETE, "/carts?ids=1,4", None).await.0, StatusCode::OK);
    assert_eq!(world.nums(JACK).await, [("2".to_owned(), 1)]);
    for bad in ["/carts?ids=", "/carts?ids=1,x", "/carts"] {
        assert_eq!(world.send(JACK, Method::DELETE, bad, None).await.0, StatusCode::BAD_REQUEST, "{bad}");
    }
    let many = world.send(JACK, Method::DELETE, "/carts?ids=1,2,3,4", None).await;
    assert_eq!(many.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_repeated_request_with_its_key_has_one_effect_and_one_answer() {
    let Some(world) = world().await else { return };
    let body = || Some(json!({ "itemId": "1" }));
    for _ in 0..2 {
        let (status, _) = world.send_keyed(JACK, Method::POST, "/carts", body(), Some("k1")).await;
        assert_eq!(status, StatusCode::OK);
    }
    assert_eq!(world.nums(JACK).await, [("1".to_owned(), 1)]);
    let other = Some(json!({ "itemId": "2" }));
    let (status, body) = world.send_keyed(JACK, Method::POST, "/carts", other, Some("k1")).await;
    assert_eq!((status, &body["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("idempotency_key_reused")));
}

#[tokio::test]
async fn a_refusal_is_remembered_under_its_key() {
    let Some(world) = world().await else { return };
    world.shelf.put(2, 20, 2);
    let body = || Some(json!({ "itemId": "2" }));
    let first = world.send_keyed(JACK, Method::POST, "/carts", body(), Some("k1")).await;
    world.shelf.put(2, 20, 1);
    let again = world.send_keyed(JACK, Method::POST, "/carts", body(), Some("k1")).await;
    assert_eq!(first.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(first, again);
}

#[tokio::test]
async fn the_query_is_part_of_what_a_key_was_used_for() {
    let Some(world) = world().await else { return };
    world.add(JACK, 1).await;
    world.add(JACK, 2).await;
    let first = world.send_keyed(JACK, Method::DELETE, "/carts?ids=1", None, Some("k1")).await;
    assert_eq!(first.0, StatusCode::OK);
    let other = world.send_keyed(JACK, Method::DELETE, "/carts?ids=2", None, Some("k1")).await;
    assert_eq!(other.1["code"], json!("idempotency_key_reused"));
    assert_eq!(world.nums(JACK).await, [("2".to_owned(), 1)]);
}

#[tokio::test]
async fn old_keys_are_forgotten_and_fresh_ones_kept() {
    let Some(world) = world().await else { return };
    let body = || Some(json!({ "itemId": "1" }));
    world.send_keyed(JACK, Method::POST, "/carts", body(), Some("old")).await;
    world.clock.advance(engine::sqlite::KEEP_KEYS_MS + 1);
    world.send_keyed(JACK, Method::POST, "/carts", body(), Some("new")).await;
    let now = clock::Clock::now(&world.clock);
    assert_eq!(world.service.sweep_once(now).await.unwrap(), 1);
    assert_eq!(world.service.sweep_once(now).await.unwrap(), 0);
}
