//! The sweep brings to its end whatever the messages do not.

use delay::PumpStatus;
use model::OrderId;
use model::pay_order::{CloseAnswer, Refund, State};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::bank::Mood;
use crate::world::{ORDER, OTHER, START, WINDOW_MS, World, payable};

#[tokio::test]
async fn with_every_message_lost_attempts_closes_and_refunds_still_end() {
    let Some(world) = World::new().await else { return };
    let (lost, refunding) = (world.pay_order(ORDER).await, world.pay_order(OTHER).await);
    world.press(refunding).await;
    world.bank.feel(Mood::LostOnTheWay);
    world.press(lost).await;
    world.close(ORDER).await;
    world.bank.set_down(true);
    world.refund(OTHER).await;
    world.bank.set_down(false);
    world.lose_messages().await;
    world.clock.advance(world.config.resolve_after_ms + world.config.sweep_grace_ms);
    world.sweep().await;
    assert_eq!(world.close(ORDER).await, CloseAnswer::Closed);
    assert_eq!(world.record(OTHER).await.pay_order.state, State::Success { refund: Refund::Refunded });
    assert_eq!(world.count("SELECT count(*) FROM pay_orders WHERE next_sweep_at IS NOT NULL").await, 0);
}

#[tokio::test]
async fn the_sweep_leaves_to_the_messages_what_is_theirs() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.bank.feel(Mood::AnswerLost);
    world.press(id).await;
    world.clock.advance(world.config.resolve_after_ms);
    world.sweep().await;
    assert!(!world.paid(ORDER).await, "within the grace");
    world.pump().await;
    assert!(world.paid(ORDER).await);
}

#[tokio::test]
async fn a_late_pump_is_not_mistaken_for_loss_but_a_hanging_one_does_not_stop_the_sweep() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.bank.feel(Mood::AnswerLost);
    world.press(id).await;
    let burst_ms = world.config.sweep_lag_ms_max / 2;
    world.clock.advance(world.config.resolve_after_ms + world.config.sweep_grace_ms);
    world.service.sweep_once(burst_ms).await.unwrap();
    assert!(!world.paid(ORDER).await, "the pump is behind, nothing is lost");
    world.clock.advance(world.config.sweep_lag_ms_max);
    world.service.sweep_once(i64::MAX).await.unwrap();
    assert!(world.paid(ORDER).await, "the sweep does not wait for ever");
}

#[tokio::test]
async fn more_rows_than_a_page_are_swept_to_the_end() {
    let Some(world) = World::new().await else { return };
    let orders: Vec<OrderId> = (1_000..1_600).map(OrderId).collect();
    world.bank.feel(Mood::AnswerLost);
    for order in &orders {
        world.shop.put(*order, payable(START + WINDOW_MS));
        let id = world.pay_order(*order).await;
        world.bank.set_balance(crate::world::JACK, crate::bank::RICH);
        world.press(id).await;
    }
    world.lose_messages().await;
    world.clock.advance(world.config.resolve_after_ms + world.config.sweep_grace_ms);
    world.sweep().await;
    assert_eq!(world.count("SELECT count(*) FROM pay_orders WHERE state = 3").await, 600);
}

#[tokio::test]
async fn the_background_sweep_forgets_old_keys_and_keeps_young_ones() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.press_with(id, "wrong", "old").await;
    world.clock.advance(engine::sqlite::KEEP_KEYS_MS);
    world.shop.extend(ORDER, world.now() + 10 * WINDOW_MS);
    world.press_with(id, "wrong", "young").await;
    let keys = "SELECT count(*) FROM pay_keys";
    assert_eq!(world.count(keys).await, 2);
    let (running, stop) = sweep_in_background(&world);
    while world.count(keys).await == 2 {
        world.clock.advance(world.config.sweep_every_ms);
        tokio::task::yield_now().await;
    }
    stop.cancel();
    running.await.unwrap();
    assert_eq!(world.count(keys).await, 1);
}

fn sweep_in_background(world: &World) -> (JoinHandle<()>, CancellationToken) {
    let stop = CancellationToken::new();
    let (service, stopped) = (world.service.clone(), stop.clone());
    let running = async move { service.sweep_forever(PumpStatus::default(), stopped).await };
    (tokio::spawn(running), stop)
}

#[tokio::test]
async fn the_sweep_runs_by_the_clock_until_it_is_stopped() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.bank.feel(Mood::AnswerLost);
    world.press(id).await;
    world.lose_messages().await;
    let (running, stop) = sweep_in_background(&world);
    while !world.paid(ORDER).await {
        world.clock.advance(world.config.sweep_every_ms);
        tokio::task::yield_now().await;
    }
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn what_the_wallet_does_not_answer_rests_longer_and_longer_but_within_bounds() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.bank.set_down(true);
    world.press(id).await;
    let next = "SELECT next_sweep_at FROM pay_orders";
    let mut last_ms = 0;
    for _ in 0..10 {
        world.clock.set(clock::Ms(world.count(next).await));
        world.sweep().await;
        let rest_ms = world.count(next).await - world.now().0;
        assert!(rest_ms >= last_ms && rest_ms <= world.config.sweep_rest_ms_max);
        last_ms = rest_ms;
    }
    assert_eq!(last_ms, world.config.sweep_rest_ms_max);
}
