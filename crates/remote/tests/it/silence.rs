//! Replicas that do not answer, and callers that do not wait.

use api::calls::{NoAnswer, Pay};
use clock::Clock;
use model::OrderId;
use model::pay_order::CloseAnswer;
use remote::PayClient;

use crate::world::{BREAKER, DEADLINE_MS, Replica, Way, World, says, until};

const CLOSED: &str = r#"["closed"]"#;

async fn close(pay: &PayClient) -> Result<Vec<CloseAnswer>, NoAnswer> {
    pay.close(vec![OrderId(7)]).await
}

/// Asks, lets the deadline pass once the replica has the question, and waits for the end.
async fn close_late(world: &World, replica: &Replica, pay: &PayClient) -> NoAnswer {
    let asked = replica.count();
    let call = tokio::spawn({
        let pay = pay.clone();
        async move { close(&pay).await }
    });
    until(|| async { replica.count() > asked }).await;
    world.clock.advance(DEADLINE_MS);
    call.await.unwrap().unwrap_err()
}

#[tokio::test]
async fn a_replica_that_never_answers_costs_the_deadline_and_is_not_asked_twice() {
    let (world, replica) = (World::new(), Replica::start(Way::Never));
    let pay = world.clients.pay(&replica.urls).unwrap();
    let silence = close_late(&world, &replica, &pay).await;
    assert_eq!(silence, NoAnswer { service: "pay", reason: "it took too long".into() });
    assert_eq!(replica.count(), 1);
    until(|| async { replica.hung_up() == 1 }).await;
}

#[tokio::test]
async fn a_breaker_opens_after_silences_in_a_row_and_heals_with_one_answer() {
    let (world, replica) = (World::new(), Replica::start(Way::Never));
    let pay = world.clients.pay(&replica.urls).unwrap();
    for _ in 0..BREAKER.silences_max {
        close_late(&world, &replica, &pay).await;
    }
    let opened = world.clock.now();
    assert!(close(&pay).await.is_err());
    assert_eq!(replica.count(), 3, "an open breaker asks nobody");
    let address = replica.kill().await;
    let replica = Replica::at(address, says(CLOSED));
    world.clock.set(opened + BREAKER.rest_first_ms - 1);
    assert!(close(&pay).await.is_err());
    assert_eq!(replica.count(), 0, "it rests");
    world.clock.set(opened + BREAKER.rest_first_ms);
    assert_eq!(close(&pay).await, Ok(vec![CloseAnswer::Closed]));
    assert_eq!(close(&pay).await, Ok(vec![CloseAnswer::Closed]));
}

/// A row that always answers 503 must not close the road to all others.
#[tokio::test]
async fn answers_open_no_breaker_whatever_they_say() {
    let (world, replica) = (World::new(), Replica::start(Way::Says(503, String::new())));
    let pay = world.clients.pay(&replica.urls).unwrap();
    for asked in 1..=20 {
        assert!(close(&pay).await.is_err());
        assert_eq!(replica.count(), asked);
    }
}

/// A caller that hangs up during the one call after a rest leaves the breaker no secret to keep.
#[tokio::test]
async fn a_caller_that_hangs_up_does_not_keep_a_breaker_shut() {
    let (world, replica) = (World::new(), Replica::start(Way::Never));
    let pay = world.clients.pay(&replica.urls).unwrap();
    for _ in 0..BREAKER.silences_max {
        close_late(&world, &replica, &pay).await;
    }
    world.clock.advance(BREAKER.rest_first_ms);
    let call = tokio::spawn({
        let pay = pay.clone();
        async move { close(&pay).await }
    });
    until(|| async { replica.count() == 4 }).await;
    call.abort();
    until(|| async { replica.hung_up() == 4 }).await;
    let address = replica.kill().await;
    let _replica = Replica::at(address, says(CLOSED));
    assert!(close(&pay).await.is_err(), "somebody tries it already, as far as is known");
    world.clock.advance(BREAKER.probe_ms);
    assert_eq!(close(&pay).await, Ok(vec![CloseAnswer::Closed]));
}

/// Services have deadlines of their own, which may be a little shorter.
#[tokio::test]
async fn callers_that_wait_long_and_leave_open_the_breaker_too() {
    let (world, replica) = (World::new(), Replica::start(Way::Never));
    let pay = world.clients.pay(&replica.urls).unwrap();
    for asked in 1..=3 {
        let call = tokio::spawn({
            let pay = pay.clone();
            async move { close(&pay).await }
        });
        until(|| async { replica.count() == asked }).await;
        world.clock.advance(DEADLINE_MS - 1);
        call.abort();
        until(|| async { replica.hung_up() == asked }).await;
    }
    let call = tokio::spawn(async move { close(&pay).await });
    until(|| async { call.is_finished() || replica.count() > 3 }).await;
    assert_eq!(replica.count(), 3, "the breaker is open, and whoever asks is told at once");
    assert!(call.await.unwrap().is_err());
}

#[tokio::test]
async fn one_call_too_many_waits_for_a_place_and_not_longer_than_its_deadline() {
    let (world, replica) = (World::new(), Replica::start(Way::Never));
    let pay = world.clients.pay(&replica.urls).unwrap();
    let calls: Vec<_> = (0..12)
        .map(|_| {
            let pay = pay.clone();
            tokio::spawn(async move { close(&pay).await })
        })
        .collect();
    until(|| async { replica.count() == 8 }).await;
    world.clock.advance(DEADLINE_MS);
    for call in calls {
        assert!(call.await.unwrap().is_err());
    }
    assert!(replica.count() <= 8, "{} were under way at once", replica.count());
}
