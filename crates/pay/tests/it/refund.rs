//! Giving money back.

use api::calls::RefundAnswer;
use model::Cents;

use crate::bank::RICH;
use crate::world::{JACK, ORDER, OTHER, World};

async fn paid() -> Option<(World, model::PayOrderId)> {
    let world = World::new().await?;
    let id = world.pay_order(ORDER).await;
    world.press(id).await;
    Some((world, id))
}

#[tokio::test]
async fn money_comes_back_once_however_often_it_is_asked_for() {
    let Some((world, id)) = paid().await else { return };
    assert_eq!(world.refund(ORDER).await, RefundAnswer::Refunded);
    assert_eq!(world.refund(ORDER).await, RefundAnswer::Refunded);
    assert_eq!((world.bank.refunds(id), world.bank.balance(JACK)), (1, RICH));
    world.pump().await;
    assert_eq!(world.messages().await, 0);
}

#[tokio::test]
async fn what_was_never_paid_has_nothing_to_give_back() {
    let Some(world) = World::new().await else { return };
    world.pay_order(ORDER).await;
    assert_eq!(world.refund(ORDER).await, RefundAnswer::NotPaid);
    assert_eq!(world.refund(OTHER).await, RefundAnswer::NotPaid);
    assert_ne!(world.bank.balance(JACK), Cents(0));
}

#[tokio::test]
async fn without_the_wallet_a_refund_stays_owed_and_visible_until_it_arrives() {
    let Some((world, id)) = paid().await else { return };
    world.pump().await;
    world.bank.set_down(true);
    assert_eq!(world.refund(ORDER).await, RefundAnswer::Refunding);
    for _ in 0..50 {
        world.clock.advance(world.config.retry_cap_ms);
        world.pump().await;
        assert_eq!(world.refund(ORDER).await, RefundAnswer::Refunding);
    }
    assert_eq!((world.dead_letters().await, world.messages().await), (0, 1));
    world.bank.set_down(false);
    world.clock.advance(world.config.retry_cap_ms);
    world.pump().await;
    assert_eq!(world.refund(ORDER).await, RefundAnswer::Refunded);
    assert_eq!((world.bank.refunds(id), world.messages().await), (1, 0));
}
