//! Refunds: once per pay order, to whom it was debited, never more than was taken.

use api::calls::{RefundRequest, Users};
use model::wallet::Outcome;
use model::{Cents, PayOrderId};
use user::store::EntryKind;

use crate::world::{JACK, ORDER, RICH, ROSE, World};

#[tokio::test]
async fn a_refund_twice_gives_back_once() {
    let Some(world) = World::new().await else { return };
    world.debit(1, ORDER, 400).await;
    let ask = RefundRequest { pay_order: ORDER, user: JACK, amount: Cents(400) };
    world.service.refund(vec![ask, ask]).await.unwrap();
    world.refund(ORDER, 400).await;
    assert_eq!(world.balance(JACK).await, RICH);
    let kinds: Vec<EntryKind> = world.entries(JACK).await.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [EntryKind::Refund, EntryKind::Debit, EntryKind::Credit]);
}

#[tokio::test]
async fn a_refund_of_what_was_never_debited_gives_nothing() {
    let Some(world) = World::new().await else { return };
    world.refund(ORDER, 400).await;
    world.settle(1, ORDER).await;
    world.refund(ORDER, 400).await;
    assert_eq!(world.balance(JACK).await, RICH);
    assert_eq!(world.debit(2, ORDER, 400).await, Outcome::Debited);
    world.refund(ORDER, 400).await;
    assert_eq!(world.balance(JACK).await, RICH, "the vain refund before has not used up the real one");
}

#[tokio::test]
async fn no_more_comes_back_than_was_taken() {
    let Some(world) = World::new().await else { return };
    world.debit(1, ORDER, 400).await;
    world.refund(ORDER, i64::MAX).await;
    assert_eq!(world.balance(JACK).await, RICH);
}

#[tokio::test]
async fn a_refund_goes_to_whom_it_was_debited_whoever_is_named() {
    let Some(world) = World::new().await else { return };
    world.debit(1, ORDER, 400).await;
    let to_rose = RefundRequest { pay_order: ORDER, user: ROSE, amount: Cents(400) };
    world.service.refund(vec![to_rose]).await.unwrap();
    assert_eq!((world.balance(JACK).await, world.balance(ROSE).await), (RICH, RICH));
}

#[tokio::test]
async fn a_frozen_account_still_gets_its_money_back() {
    let Some(world) = World::new().await else { return };
    world.debit(1, ORDER, 400).await;
    world.freeze(JACK, true).await;
    world.refund(ORDER, 400).await;
    assert_eq!(world.balance(JACK).await, RICH);
}

#[tokio::test]
async fn a_refunded_pay_order_is_not_debited_again() {
    let Some(world) = World::new().await else { return };
    world.debit(1, ORDER, 400).await;
    world.refund(ORDER, 400).await;
    assert_ne!(world.debit(2, ORDER, 400).await, Outcome::Debited);
    assert_eq!(world.debit(1, ORDER, 400).await, Outcome::Debited, "the first attempt's outcome stands");
    assert_eq!(world.balance(JACK).await, RICH);
}

#[tokio::test]
async fn a_negative_refund_takes_nothing() {
    let Some(world) = World::new().await else { return };
    world.debit(1, ORDER, 400).await;
    let negative = RefundRequest { pay_order: ORDER, user: JACK, amount: Cents(-400) };
    assert!(world.service.refund(vec![negative]).await.is_err());
    assert_eq!(world.balance(JACK).await, Cents(RICH.0 - 400));
    world.refund(ORDER, 400).await;
    assert_eq!(world.balance(JACK).await, RICH);
}

#[tokio::test]
async fn a_refund_onto_a_full_wallet_fits() {
    let Some(world) = World::new().await else { return };
    world.debit(1, ORDER, 400).await;
    world.debit(2, PayOrderId(9_002), 600).await;
    world.fill(JACK).await;
    let full = world.balance(JACK).await;
    world.refund(ORDER, 400).await;
    world.refund(PayOrderId(9_002), 600).await;
    assert_eq!(world.balance(JACK).await, Cents(full.0 + 1_000));
}
