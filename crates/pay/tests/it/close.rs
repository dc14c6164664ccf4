//! Closing, and what a close answer promises.

use api::calls::Pay;
use model::OrderId;
use model::pay_order::CloseAnswer;
use pay::store::NotOpened;
use pay::{Applied, PressAnswer};

use crate::bank::Mood;
use crate::world::{ORDER, OTHER, World};

#[tokio::test]
async fn an_order_nobody_applied_for_gets_a_tombstone_that_refuses_later_applications() {
    let Some(world) = World::new().await else { return };
    assert_eq!(world.close(ORDER).await, CloseAnswer::Closed);
    assert_eq!(world.close(ORDER).await, CloseAnswer::Closed);
    assert_eq!(world.apply(ORDER).await, Applied::Refused(NotOpened::NotPayable));
    assert!(world.record(ORDER).await.pay_order.is_tombstone());
}

#[tokio::test]
async fn a_batch_is_answered_order_by_order() {
    let Some(world) = World::new().await else { return };
    let paid = world.pay_order(ORDER).await;
    world.press(paid).await;
    let waiting = world.pay_order(OTHER).await;
    world.bank.set_down(true);
    world.press(waiting).await;
    let orders = vec![OrderId(9), ORDER, OTHER, OrderId(9)];
    let answers = Pay::close(&world.service, orders).await.unwrap();
    let (closed, in_flight) = (CloseAnswer::Closed, CloseAnswer::InFlight);
    assert_eq!(answers, [closed, CloseAnswer::Paid, in_flight, closed]);
}

#[tokio::test]
async fn a_close_starts_resolving_what_is_in_flight_without_waiting_for_its_duty() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.bank.feel(Mood::LostOnTheWay);
    world.press(id).await;
    world.bank.feel(Mood::Prompt);
    assert_eq!(world.close(ORDER).await, CloseAnswer::InFlight);
    assert_eq!(world.press(id).await, PressAnswer::Busy, "closing: no new attempt");
    world.pump().await;
    assert_eq!(world.close(ORDER).await, CloseAnswer::Closed);
    assert_eq!(world.press(id).await, PressAnswer::Closed);
}

#[tokio::test]
async fn an_attempt_that_was_debited_beats_the_close() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.bank.feel(Mood::AnswerLost);
    world.press(id).await;
    assert_eq!(world.close(ORDER).await, CloseAnswer::InFlight);
    world.pump().await;
    assert_eq!(world.close(ORDER).await, CloseAnswer::Paid);
    assert_eq!(world.notices(), [ORDER]);
}

#[tokio::test]
async fn while_the_wallet_is_away_a_close_stays_in_flight_for_as_long_as_it_takes() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.bank.set_down(true);
    world.press(id).await;
    for _ in 0..50 {
        world.clock.advance(world.config.retry_cap_ms);
        world.pump().await;
        world.sweep().await;
        assert_eq!(world.close(ORDER).await, CloseAnswer::InFlight);
    }
    assert_eq!(world.dead_letters().await, 0);
    world.bank.set_down(false);
    world.clock.advance(world.config.retry_cap_ms);
    world.pump().await;
    assert_eq!(world.close(ORDER).await, CloseAnswer::Closed);
}
