//! Bills at a provider: made, paid and closed, whatever is not answered.

use model::pay_order::{Bill, CloseAnswer, Refund, State};
use pay::Applied;
use pay::store::NotOpened;

use crate::world::{ORDER, OTHER, TOTAL, World};

const PAID: State = State::Success { refund: Refund::None };

async fn bill_of(world: &World) -> Bill {
    world.record(ORDER).await.pay_order.bill
}

#[tokio::test]
async fn a_buyer_is_told_where_to_pay_and_asking_again_makes_no_second_payment() {
    let Some(world) = World::new().await else { return };
    let id = world.bill(ORDER).await;
    assert_eq!(world.bill(ORDER).await, id);
    let record = world.record(ORDER).await;
    assert_eq!((record.pay_order.bill, world.till.made(id)), (Bill::Open, 1));
    assert_eq!(record.bill.unwrap().url, format!("https://till.example/{id}"));
    world.pump().await;
    assert_eq!((world.messages().await, world.till.made(id)), (0, 1));
}

#[tokio::test]
async fn the_wish_is_written_before_the_provider_is_asked_and_its_duty_makes_the_bill() {
    let Some(world) = World::new().await else { return };
    world.till.set_down(true);
    let id = world.bill(ORDER).await;
    assert_eq!((bill_of(&world).await, world.till.made(id)), (Bill::Opening, 0));
    world.pass(3).await;
    assert_eq!((bill_of(&world).await, world.dead_letters().await), (Bill::Opening, 0));
    world.till.set_down(false);
    world.pass(2).await;
    assert_eq!((bill_of(&world).await, world.till.made(id)), (Bill::Open, 1));
}

#[tokio::test]
async fn a_bill_whose_making_was_not_answered_is_made_once() {
    let Some(world) = World::new().await else { return };
    world.till.lose_answers(true);
    let id = world.bill(ORDER).await;
    world.till.lose_answers(false);
    world.lose_messages().await;
    world.pass(1).await;
    assert_eq!((bill_of(&world).await, world.till.made(id)), (Bill::Open, 1));
}

#[tokio::test]
async fn a_payment_nobody_told_of_is_found_by_looking() {
    let Some(world) = World::new().await else { return };
    let id = world.bill(ORDER).await;
    world.till.pay(id, TOTAL);
    world.pass(1).await;
    assert!(world.paid(ORDER).await);
    world.pump().await;
    assert_eq!(world.notices(), [ORDER]);
}

#[tokio::test]
async fn an_open_bill_is_looked_at_less_and_less_often() {
    let Some(world) = World::new().await else { return };
    world.bill(ORDER).await;
    let asked = world.till.asked();
    for _ in 0..600 {
        world.clock.advance(1_000);
        world.sweep().await;
    }
    let looks = world.till.asked() - asked;
    assert!((10..=25).contains(&looks), "{looks} looks in ten minutes");
}

#[tokio::test]
async fn a_close_waits_until_the_provider_has_closed() {
    let Some(world) = World::new().await else { return };
    let id = world.bill(ORDER).await;
    world.till.set_down(true);
    for _ in 0..20 {
        assert_eq!(world.close(ORDER).await, CloseAnswer::InFlight);
        world.pass(1).await;
    }
    assert_eq!(world.apply(ORDER).await, Applied::Refused(NotOpened::NotPayable), "closing: no new payment");
    assert_eq!((world.press(id).await, world.bank.asked()), (pay::PressAnswer::Closed, 0));
    world.till.set_down(false);
    world.pass(2).await;
    assert_eq!(world.close(ORDER).await, CloseAnswer::Closed);
    assert!(world.till.is_closed(id));
    assert_eq!((world.messages().await, world.dead_letters().await), (0, 0));
}

#[tokio::test]
async fn a_close_asks_the_provider_at_once() {
    let Some(world) = World::new().await else { return };
    world.bill(ORDER).await;
    assert_eq!(world.close(ORDER).await, CloseAnswer::InFlight);
    world.pump().await;
    assert_eq!(world.close(ORDER).await, CloseAnswer::Closed);
}

#[tokio::test]
async fn a_payment_that_was_there_first_beats_the_close() {
    let Some(world) = World::new().await else { return };
    let id = world.bill(ORDER).await;
    world.till.pay(id, TOTAL);
    assert_eq!(world.close(ORDER).await, CloseAnswer::InFlight);
    world.lose_messages().await;
    world.pass(1).await;
    assert_eq!(world.close(ORDER).await, CloseAnswer::Paid);
    assert_eq!((world.record(ORDER).await.pay_order.state, world.till.refunds(id)), (PAID, vec![]));
}

#[tokio::test]
async fn a_bill_that_was_never_made_is_closed_without_being_there() {
    let Some(world) = World::new().await else { return };
    world.till.set_down(true);
    let id = world.bill(ORDER).await;
    world.close(ORDER).await;
    world.till.set_down(false);
    world.pass(2).await;
    assert_eq!((world.close(ORDER).await, world.till.made(id)), (CloseAnswer::Closed, 0));
}

#[tokio::test]
async fn an_order_has_one_payment_at_a_provider_and_the_balance_stays() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    assert_eq!(world.bill(ORDER).await, id, "one pay order, whatever the channel");
    assert_eq!(world.pay_order(ORDER).await, id);
    assert_eq!(world.record(ORDER).await.channel(), "sandbox");
    // The provider closes it of its own accord.
    pay::channel::Channel::close(&world.till, id).await.unwrap();
    world.pass(1).await;
    assert_eq!(bill_of(&world).await, Bill::Closed);
    assert_eq!(world.apply_there(ORDER).await, Applied::Refused(NotOpened::ChannelTaken));
    assert_eq!(world.press(id).await, pay::PressAnswer::Paid);
    assert_eq!(world.record(ORDER).await.channel(), "balance");
}

#[tokio::test]
async fn facts_tell_of_the_bill() {
    let Some(world) = World::new().await else { return };
    let id = world.bill(ORDER).await;
    world.pay_order(OTHER).await;
    world.till.pay(id, TOTAL);
    world.pass(1).await;
    let facts = world.facts().await;
    let bill = facts[0].bill.unwrap();
    assert_eq!((facts[0].pay_order.bill, bill.paid), (Bill::Paid, Some(TOTAL)));
    assert_eq!((facts[1].pay_order.bill, facts[1].bill), (Bill::None, None));
}
