//! Pressing *pay*.

use model::pay_order::{CloseAnswer, Failure};
use model::{Cents, PayOrderId};
use pay::PressAnswer;

use crate::bank::{Mood, PASSWORD, RICH};
use crate::world::{JACK, ORDER, ROSE, START, TOTAL, WINDOW_MS, World, press};

#[tokio::test]
async fn a_press_pays_once_and_says_so_to_every_later_press() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    assert_eq!(world.press(id).await, PressAnswer::Paid);
    assert_eq!(world.press(id).await, PressAnswer::Paid);
    assert_eq!((world.bank.debits(id), world.bank.balance(JACK)), (1, Cents(RICH.0 - TOTAL.0)));
    world.pump().await;
    assert_eq!(world.notices(), [ORDER]);
    assert_eq!(world.messages().await, 0, "the attempt's duty went with its end");
}

#[tokio::test]
async fn a_refused_attempt_leaves_the_pay_order_payable() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    assert_eq!(world.press_with(id, "wrong", "k1").await, PressAnswer::Failed(Failure::WrongPassword));
    world.bank.set_balance(JACK, Cents(1));
    assert_eq!(world.press(id).await, PressAnswer::Failed(Failure::NotEnough));
    world.bank.set_balance(JACK, TOTAL);
    assert_eq!(world.press(id).await, PressAnswer::Paid);
    assert_eq!(world.bank.balance(JACK), Cents(0));
}

#[tokio::test]
async fn a_frozen_account_pays_nothing() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.bank.freeze();
    assert_eq!(world.press(id).await, PressAnswer::Failed(Failure::Frozen));
    assert_eq!(world.bank.debits(id), 0);
}

#[tokio::test]
async fn a_key_repeats_how_its_attempt_ended_and_starts_no_other() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    let failed = PressAnswer::Failed(Failure::WrongPassword);
    assert_eq!(world.press_with(id, "wrong", "k1").await, failed);
    assert_eq!(world.press_with(id, "wrong", "k1").await, failed);
    assert_eq!(world.bank.asked(), 1);
    assert_eq!(world.press_with(id, PASSWORD, "k1").await, PressAnswer::OtherBody);
    assert_eq!(world.press_with(id, PASSWORD, "k2").await, PressAnswer::Paid);
    assert_eq!(world.press_with(id, PASSWORD, "k2").await, PressAnswer::Paid);
    assert_eq!(world.press_with(id, "wrong", "k1").await, failed, "its own outcome, not the pay order's");
}

#[tokio::test]
async fn the_same_key_resumes_a_press_that_was_cut_off_and_debits_once() {
    for mood in [Mood::LostOnTheWay, Mood::AnswerLost] {
        let Some(world) = World::new().await else { return };
        let id = world.pay_order(ORDER).await;
        world.bank.feel(mood);
        assert_eq!(world.press_with(id, PASSWORD, "k1").await, PressAnswer::Checking);
        world.bank.feel(Mood::Prompt);
        assert_eq!(world.press_with(id, PASSWORD, "k1").await, PressAnswer::Paid);
        assert_eq!(world.bank.debits(id), 1);
    }
}

#[tokio::test]
async fn a_lost_answer_is_found_out_without_the_password() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.bank.feel(Mood::AnswerLost);
    assert_eq!(world.press(id).await, PressAnswer::Checking);
    assert!(!world.paid(ORDER).await);
    world.clock.advance(world.config.resolve_after_ms);
    world.pump().await;
    assert!(world.paid(ORDER).await);
    assert_eq!((world.bank.debits(id), world.notices()), (1, vec![ORDER]));
}

#[tokio::test]
async fn a_slow_wallet_is_not_waited_for_and_its_late_debit_is_refused_after_the_void() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.bank.feel(Mood::Late);
    let service = world.service.clone();
    let pressing = tokio::spawn(async move { service.press(press(JACK, id, PASSWORD, None)).await.unwrap() });
    while world.bank.late() == 0 {
        tokio::task::yield_now().await;
    }
    world.clock.advance(world.config.debit_wait_ms);
    assert_eq!(pressing.await.unwrap(), PressAnswer::Checking);
    world.clock.advance(world.config.resolve_after_ms);
    world.pump().await;
    world.bank.deliver_late();
    assert_eq!((world.bank.debits(id), world.paid(ORDER).await), (0, false));
    world.bank.feel(Mood::Prompt);
    assert_eq!(world.press(id).await, PressAnswer::Paid);
    assert_eq!(world.bank.debits(id), 1);
}

#[tokio::test]
async fn an_overdue_press_asks_trade_once_whether_there_is_more_time() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.clock.set(START + WINDOW_MS);
    assert_eq!(world.press_with(id, PASSWORD, "k1").await, PressAnswer::Overdue);
    world.shop.extend(ORDER, START + 2 * WINDOW_MS);
    assert_eq!(world.press_with(id, PASSWORD, "k1").await, PressAnswer::Overdue, "a final outcome");
    let asked = world.shop.asked();
    assert_eq!(world.press_with(id, PASSWORD, "k2").await, PressAnswer::Paid);
    assert_eq!(world.shop.asked(), asked + 1);
}

#[tokio::test]
async fn an_overdue_press_starts_nothing_while_trade_is_silent() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.clock.set(START + WINDOW_MS);
    world.shop.set_down(true);
    assert!(world.service.press(press(JACK, id, PASSWORD, None)).await.is_err());
    assert_eq!(world.bank.asked(), 0);
}

#[tokio::test]
async fn only_its_owner_presses_and_tombstones_have_none() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    let by_rose = world.service.press(press(ROSE, id, PASSWORD, None)).await.unwrap();
    assert_eq!(by_rose, PressAnswer::NotFound);
    assert_eq!(world.press(PayOrderId(99)).await, PressAnswer::NotFound);
    assert_eq!(world.close(crate::world::OTHER).await, CloseAnswer::Closed);
    let tombstone = world.record(crate::world::OTHER).await.pay_order.id;
    assert_eq!(world.press(tombstone).await, PressAnswer::NotFound);
}

#[tokio::test]
async fn the_password_is_nowhere_in_the_database() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    let secret = "correct horse battery staple";
    world.press_with(id, secret, "k1").await;
    let tables = ["pay_orders", "pay_attempts", "pay_keys", "pay_outbox", "pay_dead"];
    for table in tables {
        let dump = world.tables.dump(table).await;
        assert!(dump.iter().all(|value| !value.contains("horse")), "{table}");
    }
    let kept = world.tables.dump("pay_keys").await;
    assert!(kept.iter().any(|value| value.contains("k1")), "the dump can be read");
}
