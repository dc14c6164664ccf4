//! What the auditor is told.

use model::pay_order::{Failure, State};
use model::wallet::Outcome;

use crate::bank::{Mood, PASSWORD};
use crate::world::{ORDER, OTHER, START, World};

#[tokio::test]
async fn every_pay_order_is_told_with_all_its_attempts() {
    let Some(world) = World::new().await else { return };
    let id = world.pay_order(ORDER).await;
    world.press_with(id, "wrong", "k1").await;
    world.press_with(id, PASSWORD, "k2").await;
    let other = world.pay_order(OTHER).await;
    world.bank.feel(Mood::LostOnTheWay);
    world.press(other).await;
    world.close(model::OrderId(9)).await;
    let facts = world.facts().await;
    let orders: Vec<_> = facts.iter().map(|fact| fact.pay_order.order.0).collect();
    assert_eq!(orders, [9, ORDER.0, OTHER.0]);
    assert!(facts[0].pay_order.is_tombstone() && facts[0].attempts.is_empty());
    let outcomes = |at: usize| facts[at].attempts.iter().map(|attempt| attempt.outcome).collect::<Vec<_>>();
    let wrong = Outcome::Refused(Failure::WrongPassword);
    assert_eq!(outcomes(1), [Some(wrong), Some(Outcome::Debited)]);
    assert_eq!(facts[1].success_at, Some(START));
    assert_eq!(outcomes(2), [None]);
    let in_flight = Some(facts[2].attempts[0].id);
    assert_eq!(facts[2].pay_order.state, State::Waiting { in_flight, closing: false });
}
