//! Deadlines.

use sandglass::chaos::Positions;

use crate::world::told::skipped_on_a_cluster;
use crate::world::{CLOSED, Local, PAID, PRICE, World, time};

#[tokio::test(flavor = "multi_thread")]
async fn unpaid_orders_close_at_their_deadline_and_their_stock_comes_back_exactly() {
    let world = World::start(500).await;
    let buyer = world.buyer("jack", 0).await.hurried();
    let count = i64::from(world.few(200));
    let mut orders = Vec::new();
    for _ in 0..count {
        orders.push(buyer.must_order().await);
    }
    let all_closed = async || buyer.in_state(CLOSED).await == count;
    world.within(world.window_ms() + 750, "every order is closed", all_closed).await;
    world.within(250, "stock comes back", async || buyer.available().await == 500).await;
    for order in &orders {
        let seen = buyer.seen(order).await;
        assert_eq!(seen["closeReason"], "timeout");
        assert!(time(&seen["closeTime"]) >= time(&seen["deadline"]), "closed early: {seen}");
        let closed = buyer.recorded(order, "closed").await;
        assert_eq!(closed.len(), 1, "{closed:?}");
        assert_eq!(closed[0].1, "timer", "no message came in time");
    }
    world.assert_clean(1_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_fall_due_while_nobody_keeps_them_end_afterwards() {
    let world = World::start_alone(500).await;
    let buyer = world.buyer("jack", 10 * PRICE).await.hurried();
    let count = world.few(50);
    for _ in 0..count {
        buyer.must_order().await;
    }
    let bought = buyer.buy().await;
    let unpaid = i64::from(count);
    let window_ms = world.window_ms();
    let world = world.away(window_ms + 1_000).await;
    let buyer = world.again(&buyer).await;
    let ended = async || buyer.in_state(CLOSED).await == unpaid && buyer.status_of(&bought).await == PAID;
    world.within(1_000, "every order has its end", ended).await;
    world.within(1_000, "stock comes back", async || buyer.available().await == 499).await;
    world.assert_clean(5_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_every_message_deleted_by_hand_the_sweeps_end_and_settle_every_order() {
    let name = "with_every_message_deleted_by_hand_the_sweeps_end_and_settle_every_order";
    if skipped_on_a_cluster(name, "it deletes rows of tables by hand") {
        return;
    }
    let world = Local::start(500).await;
    let buyer = world.buyer("jack", 100 * PRICE).await.hurried();
    let mut paid = Vec::new();
    world.shop.switches.set(Positions { lose_pay_success: Some(true), ..Positions::default() });
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
    world.pass(21_000).await;
    assert_eq!(world.in_state(CLOSED).await, 0, "who told them?");
    let ended = async || world.in_state(CLOSED).await == 40 && world.in_state(PAID).await == 20;
    world.within(45_000, "the sweeps end every order", ended).await;
    world.within(0, "stock comes back", async || world.available().await == 480).await;
    for order in &paid {
        assert_eq!(buyer.status_of(order).await, PAID);
    }
    assert_eq!((world.available().await, buyer.balance().await), (480, 80 * PRICE));
    world.quiet().await;
    world.assert_clean(0).await;
}
