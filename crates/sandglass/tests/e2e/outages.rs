//! Parts of the shop that do not answer, and notices that are lost.

use http::StatusCode;
use sandglass::chaos::Positions;

use crate::world::{PRICE, World};

const UNPAID: i64 = 1;
const PAID: i64 = 2;
const CLOSED: i64 = 5;

fn freeze(world: &World, on: bool) {
    world.shop.switches.set(Positions { freeze_pay: Some(on), lose_pay_success: None });
}

fn lose(world: &World, on: bool) {
    world.shop.switches.set(Positions { lose_pay_success: Some(on), freeze_pay: None });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_notice_is_healed_by_the_delayed_check() {
    let world = World::start(10, "30m").await;
    let buyer = world.buyer("jack", PRICE).await;
    lose(&world, true);
    let order = buyer.buy().await;
    world.pass(9_000).await;
    assert_eq!(buyer.status_of(&order).await, UNPAID);
    world.pass(2_000).await;
    assert_eq!(buyer.status_of(&order).await, PAID);
    world.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_payment_service_is_never_read_as_not_paid() {
    const ORDERS: i64 = 1_000;
    const A_FIFTH: i64 = ORDERS / 5;
    let world = World::start(5_000, "20s").await;
    let buyer = world.buyer("jack", A_FIFTH * PRICE).await;
    lose(&world, true);
    for n in 0..ORDERS {
        if n % 5 == 0 { drop(buyer.buy().await) } else { drop(buyer.must_order().await) }
    }
    freeze(&world, true);
    world.clock.advance(60_000);
    world.shop.trade().unwrap().sweep_once(0).await.unwrap();
    assert_eq!((world.in_state(CLOSED).await, world.in_state(PAID).await), (0, 0), "doubt decided an order");

    freeze(&world, false);
    world.pass(3_000).await;
    assert_eq!((world.in_state(PAID).await, world.in_state(CLOSED).await), (A_FIFTH, ORDERS - A_FIFTH));
    assert_eq!(world.available().await, 5_000 - A_FIFTH);
    world.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pressing_pay_while_pay_is_frozen_costs_nothing_and_works_afterwards() {
    let world = World::start(10, "30m").await;
    let buyer = world.buyer("jack", PRICE).await;
    let order = buyer.must_order().await;
    let (_, pay_order) = buyer.open_payment(&order).await;
    freeze(&world, true);
    assert_eq!(buyer.press(&pay_order, Some("k")).await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(buyer.balance().await, PRICE);
    freeze(&world, false);
    assert_eq!(buyer.press(&pay_order, Some("k")).await.0, StatusCode::OK);
    assert_eq!(buyer.balance().await, 0);
}
