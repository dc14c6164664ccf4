//! What a provider tells, in whatever order it comes.

use edge::testing::{Sent, call};
use http::StatusCode;
use model::pay_order::{Bill, Refund, State};
use model::{Cents, PayOrderId};
use pay::NoticeAnswer;
use pay::channel::BadNotice;
use serde_json::json;

use crate::till::TOLERANCE_MS;
use crate::world::{ORDER, OTHER, TOTAL, World};

const PAID: State = State::Success { refund: Refund::None };

async fn state(world: &World) -> State {
    world.record(ORDER).await.pay_order.state
}

#[tokio::test]
async fn a_notice_of_money_pays_once_however_often_it_comes() {
    let Some(world) = World::new().await else { return };
    let id = world.bill(ORDER).await;
    world.till.pay(id, TOTAL);
    for _ in 0..3 {
        assert_eq!(world.notice(id, "paid", TOTAL).await, NoticeAnswer::Heard);
    }
    world.pass(3).await;
    assert_eq!((state(&world).await, world.notices().as_slice()), (PAID, [ORDER].as_slice()));
    assert_eq!((world.till.refunds(id), world.messages().await), (vec![], 0));
}

#[tokio::test]
async fn notices_overtaken_by_the_money_change_nothing() {
    let Some(world) = World::new().await else { return };
    let id = world.bill(ORDER).await;
    world.till.pay(id, TOTAL);
    world.notice(id, "paid", TOTAL).await;
    let before = world.record(ORDER).await;
    world.clock.advance(1);
    for late in ["closed", "created", "refunded"] {
        assert_eq!(world.notice(id, late, TOTAL).await, NoticeAnswer::Heard);
    }
    assert_eq!(world.record(ORDER).await, before);
}

#[tokio::test]
async fn a_notice_that_comes_before_the_answer_to_making_the_bill_counts() {
    let Some(world) = World::new().await else { return };
    world.till.lose_answers(true);
    let id = world.bill(ORDER).await;
    assert_eq!(world.record(ORDER).await.pay_order.bill, Bill::Opening);
    world.till.pay(id, TOTAL);
    assert_eq!(world.notice(id, "paid", TOTAL).await, NoticeAnswer::Heard);
    world.till.lose_answers(false);
    world.pass(2).await;
    assert_eq!((state(&world).await, world.till.made(id), world.messages().await), (PAID, 1, 0));
}

#[tokio::test]
async fn a_notice_that_says_closed_is_believed_only_after_asking() {
    let Some(world) = World::new().await else { return };
    let id = world.bill(ORDER).await;
    world.till.pay(id, TOTAL);
    assert_eq!(world.notice(id, "closed", TOTAL).await, NoticeAnswer::Heard);
    assert_eq!(state(&world).await, PAID, "the provider was asked, and it has the money");
}

#[tokio::test]
async fn while_the_provider_is_silent_a_notice_of_money_still_counts_and_others_wait() {
    let Some(world) = World::new().await else { return };
    let id = world.bill(ORDER).await;
    world.till.set_down(true);
    assert_eq!(world.notice(id, "closed", TOTAL).await, NoticeAnswer::Heard);
    assert_eq!(world.record(ORDER).await.pay_order.bill, Bill::Open);
    assert_eq!(world.notice(id, "paid", TOTAL).await, NoticeAnswer::Heard);
    assert_eq!(state(&world).await, PAID);
}

#[tokio::test]
async fn a_notice_of_another_amount_never_pays() {
    let Some(world) = World::new().await else { return };
    let id = world.bill(ORDER).await;
    let other = Cents(TOTAL.0 - 1);
    for _ in 0..2 {
        assert_eq!(world.notice(id, "paid", other).await, NoticeAnswer::OtherAmount);
    }
    // The provider was asked, and has no such money.
    assert_eq!((state(&world).await, world.record(ORDER).await.pay_order.bill), (State::fresh(), Bill::Open));
    // Now it has: what was paid goes back, and the order can still be paid from the balance.
    world.till.pay(id, other);
    assert_eq!(world.notice(id, "paid", other).await, NoticeAnswer::Heard);
    world.pass(2).await;
    let record = world.record(ORDER).await;
    assert_eq!((record.pay_order.state, record.pay_order.bill), (State::fresh(), Bill::Returned));
    assert_eq!(world.till.refunds(id), [other]);
    assert!(world.notices().is_empty());
    assert_eq!(world.press(id).await, pay::PressAnswer::Paid);
}

#[tokio::test]
async fn an_order_whose_bill_was_paid_wrongly_still_closes() {
    let Some(world) = World::new().await else { return };
    let id = world.bill(ORDER).await;
    world.till.pay(id, Cents(1));
    world.close(ORDER).await;
    world.pass(3).await;
    assert_eq!(world.close(ORDER).await, model::pay_order::CloseAnswer::Closed);
    assert_eq!(world.till.refunds(id), [Cents(1)]);
}

#[tokio::test]
async fn what_is_not_signed_just_now_is_not_believed() {
    let Some(world) = World::new().await else { return };
    let id = world.bill(ORDER).await;
    let body = json!({ "id": id, "status": "paid", "amount": TOTAL }).to_string();
    for ms in [-TOLERANCE_MS - 1, TOLERANCE_MS + 1] {
        let old = world.notice_of(world.now() + ms, &body).await;
        assert_eq!(old, NoticeAnswer::Bad(BadNotice::Stale));
    }
    assert_eq!(world.notice_of(world.now(), "paid!").await, NoticeAnswer::Bad(BadNotice::Malformed));
    assert_eq!(state(&world).await, State::fresh());
    assert_eq!(world.notice_of(world.now() - TOLERANCE_MS, &body).await, NoticeAnswer::Heard);
    assert_eq!(state(&world).await, PAID);
}

#[tokio::test]
async fn a_notice_about_a_payment_nobody_made_is_not_acknowledged() {
    let Some(world) = World::new().await else { return };
    let by_balance = world.pay_order(OTHER).await;
    for unknown in [PayOrderId(77), by_balance] {
        assert_eq!(world.notice(unknown, "paid", TOTAL).await, NoticeAnswer::Unknown);
    }
    assert!(!world.paid(OTHER).await);
}

#[tokio::test]
async fn the_wire_says_what_became_of_a_notice() {
    let Some(world) = World::new().await else { return };
    let id = world.bill(ORDER).await;
    let send = async |channel: &str, body: serde_json::Value| {
        let path = format!("/pay-orders/notices/{channel}");
        let sent =
            Sent { method: http::Method::POST, path: &path, caller: None, key: None, body: Some(body) };
        let (status, problem) = call(&world.router(), sent).await;
        (status, problem["code"].as_str().unwrap_or_default().to_owned())
    };
    let body = json!({ "id": id, "status": "paid", "amount": TOTAL });
    let refused = (StatusCode::UNAUTHORIZED, "notice_not_authentic".to_owned());
    assert_eq!(send("sandbox", body.clone()).await, refused, "nobody signed it");
    assert_eq!(send("aliPay", body).await.0, StatusCode::NOT_FOUND);
}
