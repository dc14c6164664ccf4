//! The sweep brings to its end whatever the messages do not, and meets no order that they do.

use clock::{MINUTE, SECOND};
use model::Actor;
use model::order::State;

use crate::shelf::{KETTLE, STOCK};
use crate::till::Payment;
use crate::wire::Fault;
use crate::world::{START, WINDOW_MS, World, config};

#[tokio::test]
async fn with_every_message_lost_everything_still_ends() {
    let Some(world) = World::new().await else { return };
    world.wire.fault(3, Fault::AnswerLost);
    world.place(&[(KETTLE, 1)], "k1").await.unwrap_err();
    let (unpaid, asked, refunding) = (world.order().await, world.applied().await, world.paid().await);
    let healed = world.applied().await;
    world.till.force(healed, Payment::Paid);
    world.wire.set_down("pay", true);
    let reason = serde_json::json!({"reason": "broken"});
    assert_eq!(world.staff(asked, "close", None, reason.clone()).await.as_u16(), 202);
    assert_eq!(world.staff(refunding, "refund", None, reason).await.as_u16(), 202);
    world.wire.heal();
    world.lose_messages().await;
    world.clock.advance(WINDOW_MS + config().sweep_grace_ms);
    assert_eq!(world.sweep().await.finished, 5);
    for (id, state) in [(unpaid, State::Closed), (asked, State::Closed), (healed, State::Paid)] {
        assert_eq!(world.state(id).await, state);
    }
    assert_eq!((world.state(refunding).await, world.till.refunds(refunding)), (State::Closed, 1));
    assert_eq!((world.unfinished().await, world.messages().await), (0, 0));
    assert_eq!(world.shelf.pieces(KETTLE).available, STOCK - 1);
    let (first, again) = (world.sweep().await, world.sweep().await);
    assert_eq!((first.seen, again.seen), (0, 0));
}

#[tokio::test]
async fn a_close_found_by_sweep_says_so() {
    let Some(world) = World::new().await else { return };
    let id = world.order().await;
    world.lose_messages().await;
    world.clock.advance(WINDOW_MS + config().sweep_grace_ms);
    world.sweep().await;
    assert_eq!(world.header(id).await.close_asked.unwrap().actor, Actor::Sweep);
    let closed = world.history(id).await.into_iter().find(|entry| entry.name == "closed").unwrap();
    assert_eq!(closed.cause.actor, Actor::Sweep);
}

#[tokio::test]
async fn in_good_weather_the_sweep_finds_nothing() {
    let Some(world) = World::new().await else { return };
    for _ in 0..5 {
        world.order().await;
        world.applied().await;
        world.paid().await;
        world.pass(MINUTE).await;
        assert_eq!(world.sweep().await.seen, 0);
    }
    for _ in 0..40 {
        world.pass(30 * SECOND).await;
        assert_eq!(world.sweep().await.seen, 0);
    }
    let by_sweep = format!("SELECT count(*) FROM trade_history WHERE actor = {}", Actor::Sweep.code());
    assert_eq!((world.count(&by_sweep).await, world.unfinished().await), (0, 0));
}

#[tokio::test]
async fn a_burst_is_not_mistaken_for_loss_and_hanging_timers_do_not_stop_the_sweep() {
    let Some(world) = World::new().await else { return };
    let id = world.order().await;
    world.clock.advance(WINDOW_MS + config().sweep_grace_ms);
    assert_eq!(world.service.sweep_once(1).await.unwrap().seen, 0, "the timers are a little late");
    world.clock.advance(MINUTE);
    world.service.sweep_once(i64::MAX).await.unwrap();
    assert_eq!(world.state(id).await, State::Closed);
}

#[tokio::test]
async fn more_orders_than_a_page_are_swept_to_the_end() {
    let Some(world) = World::new().await else { return };
    for _ in 0..600 {
        world.order().await;
    }
    world.lose_messages().await;
    world.clock.advance(WINDOW_MS + config().sweep_grace_ms);
    let report = world.sweep().await;
    assert_eq!((report.seen, report.finished, world.unfinished().await), (600, 600, 0));
    assert_eq!(world.shelf.pieces(KETTLE).available, STOCK);
}

#[tokio::test]
async fn one_bad_row_neither_stops_the_sweep_nor_starves_what_is_behind_it() {
    let Some(world) = World::new().await else { return };
    let (bad, clash) = (world.order().await, world.order().await);
    world.clock.advance(1);
    let good = world.order().await;
    world.lose_messages().await;
    world.corrupt(&format!("UPDATE trade_orders SET state = 9 WHERE id = {bad}")).await;
    world.corrupt(&format!("UPDATE trade_orders SET moves = 0 WHERE id = {clash}")).await;
    world.clock.advance(WINDOW_MS + config().sweep_grace_ms);
    let report = world.sweep().await;
    assert_eq!((report.seen, report.finished, report.postponed), (3, 1, 2));
    assert_eq!((world.state(good).await, world.state(clash).await), (State::Closed, State::Unpaid));
    let postponed = format!("SELECT min(next_sweep_at) FROM trade_orders WHERE id IN ({bad}, {clash})");
    assert!(world.count(&postponed).await > START.0 + WINDOW_MS);
}

#[tokio::test]
async fn a_doubtful_head_never_starves_later_rows() {
    let Some(world) = World::new().await else { return };
    // More than a page of them: whoever stops at the page, or starts at it again, never comes to the good one.
    for _ in 0..299 {
        let id = world.applied().await;
        world.till.press(id);
        world.clock.advance(1);
    }
    let good = world.order().await;
    world.lose_messages().await;
    world.clock.advance(WINDOW_MS + config().sweep_grace_ms);
    let report = world.sweep().await;
    assert_eq!((report.seen, report.finished, report.postponed), (300, 1, 299));
    assert_eq!(world.state(good).await, State::Closed);
}

#[tokio::test]
async fn what_stays_in_doubt_rests_longer_and_longer_but_within_bounds() {
    let Some(world) = World::new().await else { return };
    let id = world.applied().await;
    world.till.press(id);
    world.lose_messages().await;
    world.clock.advance(WINDOW_MS);
    let mut rests = Vec::new();
    for _ in 0..10 {
        let before = world.now();
        while world.sweep().await.seen == 0 {
            world.clock.advance(SECOND);
        }
        rests.push(world.now().0 - before.0);
        world.clock.advance(SECOND);
    }
    assert!(rests[1..].is_sorted() && rests[9] > rests[1] && rests[9] <= MINUTE, "{rests:?}");
    world.till.resolve(id, false);
    world.clock.advance(MINUTE + config().sweep_grace_ms);
    world.sweep().await;
    assert_eq!(world.state(id).await, State::Closed);
}

#[tokio::test]
async fn the_sweep_runs_by_the_clock_until_it_is_stopped() {
    let Some(world) = World::new().await else { return };
    let id = world.order().await;
    world.lose_messages().await;
    let stop = tokio_util::sync::CancellationToken::new();
    let (service, stopped) = (world.service.clone(), stop.clone());
    let sweeping =
        tokio::spawn(async move { service.sweep_forever(delay::PumpStatus::default(), stopped).await });
    while world.state(id).await != State::Closed {
        world.clock.advance(config().sweep_interval_ms);
        tokio::task::yield_now().await;
    }
    stop.cancel();
    sweeping.await.unwrap();
}

#[tokio::test]
async fn open_orders_well_past_their_deadline_are_counted_while_they_last() {
    let Some(world) = World::new().await else { return };
    let overdue = || async { world.service.store.overdue(world.now()).await.unwrap() };
    let mut undecided = Vec::new();
    for _ in 0..3 {
        undecided.push(world.applied().await);
        world.till.press(undecided[undecided.len() - 1]);
    }
    let (_paid, _open) = (world.paid().await, world.order().await);
    world.lose_messages().await;
    world.clock.advance(WINDOW_MS + MINUTE - 1);
    assert_eq!(overdue().await, 0, "late, but not by a minute");
    world.clock.advance(1);
    assert_eq!(overdue().await, 4);
    for _ in 0..10 {
        world.sweep().await;
        assert_eq!(overdue().await, 3, "also while the sweep leaves them alone");
        world.clock.advance(20 * SECOND);
    }
    for id in undecided {
        world.till.resolve(id, false);
    }
    world.clock.advance(MINUTE + config().sweep_grace_ms);
    world.sweep().await;
    assert_eq!(overdue().await, 0);
}
