//! Parts of the shop that do not answer, and notices that are lost.

use http::StatusCode;
use sandglass::chaos::Positions;

use crate::world::{CLOSED, PAID, PRICE, Person, UNPAID, World};

/// No switch is named.
const AS_IT_IS: Positions = Positions::AS_IT_IS;

async fn lose_notices(world: &World, on: bool) {
    world.switch(Positions { lose_pay_success: Some(on), ..AS_IT_IS }).await;
}

async fn freeze_pay(world: &World, on: bool) {
    world.switch(Positions { freeze_pay: Some(on), ..AS_IT_IS }).await;
}

async fn freeze_item(world: &World, on: bool) {
    world.switch(Positions { freeze_item: Some(on), ..AS_IT_IS }).await;
}

async fn freeze_user(world: &World, on: bool) {
    world.switch(Positions { freeze_user: Some(on), ..AS_IT_IS }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_notice_is_healed_by_the_delayed_check() {
    let world = World::start_alone(10).await;
    let buyer = world.buyer("jack", PRICE).await;
    lose_notices(&world, true).await;
    let order = buyer.buy().await;
    world
        .within(world.check_ms() + 1_000, "it is paid", async || buyer.status_of(&order).await == PAID)
        .await;
    lose_notices(&world, false).await;
    let applied = buyer.recorded(&order, "paymentApplied").await;
    let paid = buyer.recorded(&order, "paid").await;
    assert_eq!((applied.len(), paid.len()), (1, 1), "{applied:?} {paid:?}");
    assert_eq!(paid[0].1, "timer", "who told?");
    assert!(paid[0].0 >= applied[0].0 + world.check_ms(), "{applied:?} {paid:?}");
    world.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_payment_service_is_never_read_as_not_paid() {
    let world = World::start_alone(5_000).await;
    // Fewer still: all must be placed within the window.
    let bought_count = world.few(world.few(200));
    let orders_count = i64::from(5 * bought_count);
    let buyer = world.buyer("jack", i64::from(bought_count) * PRICE).await.hurried();
    lose_notices(&world, true).await;
    let mut orders = Vec::new();
    for n in 0..orders_count {
        // The bought ones come last: no check shall find them before `pay` is frozen.
        let is_bought = n >= orders_count - i64::from(bought_count);
        orders.push(if is_bought { buyer.buy().await } else { buyer.must_order().await });
    }
    freeze_pay(&world, true).await;
    let doubtful = unpaid_of(&buyer, &orders).await;
    assert!(doubtful.contains(&orders[0]) && doubtful.contains(orders.last().unwrap()));
    world.pass(world.window_ms() + 1_000).await;
    assert_eq!(unpaid_of(&buyer, &doubtful).await, doubtful, "doubt decided an order");

    freeze_pay(&world, false).await;
    let paid = i64::from(bought_count);
    let decided =
        async || (buyer.in_state(PAID).await, buyer.in_state(CLOSED).await) == (paid, orders_count - paid);
    world.within(3_000, "every order is decided", decided).await;
    lose_notices(&world, false).await;
    world.within(1_000, "stock comes back", async || buyer.available().await == 5_000 - paid).await;
    assert_eq!(buyer.balance().await, 0);
    world.assert_clean(0).await;
}

/// Those of `orders` that wait for their payment.
async fn unpaid_of(buyer: &Person, orders: &[String]) -> Vec<String> {
    let mut unpaid = Vec::new();
    for order in orders {
        if buyer.status_of(order).await == UNPAID {
            unpaid.push(order.clone());
        }
    }
    unpaid
}

#[tokio::test(flavor = "multi_thread")]
async fn pressing_pay_while_pay_is_frozen_costs_nothing_and_works_afterwards() {
    let world = World::start_alone(10).await;
    let buyer = world.buyer("jack", PRICE).await;
    let order = buyer.must_order().await;
    let (_, pay_order) = buyer.open_payment(&order).await;
    freeze_pay(&world, true).await;
    assert_eq!(buyer.press(&pay_order, Some("k")).await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(buyer.balance().await, PRICE);
    freeze_pay(&world, false).await;
    assert_eq!(buyer.press(&pay_order, Some("k")).await.0, StatusCode::OK);
    assert_eq!(buyer.balance().await, 0);
    world.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_no_stock_was_held_for_is_gone_on_with_under_its_key() {
    let world = World::start_alone(10).await;
    let buyer = world.buyer("jack", 0).await;
    freeze_item(&world, true).await;
    // One comes back to its order, the other does not.
    for key in ["kept", "given up"] {
        assert_eq!(buyer.order(Some(key)).await.0, StatusCode::SERVICE_UNAVAILABLE);
    }
    freeze_item(&world, false).await;
    let (status, id) = buyer.order(Some("kept")).await;
    assert_eq!(status, StatusCode::OK, "{id}");
    assert_eq!(buyer.order(Some("kept")).await.1, id);
    assert_eq!((buyer.in_state(UNPAID).await, buyer.available().await), (1, 9));
    assert_eq!(buyer.cancel(id.as_str().unwrap()).await, StatusCode::OK);
    world.within(12_000, "stock comes back", async || buyer.available().await == 10).await;
    world.assert_clean(12_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_that_item_cannot_take_back_yet_comes_back_when_it_can() {
    let world = World::start_alone(10).await;
    let buyer = world.buyer("jack", PRICE).await;
    let (sold, released) = (buyer.buy().await, buyer.must_order().await);
    world.within(1_000, "it is paid", async || buyer.status_of(&sold).await == PAID).await;
    freeze_item(&world, true).await;
    let status = buyer.cancel(&released).await;
    assert!([StatusCode::OK, StatusCode::ACCEPTED].contains(&status), "{status}");
    assert_eq!(buyer.status_of(&released).await, CLOSED, "closing does not wait for `item`");
    freeze_item(&world, false).await;
    world.within(3_000, "stock comes back", async || buyer.available().await == 9).await;
    world.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_that_does_not_answer_leaves_the_order_payable_and_debits_once() {
    let world = World::start_alone(10).await;
    let buyer = world.buyer("jack", 2 * PRICE).await;
    let order = buyer.must_order().await;
    let (_, pay_order) = buyer.open_payment(&order).await;
    freeze_user(&world, true).await;
    assert_eq!(buyer.press(&pay_order, None).await.0, StatusCode::ACCEPTED, "nobody knows");
    assert_eq!(buyer.status_of(&order).await, UNPAID);
    freeze_user(&world, false).await;
    // The attempt is voided at the wallet, or was debited; either way the next press can be answered.
    let pressed = async || buyer.press(&pay_order, None).await.0 == StatusCode::OK;
    world.within(5_000, "it can be paid", pressed).await;
    world.within(1_000, "it is paid", async || buyer.status_of(&order).await == PAID).await;
    assert_eq!(buyer.balance().await, PRICE);
    world.assert_clean(0).await;
}
