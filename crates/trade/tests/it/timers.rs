//! The deadline: never early, movable until close is asked, and stubborn while `pay` is away.

use api::{Time, topics};
use clock::{Clock, MINUTE, SECOND};
use delay::{Message, Pump, Verdict};
use http::StatusCode;
use model::order::{CloseReason, State};
use model::{Actor, OrderId};
use serde_json::json;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

use crate::engines::rounds_of_outage;
use crate::till::Payment;
use crate::world::{START, WINDOW_MS, World};

async fn extend(world: &World, id: OrderId, until: clock::Ms) -> StatusCode {
    world.staff(id, "extend", None, json!({"until": Time(until).text(), "reason": "asked for"})).await
}

#[tokio::test]
async fn an_unpaid_order_is_closed_at_its_deadline_and_not_a_millisecond_before() {
    let Some(world) = World::new().await else { return };
    for id in [world.order().await, world.applied().await] {
        assert_eq!(world.header(id).await.deadline, START + WINDOW_MS);
    }
    world.pass(WINDOW_MS - 1).await;
    assert_eq!(world.count("SELECT count(*) FROM trade_orders WHERE state = 1").await, 2);
    world.pass(1).await;
    let closed =
        "SELECT count(*) FROM trade_orders WHERE state = 5 AND closed_at = deadline AND close_reason = 0";
    assert_eq!(world.count(closed).await, 2);
    let by_timer = format!("SELECT count(*) FROM trade_orders WHERE ask_actor = {}", Actor::Timer.code());
    assert_eq!(world.count(&by_timer).await, 2);
    assert_eq!((world.messages().await, world.unfinished().await), (0, 0));
}

#[tokio::test]
async fn a_timer_that_comes_early_is_armed_again_and_not_used_up() {
    let Some(world) = World::new().await else { return };
    let id = world.order().await;
    let due = START + WINDOW_MS;
    let timer = Message::new(topics::ORDER_CHECK, id.0, due, START);
    world.clock.set(due - 1);
    assert_eq!(world.hand(timer.clone()).await, Verdict::Later { due });
    assert_eq!(world.state(id).await, State::Unpaid);
    world.clock.set(due);
    assert_eq!(world.hand(timer).await, Verdict::Done);
    assert_eq!(world.state(id).await, State::Closed);
}

#[tokio::test]
async fn extending_moves_the_deadline_and_the_old_timer_does_nothing() {
    let Some(world) = World::new().await else { return };
    let id = world.order().await;
    assert_eq!(extend(&world, id, START + 2 * WINDOW_MS).await, StatusCode::OK);
    world.pass(2 * WINDOW_MS - 1).await;
    assert_eq!(world.state(id).await, State::Unpaid);
    assert_eq!(world.told(id).await, ["placed", "held", "extended"]);
    world.pass(1).await;
    let order = world.header(id).await;
    assert_eq!((order.state, order.close_reason), (State::Closed, Some(CloseReason::Timeout)));
    assert_eq!(order.close_asked.unwrap().actor, Actor::Timer);
    assert_eq!(world.messages().await, 0);
}

#[tokio::test]
async fn extending_goes_only_forward_and_not_after_close_was_asked() {
    let Some(world) = World::new().await else { return };
    let id = world.order().await;
    let early = [START, START + WINDOW_MS - 1, START + WINDOW_MS];
    for until in early {
        assert_eq!(extend(&world, id, until).await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    world.till.press(id);
    assert_eq!(world.staff(id, "close", None, json!({"reason": "fraud"})).await, StatusCode::ACCEPTED);
    assert_eq!(extend(&world, id, START + 2 * WINDOW_MS).await, StatusCode::CONFLICT);
    assert_eq!(world.header(id).await.deadline, START + WINDOW_MS);
}

#[tokio::test]
async fn pay_being_down_at_the_deadline_leaves_the_order_for_as_long_as_it_takes() {
    for paid in [true, false] {
        let Some(world) = World::new().await else { return };
        let id = world.applied().await;
        if paid {
            world.till.force(id, Payment::Paid);
        }
        world.wire.set_down("pay", true);
        world.pass(WINDOW_MS).await;
        assert!(world.header(id).await.close_asked.is_some(), "the wish is written before pay is asked");
        for _ in 0..rounds_of_outage() {
            world.pass(3 * MINUTE).await;
            world.sweep().await;
        }
        assert_eq!((world.state(id).await, world.dead_letters().await), (State::Unpaid, 0));
        world.wire.heal();
        world.pass(2 * SECOND).await;
        let order = world.header(id).await;
        assert_eq!(order.state, if paid { State::Paid } else { State::Closed });
        assert_eq!(order.close_asked.unwrap().actor, Actor::Timer, "an outage is not a lost message");
        assert_eq!((world.messages().await, world.unfinished().await), (0, 0));
    }
}

#[tokio::test]
async fn a_payment_in_flight_at_the_deadline_decides() {
    for paid in [true, false] {
        let Some(world) = World::new().await else { return };
        let id = world.applied().await;
        world.pass(WINDOW_MS - 1).await;
        world.till.press(id);
        world.pass(5 * MINUTE).await;
        assert_eq!(world.state(id).await, State::Unpaid);
        world.till.resolve(id, paid);
        world.pass(2 * SECOND).await;
        assert_eq!(world.state(id).await, if paid { State::Paid } else { State::Closed });
    }
}

#[tokio::test]
async fn the_real_pump_brings_a_burst_to_its_end() {
    let Some(world) = World::new().await else { return };
    let mut orders = Vec::new();
    for _ in 0..60 {
        orders.push(world.order().await);
    }
    let (inbox, clock): (_, Arc<dyn Clock>) = (world.base.inbox.clone(), Arc::new(world.clock.clone()));
    let pump = Pump::new(world.outbox.clone(), inbox, world.bus.clone(), clock);
    let stop = CancellationToken::new();
    let running = tokio::spawn(pump.run(stop.clone()));
    world.clock.advance(WINDOW_MS);
    while world.count("SELECT count(*) FROM trade_orders WHERE state = 5").await < 60
        || world.messages().await > 0
    {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    running.await.unwrap();
    for id in orders {
        assert_eq!(world.header(id).await.close_asked.unwrap().actor, Actor::Timer);
    }
    assert_eq!(world.outbox.page(None, clock::Ms(i64::MAX), 1).await.unwrap(), []);
}

#[tokio::test]
async fn a_bad_row_costs_its_own_timers_some_tries_and_delays_nobody() {
    let Some(world) = World::new().await else { return };
    let (bad, clash, good) = (world.order().await, world.order().await, world.order().await);
    world.corrupt(&format!("UPDATE trade_orders SET state = 9 WHERE id = {bad}")).await;
    world.corrupt(&format!("UPDATE trade_orders SET moves = 0 WHERE id = {clash}")).await;
    world.pass(WINDOW_MS).await;
    assert_eq!(world.state(good).await, State::Closed);
    world.pass(MINUTE).await;
    assert_eq!((world.dead_letters().await, world.messages().await), (2, 0));
    assert_eq!(world.state(clash).await, State::Unpaid, "nothing is half done");
}

#[tokio::test]
async fn a_message_about_an_unknown_order_is_done() {
    let Some(world) = World::new().await else { return };
    let message = Message::new(topics::ORDER_CHECK, 404, START, START);
    assert_eq!(world.hand(message).await, Verdict::Done);
    assert_eq!(world.notice(OrderId(404)).await, Verdict::Done);
}
