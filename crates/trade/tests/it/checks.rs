//! Delayed checks: they heal a lost notice, and they close nothing.

use clock::{MINUTE, SECOND};
use model::Actor;
use model::order::State;

use crate::till::Payment;
use crate::world::{WINDOW_MS, World};

#[tokio::test]
async fn a_lost_notice_is_healed_by_the_next_check() {
    for (paid_after_ms, healed_after_ms) in
        [(0, 10 * SECOND), (10 * SECOND, MINUTE), (MINUTE, 5 * MINUTE), (5 * MINUTE, WINDOW_MS)]
    {
        let Some(world) = World::new().await else { return };
        let id = world.applied().await;
        world.pass(paid_after_ms).await;
        world.till.force(id, Payment::Paid);
        world.pass(healed_after_ms - paid_after_ms - 1).await;
        assert_eq!(world.state(id).await, State::Unpaid);
        world.pass(1).await;
        assert_eq!(world.state(id).await, State::Paid);
        let paid = world.history(id).await.into_iter().find(|entry| entry.name == "paid").unwrap();
        assert_eq!(paid.cause.actor, Actor::Timer);
        world.settle_down().await;
        assert_eq!((world.messages().await, world.unfinished().await), (0, 0));
    }
}

#[tokio::test]
async fn nobody_is_asked_about_an_order_for_which_payment_was_never_applied_for() {
    let Some(world) = World::new().await else { return };
    let id = world.order().await;
    world.pass(WINDOW_MS - 1).await;
    assert_eq!((world.till.asked(), world.state(id).await), (0, State::Unpaid));
}

#[tokio::test]
async fn an_order_that_is_applied_for_and_not_paid_is_asked_about_at_each_check_and_at_its_end() {
    let Some(world) = World::new().await else { return };
    let id = world.applied().await;
    world.pass(WINDOW_MS - 1).await;
    assert_eq!((world.till.asked(), world.state(id).await), (3, State::Unpaid));
    world.pass(1).await;
    assert_eq!((world.till.asked(), world.state(id).await), (4, State::Closed));
}

#[tokio::test]
async fn a_check_that_pay_does_not_answer_is_repeated_until_it_does() {
    let Some(world) = World::new().await else { return };
    let id = world.applied().await;
    world.till.force(id, Payment::Paid);
    world.wire.set_down("pay", true);
    world.pass(3 * MINUTE).await;
    assert_eq!(world.state(id).await, State::Unpaid);
    world.wire.heal();
    world.pass(2 * SECOND).await;
    assert_eq!(world.state(id).await, State::Paid);
    assert_eq!(world.dead_letters().await, 0);
}

#[tokio::test]
async fn applying_again_arms_no_second_chain() {
    let Some(world) = World::new().await else { return };
    let id = world.applied().await;
    let messages = world.messages().await;
    world.clock.advance(SECOND);
    world.apply(id).await;
    assert_eq!(world.messages().await, messages);
    assert_eq!(world.told(id).await, ["placed", "held", "paymentApplied"]);
}
