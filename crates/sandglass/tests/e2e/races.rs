//! Many at once.

use std::time::Duration;

use http::StatusCode;

use crate::world::{CLOSED, PAID, PRICE, World};

#[tokio::test(flavor = "multi_thread")]
async fn more_buyers_than_pieces_make_exactly_as_many_orders_as_there_are_pieces() {
    let world = World::start(10).await;
    let crowd_size = 10 + world.few(54);
    let mut crowd = Vec::new();
    for n in 0..crowd_size {
        crowd.push(world.buyer(&format!("buyer{n}"), 0).await);
    }
    let onlooker = crowd[0].clone();
    let orders = crowd.into_iter().map(|buyer| tokio::spawn(async move { buyer.order(None).await.0 }));
    let (mut got, mut refused) = (0, 0);
    for order in orders.collect::<Vec<_>>() {
        match order.await.unwrap() {
            StatusCode::OK => got += 1,
            StatusCode::CONFLICT => refused += 1,
            other => panic!("{other}"),
        }
    }
    assert_eq!((got, refused, onlooker.available().await), (10, crowd_size - 10, 0));
    world.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_order_paid_by_two_clients_at_once_is_debited_once() {
    let world = World::start(100).await;
    let buyer = world.buyer("jack", 100 * PRICE).await;
    for round in 1..=i64::from(world.few(20)) {
        let order = buyer.must_order().await;
        let (_, pay_order) = buyer.open_payment(&order).await;
        let (one, other) = tokio::join!(buyer.press(&pay_order, None), buyer.press(&pay_order, None));
        assert!([one.0, other.0].contains(&StatusCode::OK), "{one:?} {other:?}");
        assert_eq!(buyer.balance().await, (100 - round) * PRICE);
    }
    world.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paying_and_cancelling_at_the_same_moment_has_one_winner() {
    let world = World::start(1_000).await;
    let rounds = i64::from(world.few(500));
    let buyer = world.buyer("jack", rounds * PRICE).await;
    for round in 0..rounds {
        let order = buyer.must_order().await;
        let (_, pay_order) = buyer.open_payment(&order).await;
        let offset_ms = round % 41 - 20;
        let press = async {
            tokio::time::sleep(Duration::from_millis(offset_ms.max(0).unsigned_abs())).await;
            buyer.press(&pay_order, None).await
        };
        let cancel = async {
            tokio::time::sleep(Duration::from_millis(offset_ms.min(0).unsigned_abs())).await;
            buyer.cancel(&order).await
        };
        tokio::join!(press, cancel);
    }
    let decided = async || buyer.in_state(PAID).await + buyer.in_state(CLOSED).await == rounds;
    world.within(6_000, "every order is paid or closed", decided).await;
    let (paid, closed) = (buyer.in_state(PAID).await, buyer.in_state(CLOSED).await);
    assert!(paid >= rounds / 10 && closed >= rounds / 10, "paid {paid}, closed {closed}");
    assert_eq!(buyer.balance().await, (rounds - paid) * PRICE);
    world.within(1_000, "stock comes back", async || buyer.available().await == 1_000 - paid).await;
    world.assert_clean(0).await;
}
