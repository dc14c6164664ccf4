//! Idempotency keys: one key and body, one order and one answer.

use std::sync::Arc;

use api::Time;
use engine::sqlite::Options;
use http::{Method, StatusCode};
use model::order::State;
use serde_json::{Value, json};
use trade::place::{Failure, Refused};

use crate::shelf::{Change, KETTLE, OFF};
use crate::world::{ROSE, START, WINDOW_MS, World, refused};

#[tokio::test]
async fn the_same_key_again_answers_the_same_order_even_after_its_end() {
    let world = World::new();
    let id = world.place(&[(KETTLE, 1)], "k1").await.unwrap();
    assert_eq!(world.place(&[(KETTLE, 1)], "k1").await.unwrap(), id);
    world.settle_down().await;
    assert_eq!(world.state(id).await, State::Closed);
    assert_eq!(world.place(&[(KETTLE, 1)], "k1").await.unwrap(), id);
    assert_eq!((world.orders(), world.shelf.pieces(KETTLE).held), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_from_many_tasks_on_the_grouping_writer_makes_one_order() {
    let world = Arc::new(World::on(Options { durable: false, ..Options::default() }));
    let placing: Vec<_> = (0..32)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move { world.place(&[(KETTLE, 2)], "k1").await.unwrap() })
        })
        .collect();
    for placed in placing {
        assert_eq!(placed.await.unwrap(), world.only());
    }
    assert_eq!(world.shelf.pieces(KETTLE).held, 2);
    assert_eq!(world.told(world.only()).await, ["placed", "held"]);
}

#[tokio::test]
async fn another_body_under_the_key_is_refused() {
    let world = World::new();
    world.place(&[(KETTLE, 1)], "k1").await.unwrap();
    assert!(matches!(world.place(&[(KETTLE, 2)], "k1").await, Err(Failure::OtherBody)));
    assert_eq!(world.orders(), 1);
}

#[tokio::test]
async fn without_a_key_two_requests_are_two_orders() {
    let world = World::new();
    assert_ne!(world.order().await, world.order().await);
}

#[tokio::test]
async fn a_refusal_is_remembered_even_when_it_would_be_granted_now() {
    let world = World::new();
    let off = refused(world.place(&[(OFF, 1)], "k1").await);
    let short = refused(world.place(&[(KETTLE, 701)], "k2").await);
    world.shelf.change(OFF, Change::Status(1));
    assert_eq!(refused(world.place(&[(OFF, 1)], "k1").await), off);
    assert_eq!(refused(world.place(&[(KETTLE, 701)], "k2").await), short);
    assert!(matches!(off, Refused::OffSale { item_id: OFF, .. }));
    assert!(matches!(short, Refused::Short { item_id: KETTLE, .. }));
}

#[tokio::test]
async fn a_silence_is_not_remembered() {
    let world = World::new();
    for service in ["item", "user"] {
        world.wire.set_down(service, true);
        assert!(matches!(world.place(&[(KETTLE, 1)], "k1").await, Err(Failure::NoAnswer(_))));
        assert_eq!(world.orders(), 0);
        world.wire.heal();
    }
    world.place(&[(KETTLE, 1)], "k1").await.unwrap();
}

#[tokio::test]
async fn other_body_is_422_on_the_wire_and_keys_of_two_users_never_meet() {
    let world = World::new();
    let body = |num: u32| Some(json!({"paymentType": 1, "details": [{"itemId": KETTLE, "num": num}]}));
    let buyer = edge::Role::Buyer;
    let (status, id) = world.send((1, buyer), Method::POST, "/orders", Some("k1"), body(1)).await;
    assert_eq!(status, StatusCode::OK);
    let again = world.send((1, buyer), Method::POST, "/orders", Some("k1"), body(1)).await;
    assert_eq!(again, (StatusCode::OK, id.clone()));
    let (status, problem) = world.send((1, buyer), Method::POST, "/orders", Some("k1"), body(2)).await;
    assert_eq!((status.as_u16(), &problem["code"]), (422, &json!("idempotency_key_reused")));
    let (status, other) = world.send((ROSE.0, buyer), Method::POST, "/orders", Some("k1"), body(1)).await;
    assert_eq!(status, StatusCode::OK);
    assert_ne!(other, id);
    let cancel = format!("/orders/{}/cancel", id.as_str().unwrap());
    assert_eq!(world.send((1, buyer), Method::PUT, &cancel, Some("k1"), None).await.0, 422);
}

#[tokio::test]
async fn what_staff_did_under_a_key_is_answered_again_and_not_done_again() {
    let world = World::new();
    let id = world.order().await;
    let until = Time(START + 2 * WINDOW_MS).text();
    for _ in 0..3 {
        let body = json!({"until": until, "reason": "asked for"});
        assert_eq!(world.staff(id, "extend", Some("k1"), body).await, StatusCode::OK);
    }
    let paid = world.paid().await;
    for _ in 0..3 {
        let body = json!({"reason": "broken"});
        assert_eq!(world.staff(paid, "refund", Some("k2"), body).await, StatusCode::OK);
    }
    assert_eq!(world.till.refunds(paid), 1);
    assert_eq!(world.told(id).await, ["placed", "held", "extended"]);
}

#[tokio::test]
async fn a_refused_transition_stays_refused_under_its_key() {
    let world = World::new();
    let id = world.paid().await;
    let receive = format!("/orders/{id}/receive");
    let send = async |key: Option<&'static str>| {
        world.send((1, edge::Role::Buyer), Method::PUT, &receive, key, None).await
    };
    let (status, problem) = send(Some("k1")).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("wrong_state")));
    let ship = json!({"company": "Sand Post", "number": "7", "reason": "sold"});
    assert_eq!(world.staff(id, "ship", None, ship).await, StatusCode::OK);
    assert_eq!(send(Some("k1")).await, (status, problem));
    assert_eq!(send(Some("k2")).await, (StatusCode::OK, Value::Null));
}

#[tokio::test]
async fn a_key_of_staff_used_for_another_action_is_422() {
    let world = World::new();
    let id = world.order().await;
    let body = json!({"reason": "why not"});
    assert_eq!(world.staff(id, "ask", Some("k1"), body.clone()).await, StatusCode::OK);
    assert_eq!(world.staff(id, "ask", Some("k1"), body.clone()).await, StatusCode::OK);
    assert_eq!(world.staff(id, "close", Some("k1"), body).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.state(id).await, State::Unpaid);
}

#[tokio::test]
async fn old_keys_are_forgotten_however_many_there_are() {
    let world = World::new();
    world.place(&[(KETTLE, 1)], "young").await.unwrap();
    let many = "INSERT INTO trade_keys SELECT 7, value, x'00', 'null', 0
                FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n LIMIT 3500)
                      SELECT value FROM n)";
    world.corrupt(many);
    let stop = tokio_util::sync::CancellationToken::new();
    let (service, stopped) = (world.service.clone(), stop.clone());
    let sweeping =
        tokio::spawn(async move { service.sweep_forever(delay::PumpStatus::default(), stopped).await });
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    world.clock.advance(crate::world::config().sweep_interval_ms);
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    sweeping.await.unwrap();
    assert_eq!(world.count("SELECT count(*) FROM trade_keys"), 1);
}
