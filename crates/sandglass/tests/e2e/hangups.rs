//! Clients that hang up, and retry.

use std::collections::BTreeSet;

use http::StatusCode;

use crate::world::{PAID, PRICE, UNPAID, World};

/// The moments in which a client hangs up: each one in this process, some of them over a network.
fn moments(world: &World, last: u32) -> impl Iterator<Item = u32> {
    (1..last).step_by(usize::try_from(last / world.few(last)).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_while_placing_has_one_order_after_its_retry() {
    let world = World::start(1_000).await;
    let buyer = world.buyer("jack", 0).await;
    let (mut orders, mut keys) = (BTreeSet::new(), 0);
    for moment in moments(&world, 120) {
        let key = format!("place-{moment}");
        buyer.hang_up(moment, buyer.order(Some(&key))).await;
        let (status, id) = buyer.order(Some(&key)).await;
        assert_eq!(status, StatusCode::OK, "{id}");
        assert_eq!(buyer.order(Some(&key)).await.1, id, "the same key made another order");
        orders.insert(id.to_string());
        keys += 1;
    }
    assert_eq!((orders.len(), buyer.in_state(UNPAID).await), (keys, i64::try_from(keys).unwrap()));
    assert_eq!(buyer.available().await, 1_000 - i64::try_from(keys).unwrap());
    world.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_while_paying_is_debited_once_after_its_retry() {
    let world = World::start(1_000).await;
    let buyer = world.buyer("jack", 1_000 * PRICE).await;
    let mut paid = 0;
    for moment in moments(&world, 80) {
        let order = buyer.must_order().await;
        let (_, pay_order) = buyer.open_payment(&order).await;
        let key = format!("pay-{moment}");
        buyer.hang_up(moment, buyer.press(&pay_order, Some(&key))).await;
        // While the press that was given up is still under way, its retry is told so.
        let told = async || buyer.press(&pay_order, Some(&key)).await.0 != StatusCode::CONFLICT;
        world.within(0, "the press that was given up is decided", told).await;
        let (status, body) = buyer.press(&pay_order, Some(&key)).await;
        assert!([StatusCode::OK, StatusCode::ACCEPTED].contains(&status), "{status} {body}");
        paid += 1;
    }
    world.within(4_000, "every order is paid", async || buyer.in_state(PAID).await == paid).await;
    assert_eq!(buyer.balance().await, (1_000 - paid) * PRICE);
    world.assert_clean(0).await;
}
