//! Closing: the wish is written first, and only `pay`'s answer decides.

use clock::MINUTE;
use http::{Method, StatusCode};
use model::Actor;
use model::order::{CloseReason, State};
use serde_json::json;

use crate::shelf::{KETTLE, Pieces, STOCK};
use crate::till::Payment;
use crate::world::{WINDOW_MS, World};

async fn cancel(world: &World, id: model::OrderId) -> u16 {
    world.jack(Method::PUT, &format!("/orders/{id}/cancel"), None).await.0.as_u16()
}

#[tokio::test]
async fn a_cancelled_order_is_closed_at_once_and_its_stock_is_back() {
    let Some(world) = World::new().await else { return };
    let id = world.applied().await;
    assert_eq!(cancel(&world, id).await, 200);
    let order = world.header(id).await;
    assert_eq!((order.state, order.close_reason), (State::Closed, Some(CloseReason::Buyer)));
    assert_eq!(world.till.payment(id), Payment::Closed, "nothing to be paid any more");
    assert_eq!(world.shelf.pieces(KETTLE), Pieces { available: STOCK, held: 0, sold: 0 });
    assert_eq!(cancel(&world, id).await, 200, "asked again");
    let told = ["placed", "held", "paymentApplied", "closeAsked", "closed", "stockSettled"];
    assert_eq!(world.told(id).await, told);
    world.settle_down().await;
    assert_eq!((world.shelf.settles(), world.messages().await), (1, 0));
}

#[tokio::test]
async fn a_cancel_while_a_payment_is_in_flight_is_202_and_follows_the_payment() {
    for paid in [true, false] {
        let Some(world) = World::new().await else { return };
        let id = world.applied().await;
        world.till.press(id);
        assert_eq!((cancel(&world, id).await, cancel(&world, id).await), (202, 202));
        assert_eq!(world.state(id).await, State::Unpaid);
        world.pass(MINUTE).await;
        assert_eq!(world.state(id).await, State::Unpaid, "doubt never cancels");
        world.till.resolve(id, paid);
        world.pass(2_000).await;
        let (state, status) = if paid { (State::Paid, 409) } else { (State::Closed, 200) };
        assert_eq!(world.state(id).await, state);
        assert_eq!(cancel(&world, id).await, status);
        let sold = i64::from(paid);
        assert_eq!(world.shelf.pieces(KETTLE), Pieces { available: STOCK - sold, held: 0, sold });
    }
}

#[tokio::test]
async fn a_cancel_that_pay_answers_with_paid_makes_the_order_paid() {
    let Some(world) = World::new().await else { return };
    let id = world.applied().await;
    world.till.force(id, Payment::Paid);
    let (status, problem) = world.jack(Method::PUT, &format!("/orders/{id}/cancel"), None).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("already_paid")));
    assert_eq!(world.state(id).await, State::Paid);
    assert_eq!(world.shelf.pieces(KETTLE), Pieces { available: STOCK - 1, held: 0, sold: 1 });
    let (status, problem) = world.jack(Method::PUT, &format!("/orders/{id}/cancel"), None).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("already_paid")), "also the second time");
}

#[tokio::test]
async fn a_cancel_while_pay_is_down_is_202_and_is_done_when_it_is_back() {
    let Some(world) = World::new().await else { return };
    let id = world.order().await;
    world.wire.set_down("pay", true);
    assert_eq!(cancel(&world, id).await, 202);
    world.pass(10 * MINUTE).await;
    assert_eq!(world.state(id).await, State::Unpaid);
    world.wire.heal();
    world.pass(2_000).await;
    assert_eq!(world.header(id).await.close_reason, Some(CloseReason::Buyer));
    assert_eq!((world.messages().await - 1, world.unfinished().await), (0, 0), "all but the timer");
}

#[tokio::test]
async fn staff_close_with_a_reason_that_is_recorded() {
    let Some(world) = World::new().await else { return };
    let id = world.order().await;
    for bad in ["", &"x".repeat(201)] {
        assert_eq!(world.staff(id, "close", None, json!({"reason": bad})).await.as_u16(), 422, "{bad:?}");
    }
    assert_eq!(world.staff(id, "close", None, json!({"reason": "fraud"})).await, StatusCode::OK);
    assert_eq!(world.header(id).await.close_reason, Some(CloseReason::Staff));
    let asked = world.history(id).await.into_iter().find(|entry| entry.name == "closeAsked").unwrap();
    assert_eq!((asked.cause.actor, asked.cause.note.as_str()), (Actor::Staff, "fraud"));
    assert_eq!(asked.cause.by, crate::world::STAFF);
}

#[tokio::test]
async fn item_being_down_does_not_change_the_answer_and_its_stock_comes_back_later() {
    let Some(world) = World::new().await else { return };
    let id = world.order().await;
    world.wire.set_down("item", true);
    assert_eq!(cancel(&world, id).await, 200);
    assert_eq!(world.shelf.pieces(KETTLE).held, 1);
    world.wire.heal();
    world.pass(2_000).await;
    assert_eq!(world.shelf.pieces(KETTLE).held, 0);
    world.settle_down().await;
    assert_eq!((world.shelf.settles(), world.messages().await, world.unfinished().await), (1, 0, 0));
}

#[tokio::test]
async fn a_notice_for_an_order_that_pay_does_not_call_paid_changes_nothing() {
    let Some(world) = World::new().await else { return };
    let id = world.applied().await;
    let path = format!("/orders/{id}");
    let (status, _) = world.send((0, edge::Role::Service), Method::PUT, &path, None, None).await;
    assert_eq!((status, world.state(id).await), (StatusCode::OK, State::Unpaid));
    world.till.force(id, Payment::Paid);
    let (status, _) = world.send((0, edge::Role::Service), Method::PUT, &path, None, None).await;
    assert_eq!((status, world.state(id).await), (StatusCode::OK, State::Paid));
}

#[tokio::test]
async fn an_order_that_is_still_being_placed_cannot_be_cancelled() {
    let Some(world) = World::new().await else { return };
    world.wire.fault(3, crate::wire::Fault::AnswerLost);
    world.place(&[(KETTLE, 1)], "k1").await.unwrap_err();
    assert_eq!(cancel(&world, world.only().await).await, 409);
    world.pass(WINDOW_MS).await;
    assert_eq!(world.header(world.only().await).await.close_reason, Some(CloseReason::PlacementFailed));
}
