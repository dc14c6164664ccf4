//! Many at once.

use std::time::Duration;

use http::StatusCode;

use crate::world::{PRICE, World};

const PAID: i64 = 2;
const CLOSED: i64 = 5;

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_buyers_and_ten_pieces_make_exactly_ten_orders() {
    let world = World::start(10, "30m").await;
    let mut crowd = Vec::new();
    for n in 0..64 {
        crowd.push(world.buyer(&format!("buyer{n}"), 0).await);
    }
    let orders = crowd.into_iter().map(|buyer| tokio::spawn(async move { buyer.order(None).await.0 }));
    let (mut got, mut refused) = (0, 0);
    for order in orders.collect::<Vec<_>>() {
        match order.await.unwrap() {
            StatusCode::OK => got += 1,
            StatusCode::CONFLICT => refused += 1,
            other => panic!("{other}"),
        }
    }
    assert_eq!((got, refused, world.available().await), (10, 54, 0));
    world.quiet().await;
    world.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_order_paid_by_two_clients_at_once_is_debited_once() {
    let world = World::start(100, "30m").await;
    let buyer = world.buyer("jack", 100 * PRICE).await;
    for round in 1..=20 {
        let order = buyer.must_order().await;
        let (_, pay_order) = buyer.open_payment(&order).await;
        let (one, other) = tokio::join!(buyer.press(&pay_order, None), buyer.press(&pay_order, None));
        assert!([one.0, other.0].contains(&StatusCode::OK), "{one:?} {other:?}");
        assert_eq!(buyer.balance().await, (100 - round) * PRICE);
    }
    world.quiet().await;
    world.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paying_and_cancelling_at_the_same_moment_has_one_winner() {
    const ROUNDS: i64 = 500;
    let world = World::start(1_000, "30m").await;
    let buyer = world.buyer("jack", ROUNDS * PRICE).await;
    let mut orders = Vec::new();
    for round in 0..ROUNDS {
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
        orders.push(order);
    }
    world.pass(6_000).await;
    let (paid, closed) = (world.in_state(PAID).await, world.in_state(CLOSED).await);
    assert_eq!(paid + closed, ROUNDS, "some order is neither");
    assert!(paid >= ROUNDS / 10 && closed >= ROUNDS / 10, "paid {paid}, closed {closed}");
    assert_eq!(buyer.balance().await, (ROUNDS - paid) * PRICE);
    assert_eq!(world.available().await, 1_000 - paid);
    world.assert_clean(0).await;
}
