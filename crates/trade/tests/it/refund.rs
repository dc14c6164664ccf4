//! Money that goes back: staff cancels a paid order, or it comes in after the close.

use clock::{MINUTE, SECOND};
use http::{Method, StatusCode};
use model::order::{CloseReason, Refund, State};
use serde_json::json;

use crate::engines::rounds_of_outage;
use crate::shelf::{GIFT, KETTLE, Pieces, STOCK};
use crate::till::Payment;
use crate::world::{World, wish};

const BACK: Pieces = Pieces { available: STOCK, held: 0, sold: 0 };

fn reason() -> serde_json::Value {
    json!({"reason": "broken"})
}

fn parcel() -> serde_json::Value {
    json!({"company": "Sand Post", "number": "7", "reason": "sold"})
}

#[tokio::test]
async fn a_refunded_order_is_closed_and_its_stock_returned() {
    let Some(world) = World::new().await else { return };
    let id = world.paid().await;
    assert_eq!(world.shelf.pieces(KETTLE).sold, 1);
    assert_eq!(world.staff(id, "refund", None, reason()).await, StatusCode::OK);
    let order = world.header(id).await;
    assert_eq!((order.state, order.close_reason), (State::Closed, Some(CloseReason::Refunded)));
    assert_eq!((order.refund, order.owes()), (Refund::Done, false));
    assert_eq!((world.till.refunds(id), world.shelf.pieces(KETTLE)), (1, BACK));
    world.notice(id).await;
    world.settle_down().await;
    assert_eq!(
        (world.till.refunds(id), world.messages().await),
        (1, 0),
        "a late notice refunds nothing again"
    );
}

#[tokio::test]
async fn while_the_money_is_on_its_way_nothing_is_shipped_and_it_is_retried_for_ever() {
    let Some(world) = World::new().await else { return };
    let id = world.paid().await;
    world.till.slow_refunds(true);
    assert_eq!(world.staff(id, "refund", None, reason()).await, StatusCode::ACCEPTED);
    assert_eq!(world.staff(id, "ship", None, parcel()).await, StatusCode::CONFLICT);
    let (_, body) = world.jack(Method::GET, &format!("/orders/{id}"), None).await;
    assert_eq!((&body["refunding"], &body["status"]), (&json!(true), &json!(2)));
    for _ in 0..rounds_of_outage() {
        world.pass(3 * MINUTE).await;
        world.sweep().await;
    }
    assert_eq!((world.state(id).await, world.dead_letters().await), (State::Paid, 0));
    world.till.slow_refunds(false);
    world.pass(2 * SECOND).await;
    assert_eq!((world.state(id).await, world.shelf.pieces(KETTLE)), (State::Closed, BACK));
}

#[tokio::test]
async fn a_shipped_order_goes_its_way_and_is_not_refunded() {
    let Some(world) = World::new().await else { return };
    let id = world.paid().await;
    assert_eq!(world.staff(id, "ship", None, parcel()).await, StatusCode::OK);
    assert_eq!(world.staff(id, "refund", None, reason()).await, StatusCode::CONFLICT);
    for (action, code) in [("receive", 4), ("review", 6)] {
        let (status, _) = world.jack(Method::PUT, &format!("/orders/{id}/{action}"), None).await;
        assert_eq!((status, world.state(id).await.code()), (StatusCode::OK, code));
    }
    let row = world.row(id).await;
    assert_eq!(row.parcel.unwrap().number, "7");
    assert!(row.shipped_at.is_some() && row.received_at.is_some() && row.reviewed_at.is_some());
}

#[tokio::test]
async fn money_that_comes_in_for_a_closed_order_goes_back_once_and_the_order_stays_closed() {
    let Some(world) = World::new().await else { return };
    let id = world.applied().await;
    world.settle_down().await;
    world.till.force(id, Payment::Paid);
    for _ in 0..3 {
        world.notice(id).await;
        world.settle_down().await;
    }
    let order = world.header(id).await;
    assert_eq!((order.state, order.close_reason), (State::Closed, Some(CloseReason::Timeout)));
    assert_eq!((order.refund, world.till.refunds(id)), (Refund::Done, 1));
    assert_eq!(world.shelf.pieces(KETTLE), BACK);
    let told = world.told(id).await;
    assert_eq!(told.iter().filter(|name| *name == "lateMoney").count(), 1);
}

#[tokio::test]
async fn the_same_notice_twice_in_one_batch_owes_one_refund() {
    let Some(world) = World::new().await else { return };
    let id = world.applied().await;
    world.settle_down().await;
    world.till.force(id, Payment::Paid);
    let notice = delay::Message::new(api::topics::PAY_SUCCESS, id.0, world.now(), world.now());
    let handler = delay::Bus::outlet(world.bus.as_ref(), api::topics::PAY_SUCCESS.code).unwrap();
    let verdicts = handler.handle(&[notice.clone(), notice]).await;
    assert_eq!(verdicts, [delay::Verdict::Done, delay::Verdict::Done]);
    assert_eq!(world.till.refunds(id), 1);
}

#[tokio::test]
async fn late_money_is_owed_until_pay_is_back() {
    let Some(world) = World::new().await else { return };
    let id = world.applied().await;
    world.settle_down().await;
    world.till.force(id, Payment::Paid);
    world.till.slow_refunds(true);
    assert!(matches!(world.notice(id).await, delay::Verdict::Away { .. }));
    world.lose_messages().await;
    world.till.slow_refunds(false);
    world.settle_down().await;
    assert_eq!((world.header(id).await.refund, world.till.refunds(id)), (Refund::Done, 1));
}

#[tokio::test]
async fn an_order_over_nothing_is_refunded_without_pay_knowing_it() {
    let Some(world) = World::new().await else { return };
    let id = world.service.place(wish(&[(GIFT, 1)]), None).await.unwrap();
    assert_eq!(world.staff(id, "refund", None, reason()).await, StatusCode::OK);
    assert_eq!((world.state(id).await, world.shelf.pieces(GIFT)), (State::Closed, BACK));
}

#[tokio::test]
async fn an_unpaid_order_is_not_refunded() {
    let Some(world) = World::new().await else { return };
    let id = world.order().await;
    assert_eq!(world.staff(id, "refund", None, reason()).await, StatusCode::CONFLICT);
    assert_eq!(world.header(id).await.refund, Refund::None);
}
