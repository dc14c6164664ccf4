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
    let Some(world) = World::new().await else { return };
    let id = world.place(&[(KETTLE, 1)], "k1").await.unwrap();
    assert_eq!(world.place(&[(KETTLE, 1)], "k1").await.unwrap(), id);
    world.settle_down().await;
    assert_eq!(world.state(id).await, State::Closed);
    assert_eq!(world.place(&[(KETTLE, 1)], "k1").await.unwrap(), id);
    assert_eq!((world.orders().await, world.shelf.pieces(KETTLE).held), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_from_many_tasks_on_the_grouping_writer_makes_one_order() {
    let Some(world) = World::on(Options { durable: false, ..Options::default() }).await else { return };
    let world = Arc::new(world);
    let placing: Vec<_> = (0..32)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move { world.place(&[(KETTLE, 2)], "k1").await.unwrap() })
        })
        .collect();
    for placed in placing {
        assert_eq!(placed.await.unwrap(), world.only().await);
    }
    assert_eq!(world.shelf.pieces(KETTLE).held, 2);
    assert_eq!(world.told(world.only().await).await, ["placed", "held"]);
}

#[tokio::test]
async fn another_body_under_the_key_is_refused() {
    let Some(world) = World::new().await else { return };
    world.place(&[(KETTLE, 1)], "k1").await.unwrap();
    assert!(matches!(world.place(&[(KETTLE, 2)], "k1").await, Err(Failure::OtherBody)));
    assert_eq!(world.orders().await, 1);
}

#[tokio::test]
async fn without_a_key_two_requests_are_two_orders() {
    let Some(world) = World::new().await else { return };
    assert_ne!(world.order().await, world.order().await);
}

#[tokio::test]
async fn a_refusal_is_remembered_even_when_it_would_be_granted_now() {
    let Some(world) = World::new().await else { return };
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
    let Some(world) = World::new().await else { return };
    for service in ["item", "user"] {
        world.wire.set_down(service, true);
        assert!(matches!(world.place(&[(KETTLE, 1)], "k1").await, Err(Failure::NoAnswer(_))));
        assert_eq!(world.orders().await, 0);
        world.wire.heal();
    }
    world.place(&[(KETTLE, 1)], "k1").await.unwrap();
}

#[tokio::test]
async fn other_body_is_422_on_the_wire_and_keys_of_two_users_never_meet() {
    let Some(world) = World::new().await else { return };
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
    let Some(world) = World::new().await else { return };
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
    let Some(world) = World::new().await else { return };
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
    let Some(world) = World::new().await else { return };
    let id = world.order().await;
    let body = json!({"reason": "why not"});
    assert_eq!(world.staff(id, "ask", Some("k1"), body.clone()).await, StatusCode::OK);
    assert_eq!(world.staff(id, "ask", Some("k1"), body.clone()).await, StatusCode::OK);
    assert_eq!(world.staff(id, "close", Some("k1"), body).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.state(id).await, State::Unpaid);
}

#[tokio::test]
async fn old_keys_are_forgotten_however_many_there_are() {
    let Some(world) = World::new().await else { return };
    world.place(&[(KETTLE, 1)], "young").await.unwrap();
    world.base.old_keys(3_500).await;
    let stop = tokio_util::sync::CancellationToken::new();
    let (service, stopped) = (world.service.clone(), stop.clone());
    let sweeping =
        tokio::spawn(async move { service.sweep_forever(delay::PumpStatus::default(), stopped).await });
    let keys = async || world.count("SELECT count(*) FROM trade_keys").await;
    assert_eq!(keys().await, 3_501);
    for _ in 0..1_000 {
        world.clock.advance(crate::world::config().sweep_interval_ms);
        tokio::task::yield_now().await;
        if keys().await == 1 {
            break;
        }
    }
    stop.cancel();
    sweeping.await.unwrap();
    assert_eq!(keys().await, 1);
}
