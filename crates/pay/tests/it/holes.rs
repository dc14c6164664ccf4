//! The holes of the known implementations of this case, each closed and each with its test.

use api::calls::{Pay, PayStatus, RefundAnswer};
use edge::Role;
use edge::testing::{Sent, call, principal};
use http::{Method, StatusCode};
use model::pay_order::{CloseAnswer, Failure};
use model::{Cents, OrderId};
use pay::store::NotOpened;
use pay::{Applied, PressAnswer};
use serde_json::{Value, json};

use crate::bank::{Mood, PASSWORD, RICH};
use crate::world::{JACK, ORDER, OTHER, ROSE, START, TOTAL, WINDOW_MS, World, payable, press};

#[tokio::test]
async fn two_concurrent_pays_debit_once() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.bank.feel(Mood::Late);
    let first = tokio::spawn({
        let service = world.service.clone();
        async move { service.press(press(JACK, id, PASSWORD, None)).await.unwrap() }
    });
    while world.bank.late() == 0 {
        tokio::task::yield_now().await;
    }
    // The wallet would take the second debit at once, so nothing but the mark stands in its way.
    world.bank.feel(Mood::Prompt);
    assert_eq!(world.press(id).await, PressAnswer::Busy);
    world.bank.deliver_late();
    assert_eq!(first.await.unwrap(), PressAnswer::Paid);
    assert_eq!((world.bank.debits(id), world.bank.asked()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_concurrent_pays_and_closes_on_the_grouping_writer_end_in_one_way() {
    let Some(world) = World::grouped().await else { return };
    let id = world.pay_order(ORDER).await;
    let presses: Vec<_> = (0..32)
        .map(|_| {
            let service = world.service.clone();
            tokio::spawn(async move { service.press(press(JACK, id, PASSWORD, None)).await.unwrap() })
        })
        .collect();
    let closed = world.close(ORDER).await;
    let mut told_paid = false;
    for pressing in presses {
        told_paid |= pressing.await.unwrap() == PressAnswer::Paid;
    }
    assert_eq!(world.bank.debits(id), usize::from(told_paid));
    assert_eq!(world.paid(ORDER).await, told_paid);
    assert!(closed != CloseAnswer::Closed || !told_paid);
}

#[tokio::test]
async fn a_cancelled_order_is_not_payable_any_more() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    assert_eq!(world.close(ORDER).await, CloseAnswer::Closed);
    assert_eq!(world.press(id).await, PressAnswer::Closed);
    assert_eq!(world.apply(ORDER).await, Applied::Refused(NotOpened::NotPayable));
    assert_eq!(world.bank.asked(), 0);
}

#[tokio::test]
async fn a_pay_between_the_closers_check_and_its_write_is_in_flight_and_not_closed() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.bank.feel(Mood::Late);
    let pressing = tokio::spawn({
        let service = world.service.clone();
        async move { service.press(press(JACK, id, PASSWORD, None)).await.unwrap() }
    });
    while world.bank.late() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.close(ORDER).await, CloseAnswer::InFlight);
    world.bank.deliver_late();
    assert_eq!(pressing.await.unwrap(), PressAnswer::Paid);
    assert_eq!(world.close(ORDER).await, CloseAnswer::Paid);
}

#[tokio::test]
async fn the_amount_is_not_taken_from_the_client() {
    let Some(world) = World::new().await else { return };
    for amount in [Cents(1), Cents(0), Cents(-2_500), Cents(TOTAL.0 + 1)] {
        let applied = world.apply_as(JACK, ORDER, amount, None).await;
        assert_eq!(applied, Applied::Refused(NotOpened::AmountMismatch));
    }
    let id = world.pay_order(ORDER).await;
    world.press(id).await;
    assert_eq!(world.bank.balance(JACK), Cents(RICH.0 - TOTAL.0));
}

#[tokio::test]
async fn a_wrong_password_does_not_pay_while_the_user_service_is_down() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.bank.set_down(true);
    assert_eq!(world.press_with(id, "wrong", "k1").await, PressAnswer::Checking);
    assert!(!world.paid(ORDER).await);
    world.bank.set_down(false);
    world.settle_down().await;
    assert!(!world.paid(ORDER).await);
    assert_eq!(world.press_with(id, "wrong", "k1").await, PressAnswer::Failed(Failure::Voided));
    assert_eq!(world.bank.debits(id), 0);
}

#[tokio::test]
async fn a_silent_neighbour_is_never_read_as_not_paid() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.bank.feel(Mood::AnswerLost);
    world.press(id).await;
    world.bank.set_down(true);
    world.settle_down().await;
    assert_eq!(world.close(ORDER).await, CloseAnswer::InFlight, "never closed on doubt");
    world.bank.set_down(false);
    world.settle_down().await;
    assert_eq!(world.close(ORDER).await, CloseAnswer::Paid);
}

#[tokio::test]
async fn a_redelivered_duty_changes_nothing() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.bank.feel(Mood::AnswerLost);
    world.press(id).await;
    let attempt = world.count("SELECT id FROM pay_attempts").await;
    world.double_duty(attempt).await;
    world.clock.advance(world.config.resolve_after_ms + 1);
    world.pump().await;
    world.refund(ORDER).await;
    world.refund(ORDER).await;
    assert_eq!((world.bank.debits(id), world.bank.refunds(id)), (1, 1));
    assert_eq!(world.notices(), [ORDER]);
}

#[tokio::test]
async fn nobody_pays_or_reads_anothers() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    assert_eq!(world.apply_as(ROSE, ORDER, TOTAL, None).await, Applied::NotFound);
    let paths = [
        (Method::POST, format!("/pay-orders/{id}"), Some(json!({"pw": PASSWORD}))),
        (Method::GET, format!("/pay-orders/biz/{ORDER}"), None),
        (Method::GET, format!("/pay-orders/biz/{OTHER}"), None),
    ];
    for (method, path, body) in paths {
        let caller = Some(principal(ROSE.0, Role::Buyer));
        let sent = Sent { method, path: &path, caller, key: None, body };
        assert_eq!(call(&world.router(), sent).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(world.service.own(ROSE).await.unwrap().is_empty());
}

#[tokio::test]
async fn no_user_closes_or_refunds() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.press(id).await;
    let batch = json!({"orderIds": [ORDER]});
    let one = |end: &str| (format!("/pay-orders/biz/{ORDER}/{end}"), None);
    let many = |end: &str| (format!("/pay-orders/biz/{end}"), Some(batch.clone()));
    let all: [(String, Option<Value>); 5] =
        [one("close"), one("refund"), many("close"), many("refund"), many("status")];
    for (path, body) in all {
        for role in [Role::Buyer, Role::StaffRead, Role::Staff] {
            let caller = Some(principal(JACK.0, role));
            let sent = Sent { method: Method::POST, path: &path, caller, key: None, body: body.clone() };
            assert_eq!(call(&world.router(), sent).await.0, StatusCode::FORBIDDEN, "{path} {role:?}");
        }
        let nobody = Sent { method: Method::POST, path: &path, caller: None, key: None, body };
        assert_eq!(call(&world.router(), nobody).await.0, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert!(world.paid(ORDER).await);
    assert_eq!(world.bank.refunds(id), 0);
}

#[tokio::test]
async fn a_missing_order_is_not_found() {
    let Some(world) = World::new().await else { return };
    assert_eq!(world.apply(OrderId(404)).await, Applied::NotFound);
    for role in [Role::Buyer, Role::Staff] {
        let caller = Some(principal(JACK.0, role));
        let sent = Sent { method: Method::GET, path: "/pay-orders/biz/404", caller, key: None, body: None };
        assert_eq!(call(&world.router(), sent).await.0, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_retry_with_the_same_key_pays_once() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    for _ in 0..3 {
        assert_eq!(world.press_with(id, PASSWORD, "k1").await, PressAnswer::Paid);
    }
    assert_eq!((world.bank.asked(), world.bank.debits(id)), (1, 1));
}

#[tokio::test]
async fn one_bad_row_neither_stops_the_sweep_nor_starves_what_is_behind_it() {
    let Some(world) = World::new().await else { return };
    let (bad, good) = (world.pay_order(ORDER).await, world.pay_order(OTHER).await);
    world.bank.feel(Mood::AnswerLost);
    world.press(bad).await;
    world.press(good).await;
    world.lose_messages().await;
    world.corrupt(&format!("UPDATE pay_orders SET state = 9, next_sweep_at = 0 WHERE id = {bad}")).await;
    world.clock.advance(world.config.resolve_after_ms + world.config.sweep_grace_ms);
    world.sweep().await;
    assert!(world.paid(OTHER).await);
    let answers = Pay::close(&world.service, vec![ORDER, OTHER]).await.unwrap();
    assert_eq!(answers, [CloseAnswer::InFlight, CloseAnswer::Paid], "nothing is concluded from a bad row");
    let statuses = Pay::status(&world.service, vec![ORDER]).await.unwrap();
    assert_eq!(statuses, [PayStatus::NotPaid]);
    assert_eq!(world.refund(ORDER).await, RefundAnswer::Refunding);
    assert!(world.count("SELECT next_sweep_at FROM pay_orders WHERE state = 9").await > world.now().0);
}

#[tokio::test]
async fn a_poison_duty_is_buried_after_a_few_tries_and_delays_nobody() {
    let Some(world) = World::new().await else { return };
    let (bad, good) = (world.pay_order(ORDER).await, world.pay_order(OTHER).await);
    world.bank.feel(Mood::AnswerLost);
    world.press(bad).await;
    world.press(good).await;
    world.corrupt(&format!("UPDATE pay_orders SET state = 9 WHERE id = {bad}")).await;
    world.clock.advance(world.config.resolve_after_ms);
    world.pump().await;
    assert!(world.paid(OTHER).await);
    for _ in 0..10 {
        world.clock.advance(world.config.retry_cap_ms);
        world.pump().await;
    }
    assert_eq!((world.dead_letters().await, world.messages().await), (1, 0));
}

#[tokio::test]
async fn windows_over_a_day_are_kept_to_the_millisecond() {
    let Some(world) = World::new().await else { return };
    let deadline = START + 40 * 24 * clock::HOUR;
    world.shop.put(ORDER, payable(deadline));
    let id = world.pay_order(ORDER).await;
    world.clock.set(deadline - 1);
    assert_eq!(world.press(id).await, PressAnswer::Paid);
    world.shop.put(OTHER, payable(deadline));
    world.clock.set(START + WINDOW_MS);
    let other = world.pay_order(OTHER).await;
    world.clock.set(deadline);
    assert_eq!(world.press(other).await, PressAnswer::Overdue);
}
