//! Applying to pay.

use clock::MINUTE;
use model::Cents;
use pay::Applied;
use pay::store::NotOpened;

use crate::world::{JACK, ORDER, START, TOTAL, WINDOW_MS, World, idempotency_key};

#[tokio::test]
async fn asking_again_answers_the_same_pay_order_and_takes_over_a_later_deadline() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.shop.extend(ORDER, START + 2 * WINDOW_MS);
    assert_eq!(world.pay_order(ORDER).await, id);
    assert_eq!(world.record(ORDER).await.pay_order.deadline, START + 2 * WINDOW_MS);
    world.shop.extend(ORDER, START + MINUTE);
    assert_eq!(world.pay_order(ORDER).await, id);
    assert_eq!(world.record(ORDER).await.pay_order.deadline, START + 2 * WINDOW_MS, "never shortened");
}

#[tokio::test]
async fn what_trade_does_not_offer_cannot_be_applied_for() {
    let Some(world) = World::new().await else { return };
    world.shop.change(ORDER, |payable| payable.open = false);
    assert_eq!(world.apply(ORDER).await, Applied::Refused(NotOpened::NotPayable));
    world.shop.change(ORDER, |payable| payable.paid = true);
    assert_eq!(world.apply(ORDER).await, Applied::Refused(NotOpened::AlreadyPaid));
}

#[tokio::test]
async fn a_paid_or_closed_pay_order_is_not_opened_again() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.press(id).await;
    assert_eq!(world.apply(ORDER).await, Applied::Refused(NotOpened::AlreadyPaid));
}

#[tokio::test]
async fn a_key_repeats_its_outcome_even_while_trade_is_silent_and_after_things_changed() {
    let Some(world) = World::new().await else { return };
    let key = |body| Some(idempotency_key("k1", body));
    let refused = world.apply_as(JACK, ORDER, Cents(1), key("one cent")).await;
    assert_eq!(refused, Applied::Refused(NotOpened::AmountMismatch));
    world.shop.change(ORDER, |payable| payable.total = Cents(1));
    world.shop.set_down(true);
    assert_eq!(world.apply_as(JACK, ORDER, Cents(1), key("one cent")).await, refused);
    assert_eq!(world.apply_as(JACK, ORDER, TOTAL, key("all of it")).await, Applied::OtherBody);
}
