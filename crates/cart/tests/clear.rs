//! What an order takes out of the cart.

mod support;

use api::body::ClearCart;
use api::topics::ORDER_CREATED;
use clock::Ms;
use delay::{Message, Verdict};
use http::Method;
use model::{ItemId, UserId};
use serde_json::json;
use support::{JACK, NOON, ROSE, world};

/// The message of an order of `items` placed at `at`.
fn ordered(order: u64, user: u64, items: &[u64], at: Ms) -> Message {
    let body = ClearCart { user_id: UserId(user), item_ids: items.iter().copied().map(ItemId).collect() };
    Message::new(ORDER_CREATED, order, at, at).with_body(serde_json::to_vec(&body).expect("plain data"))
}

#[tokio::test]
async fn ordered_items_leave_the_cart_of_their_buyer_only() {
    let Some(world) = world().await else { return };
    world.add(JACK, 1).await;
    world.add(JACK, 2).await;
    world.add(ROSE, 1).await;
    assert_eq!(world.handler.handle(&[ordered(7, JACK, &[1, 3], NOON)]).await, [Verdict::Done]);
    assert_eq!(world.nums(JACK).await, [("2".to_owned(), 1)]);
    assert_eq!(world.nums(ROSE).await, [("1".to_owned(), 1)]);
}

#[tokio::test]
async fn a_late_clear_cart_leaves_items_added_since() {
    let Some(world) = world().await else { return };
    for item in 1..=3 {
        world.add(JACK, item).await;
    }
    world.clock.advance(1);
    // Item 1 is put in once more, item 2 is given another number; item 3 is left as it was ordered.
    world.add(JACK, 1).await;
    let rows = world.rows(JACK).await;
    let id = rows.iter().find(|row| row["itemId"] == "2").unwrap()["id"].clone();
    world.send(JACK, Method::PUT, "/carts", Some(json!({ "id": id, "num": 9 }))).await;
    let late = ordered(7, JACK, &[1, 2, 3], NOON);
    assert_eq!(world.handler.handle(std::slice::from_ref(&late)).await, [Verdict::Done]);
    assert_eq!(world.nums(JACK).await, [("2".to_owned(), 9), ("1".to_owned(), 2)]);
}

#[tokio::test]
async fn a_duplicate_leaves_what_was_put_in_after_the_order() {
    let Some(world) = world().await else { return };
    world.add(JACK, 1).await;
    let message = [ordered(7, JACK, &[1], NOON)];
    world.handler.handle(&message).await;
    world.clock.advance(1);
    world.add(JACK, 1).await;
    assert_eq!(world.handler.handle(&message).await, [Verdict::Done]);
    assert_eq!(world.nums(JACK).await, [("1".to_owned(), 1)]);
}

#[tokio::test]
async fn a_clock_that_steps_back_does_not_make_a_fresh_row_look_ordered() {
    let Some(world) = world().await else { return };
    world.add(JACK, 1).await;
    world.clock.advance(10);
    world.add(JACK, 1).await;
    world.clock.set(NOON - 1_000);
    world.add(JACK, 1).await;
    world.handler.handle(&[ordered(7, JACK, &[1], NOON + 5)]).await;
    assert_eq!(world.nums(JACK).await, [("1".to_owned(), 3)]);
}

#[tokio::test]
async fn what_cannot_be_understood_delays_no_other() {
    let Some(world) = world().await else { return };
    world.add(JACK, 1).await;
    world.add(ROSE, 1).await;
    let poison = |body: Vec<u8>| Message::new(ORDER_CREATED, 8, NOON, NOON).with_body(body);
    let crowd: Vec<u64> = (1..=1_001).collect();
    let batch = [
        ordered(7, JACK, &[1], NOON),
        poison(b"{".to_vec()),
        poison(Vec::new()),
        ordered(9, JACK, &crowd, NOON),
        ordered(10, ROSE, &[1], NOON),
    ];
    let verdicts = world.handler.handle(&batch).await;
    let dead: Vec<bool> =
        verdicts.iter().map(|verdict| matches!(verdict, Verdict::Undecodable { .. })).collect();
    assert_eq!(dead, [false, true, true, true, false]);
    assert_eq!((&verdicts[0], &verdicts[4]), (&Verdict::Done, &Verdict::Done));
    assert!(world.rows(JACK).await.is_empty() && world.rows(ROSE).await.is_empty());
}

#[tokio::test]
async fn ids_may_come_as_numbers() {
    let Some(world) = world().await else { return };
    world.add(JACK, 1).await;
    let body = br#"{"userId":1,"itemIds":[1,2]}"#.to_vec();
    world.handler.handle(&[Message::new(ORDER_CREATED, 7, NOON, NOON).with_body(body)]).await;
    assert!(world.rows(JACK).await.is_empty());
}
