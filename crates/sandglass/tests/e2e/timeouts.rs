//! Deadlines.

use crate::world::{PRICE, World, until};

const PAID: i64 = 2;
const CLOSED: i64 = 5;

#[tokio::test(flavor = "multi_thread")]
async fn unpaid_orders_close_at_their_deadline_and_their_stock_comes_back_exactly() {
    let world = World::start(500, "3s").await;
    let buyer = world.buyer("jack", 0).await;
    for _ in 0..200 {
        buyer.must_order().await;
    }
    assert_eq!(world.available().await, 300);
    world.pass(2_750).await;
    assert_eq!(world.in_state(CLOSED).await, 0, "one was closed early");
    world.pass(1_000).await;
    assert_eq!((world.in_state(CLOSED).await, world.available().await), (200, 500));
    world.assert_clean(1_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_fall_due_while_the_process_is_away_end_after_the_restart() {
    let world = World::start(500, "3s").await;
    let buyer = world.buyer("jack", 10 * PRICE).await;
    for _ in 0..50 {
        buyer.must_order().await;
    }
    let bought = buyer.buy().await;
    let clock = world.clock.clone();
    let world = world.restart().await;
    clock.advance(3_600_000);
    world.pass(1_000).await;
    let buyer = world.login(buyer.id, "jack").await;
    assert_eq!(world.in_state(CLOSED).await, 50);
    assert_eq!(buyer.status_of(&bought).await, 2);
    assert_eq!(world.available().await, 499);
    world.assert_clean(5_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_every_message_deleted_by_hand_the_sweeps_end_and_settle_every_order() {
    let world = World::start(500, "1m").await;
    let buyer = world.buyer("jack", 100 * PRICE).await;
    let mut paid = Vec::new();
    world.shop.switches.set(sandglass::chaos::Positions { lose_pay_success: Some(true), freeze_pay: None });
    for n in 0..60 {
        match n % 3 {
            0 => drop(buyer.must_order().await),
            1 => drop(buyer.open_payment(&buyer.must_order().await).await),
            _ => paid.push(buyer.buy().await),
        }
    }
    world.by_hand("DELETE FROM trade_outbox; DELETE FROM pay_outbox;").await;
    for lane in &world.shop.lanes {
        lane.inbox.reload();
    }
    world.pass(61_000).await;
    assert_eq!(world.in_state(CLOSED).await, 0, "who told them?");
    // The sweeps work beside the clock: let their time come, then wait for what they do.
    world.pass(45_000).await;
    until(|| async { world.in_state(CLOSED).await == 40 && world.in_state(PAID).await == 20 }).await;
    until(|| async { world.available().await == 480 }).await;
    for order in &paid {
        assert_eq!(buyer.status_of(order).await, 2);
    }
    assert_eq!((world.available().await, buyer.balance().await), (480, 80 * PRICE));
    world.quiet().await;
    world.assert_clean(0).await;
}
