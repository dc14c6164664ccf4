//! The balance and the provider beside each other: an order is paid once, and what came beside that goes back.

use api::calls::RefundAnswer;
use model::PayOrderId;
use model::pay_order::{Bill, CloseAnswer, Refund, State};
use pay::PressAnswer;

use crate::bank::{Mood, RICH};
use crate::world::{JACK, ORDER, TOTAL, World};

const PAID: State = State::Success { refund: Refund::None };

async fn open() -> Option<(World, PayOrderId)> {
    let world = World::new().await?;
    let id = world.bill(ORDER).await;
    Some((world, id))
}

async fn stands(world: &World) -> (State, Bill) {
    let pay_order = world.record(ORDER).await.pay_order;
    (pay_order.state, pay_order.bill)
}

fn kept(world: &World) -> bool {
    world.bank.balance(JACK).0 == RICH.0 - TOTAL.0
}

#[tokio::test]
async fn who_pays_from_the_balance_after_all_cannot_pay_the_bill_any_more() {
    let Some((world, id)) = open().await else { return };
    assert_eq!(world.press(id).await, PressAnswer::Paid);
    assert_eq!(stands(&world).await, (PAID, Bill::Closing));
    world.pump().await;
    assert_eq!(stands(&world).await, (PAID, Bill::Closed));
    assert!(world.till.is_closed(id) && kept(&world));
}

#[tokio::test]
async fn money_that_comes_beside_the_balance_goes_back_once() {
    let Some((world, id)) = open().await else { return };
    world.press(id).await;
    world.till.pay(id, TOTAL);
    world.notice(id, "paid", TOTAL).await;
    world.pass(3).await;
    world.notice(id, "paid", TOTAL).await;
    world.pass(3).await;
    assert_eq!(stands(&world).await, (PAID, Bill::Returned));
    assert_eq!((world.till.refunds(id), world.bank.refunds(id)), (vec![TOTAL], 0));
    assert!(kept(&world));
    // If the order is refunded, that is the balance's money, and the provider has nothing to do with it.
    assert_eq!(world.refund(ORDER).await, RefundAnswer::Refunded);
    assert_eq!((world.till.refunds(id).len(), world.bank.refunds(id)), (1, 1));
}

#[tokio::test]
async fn after_the_bill_was_paid_nothing_is_taken_from_the_balance() {
    let Some((world, id)) = open().await else { return };
    world.till.pay(id, TOTAL);
    world.notice(id, "paid", TOTAL).await;
    assert_eq!((world.press(id).await, world.bank.asked()), (PressAnswer::Paid, 0));
}

#[tokio::test]
async fn a_bill_paid_during_an_attempt_waits_for_it() {
    let Some((world, id)) = open().await else { return };
    world.bank.feel(Mood::LostOnTheWay);
    world.press(id).await;
    world.till.pay(id, TOTAL);
    world.notice(id, "paid", TOTAL).await;
    assert!(!world.paid(ORDER).await, "which of the two has paid is not known");
    world.pump().await;
    assert_eq!(stands(&world).await, (PAID, Bill::Paid));
    assert_eq!((world.bank.debits(id), world.till.refunds(id)), (0, vec![]));
    world.pass(2).await;
    assert_eq!(world.notices(), [ORDER]);
}

#[tokio::test]
async fn a_bill_paid_during_an_attempt_that_succeeds_goes_back() {
    let Some((world, id)) = open().await else { return };
    world.bank.feel(Mood::AnswerLost);
    world.press(id).await;
    world.till.pay(id, TOTAL);
    world.notice(id, "paid", TOTAL).await;
    world.pass(3).await;
    assert_eq!(stands(&world).await, (PAID, Bill::Returned));
    assert_eq!((world.bank.debits(id), world.bank.refunds(id), world.till.refunds(id)), (1, 0, vec![TOTAL]));
}

#[tokio::test]
async fn a_close_waits_for_the_attempt_and_for_the_bill() {
    let Some((world, id)) = open().await else { return };
    world.bank.feel(Mood::LostOnTheWay);
    world.press(id).await;
    world.till.set_down(true);
    assert_eq!(world.close(ORDER).await, CloseAnswer::InFlight);
    world.pass(2).await;
    assert_eq!(
        world.close(ORDER).await,
        CloseAnswer::InFlight,
        "the attempt is voided, the bill is not closed"
    );
    world.till.set_down(false);
    world.pass(2).await;
    assert_eq!(world.close(ORDER).await, CloseAnswer::Closed);
}

#[tokio::test]
async fn an_order_paid_at_the_provider_is_refunded_there() {
    let Some((world, id)) = open().await else { return };
    world.till.pay(id, TOTAL);
    world.notice(id, "paid", TOTAL).await;
    world.pump().await;
    world.till.refuse_refunds(40);
    assert_eq!(world.refund(ORDER).await, RefundAnswer::Refunding);
    world.lose_messages().await;
    world.pass(20).await;
    assert_eq!(world.refund(ORDER).await, RefundAnswer::Refunding);
    assert!(world.owed().await.oldest_refund.is_some());
    world.till.refuse_refunds(0);
    world.pass(2).await;
    assert_eq!(world.refund(ORDER).await, RefundAnswer::Refunded);
    assert_eq!((world.till.refunds(id), world.bank.refunds(id)), (vec![TOTAL], 0));
    assert_eq!((world.messages().await, world.dead_letters().await), (0, 0));
    assert_eq!(world.record(ORDER).await.bill.unwrap().refund, format!("R{id}"));
}
