//! Money that comes when the order is closed: it goes back, once, however long that takes.

use edge::Role;
use edge::testing::{Sent, call, principal};
use model::pay_order::{Bill, CloseAnswer, State};
use model::{Ms, PayOrderId};
use pay::watch::Trouble;
use serde_json::{Value, json};

use crate::world::{JACK, ORDER, TOTAL, World};

/// An order that is closed, and whose bill the provider has closed.
async fn closed() -> Option<(World, PayOrderId)> {
    let world = World::new().await?;
    let id = world.bill(ORDER).await;
    world.close(ORDER).await;
    world.pump().await;
    assert_eq!(world.close(ORDER).await, CloseAnswer::Closed);
    Some((world, id))
}

async fn seen(world: &World) -> Value {
    let (path, caller) = (format!("/pay-orders/biz/{ORDER}"), Some(principal(JACK.0, Role::Buyer)));
    let sent = Sent { method: http::Method::GET, path: &path, caller, key: None, body: None };
    call(&world.router(), sent).await.1
}

fn refund(seen: &Value) -> Value {
    let text = seen["expandJson"].as_str().unwrap_or("null");
    serde_json::from_str::<Value>(text).unwrap()["refund"].clone()
}

/// What staff see in trouble, and since when.
async fn troubles(world: &World) -> Vec<(Trouble, Ms)> {
    world.service.look().await.unwrap();
    world.service.picture().troubled.iter().map(|troubled| (troubled.trouble, troubled.since)).collect()
}

#[tokio::test]
async fn a_provider_that_is_silent_is_seen_once_it_has_been_so_for_long_and_so_is_what_it_is_asked() {
    let Some(world) = World::new().await else { return };
    world.till.set_down(true);
    let id = world.bill(ORDER).await;
    let opened = world.now();
    assert_eq!(troubles(&world).await, [], "it may yet answer");
    world.clock.advance(60_000);
    assert_eq!(troubles(&world).await, [(Trouble::BillUnknown, opened)]);
    let story = staff_see(&world, "/staff/payments/orders/501").await;
    assert_eq!((&story["bill"]["state"], &story["bill"]["channel"]), (&json!("opening"), &json!("sandbox")));
    let listed = staff_see(&world, "/staff/payments/attention").await;
    assert_eq!(listed["list"][0]["kind"], json!("billUnknown"));
    let health = staff_see(&world, "/staff/payments/health").await;
    assert_eq!((&health["unknown"], &health["refundsLate"]), (&json!(1), &json!(0)));
    world.till.set_down(false);
    world.pass(5).await;
    assert_eq!(world.record(ORDER).await.pay_order.bill, Bill::Open, "{id}");
    world.clock.advance(60_000);
    assert_eq!(troubles(&world).await, [], "an open bill waits for its buyer");
}

async fn staff_see(world: &World, path: &str) -> Value {
    let caller = Some(principal(JACK.0, Role::Staff));
    call(&world.router(), Sent { method: http::Method::GET, path, caller, key: None, body: None }).await.1
}

#[tokio::test]
async fn late_money_goes_back_once_and_the_order_stays_closed() {
    let Some((world, id)) = closed().await else { return };
    let closed_at = world.record(ORDER).await.closed_at;
    world.clock.advance(1_000);
    world.till.pay(id, TOTAL);
    for _ in 0..3 {
        world.notice(id, "paid", TOTAL).await;
    }
    assert_eq!(seen(&world).await["resultCode"], "late_money_refunding");
    world.pass(3).await;
    world.notice(id, "paid", TOTAL).await;
    world.pass(3).await;
    let record = world.record(ORDER).await;
    assert_eq!((record.pay_order.state, record.pay_order.bill), (State::Closed, Bill::Returned));
    assert_eq!(record.closed_at, closed_at);
    assert_eq!(world.till.refunds(id), [TOTAL]);
    assert_eq!(world.close(ORDER).await, CloseAnswer::Closed);
    assert!(world.notices().is_empty(), "nobody is told that it was paid");
    let seen = seen(&world).await;
    assert_eq!((&seen["status"], &seen["resultCode"]), (&json!(2), &json!("late_money_refunded")));
    let reference = format!("R{id}");
    let back = json!({ "state": "refunded", "amount": TOTAL, "reason": "late", "reference": reference });
    assert_eq!(refund(&seen), back);
}

#[tokio::test]
async fn late_money_nobody_tells_of_is_found_by_looking_for_a_while() {
    let Some((world, id)) = closed().await else { return };
    world.till.pay(id, TOTAL);
    world.lose_messages().await;
    world.pass(6).await;
    assert_eq!(world.till.refunds(id), [TOTAL]);
}

#[tokio::test]
async fn a_closed_bill_is_not_looked_at_for_ever() {
    let Some((world, _)) = closed().await else { return };
    let watched = "SELECT count(*) FROM pay_orders WHERE bill_sweep_at IS NOT NULL";
    assert_eq!(world.count(watched).await, 1);
    let asked = world.till.asked();
    world
        .pass(usize::try_from(2 * world.config.closed_look_ms / world.config.sweep_rest_ms_max).unwrap())
        .await;
    assert_eq!(world.count(watched).await, 0);
    assert!((5..15).contains(&(world.till.asked() - asked)));
}

#[tokio::test]
async fn a_refund_that_keeps_failing_is_tried_for_ever_and_stays_visible() {
    let Some((world, id)) = closed().await else { return };
    world.till.refuse_refunds(usize::MAX);
    world.till.pay(id, TOTAL);
    world.notice(id, "paid", TOTAL).await;
    let asked = world.till.asked();
    world.pass(60).await;
    assert!(world.till.asked() - asked >= 50, "it is asked again and again");
    assert_eq!((world.dead_letters().await, world.messages().await), (0, 0));
    let fact = world.facts().await.remove(0);
    assert_eq!((fact.pay_order.state, fact.pay_order.bill), (State::Closed, Bill::Returning));
    assert_eq!(refund(&seen(&world).await)["state"], "refunding");
    let owed = world.owed().await;
    let since = fact.bill.map(|bill| bill.since);
    assert_eq!((owed.returning, owed.oldest_refund), (1, since));
    assert_eq!(troubles(&world).await, [(Trouble::BillRefunding, since.unwrap())], "staff see it");
    world.till.refuse_refunds(0);
    world.pass(2).await;
    assert_eq!(troubles(&world).await, []);
    assert_eq!((world.till.refunds(id), world.owed().await.returning), (vec![TOTAL], 0));
}

#[tokio::test]
async fn neither_silence_nor_lost_answers_nor_slow_refunds_give_money_back_twice() {
    let Some((world, id)) = closed().await else { return };
    world.till.pay(id, TOTAL);
    world.till.set_down(true);
    world.notice(id, "paid", TOTAL).await;
    world.pass(5).await;
    world.till.set_down(false);
    world.till.lose_answers(true);
    world.pass(5).await;
    world.till.lose_answers(false);
    world.till.accept_refunds(3);
    world.lose_messages().await;
    world.pass(8).await;
    assert_eq!(world.till.refunds(id), [TOTAL]);
    assert_eq!(world.record(ORDER).await.pay_order.bill, Bill::Returned);
}
