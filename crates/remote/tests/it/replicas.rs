//! Several replicas: in turn, and one for another.

use api::calls::Pay;
use model::OrderId;
use model::pay_order::CloseAnswer;
use remote::PayClient;

use crate::world::{Replica, Way, World, says};

const CLOSED: &str = r#"["closed"]"#;

async fn closes(pay: &PayClient) -> bool {
    pay.close(vec![OrderId(7)]).await == Ok(vec![CloseAnswer::Closed])
}

#[tokio::test]
async fn replicas_are_asked_in_turn() {
    let world = World::new();
    let replicas = [Replica::start(says(CLOSED)), Replica::start(says(CLOSED))];
    let pay = world.clients.pay(&replicas.each_ref().map(Replica::url)).unwrap();
    for _ in 0..10 {
        assert!(closes(&pay).await);
    }
    assert_eq!(replicas.each_ref().map(Replica::count), [5, 5]);
}

#[tokio::test]
async fn a_refused_connection_goes_to_another_replica_and_the_dead_one_is_soon_left_alone() {
    let (world, alive) = (World::new(), Replica::start(says(CLOSED)));
    let (_, dead) = Replica::nobody().await;
    let pay = world.clients.pay(&[dead, alive.url()]).unwrap();
    for _ in 0..20 {
        assert!(closes(&pay).await);
    }
    assert_eq!(alive.count(), 20);
}

#[tokio::test]
async fn half_an_answer_and_a_503_are_asked_of_another_replica() {
    let world = World::new();
    for way in [Way::Half, Way::Says(503, String::new())] {
        let (bad, good) = (Replica::start(way), Replica::start(says(CLOSED)));
        let pay = world.clients.pay(&[bad.url(), good.url()]).unwrap();
        assert!(closes(&pay).await && closes(&pay).await);
        assert!(bad.count() >= 1 && good.count() == 2);
    }
}

/// What one replica refuses, such as a token it does not know yet, is not shopped around.
#[tokio::test]
async fn a_refusal_is_not_asked_of_another_replica() {
    for status in [400, 401, 403, 404, 429] {
        let world = World::new();
        let bad = Replica::start(Way::Says(status, String::new()));
        let good = Replica::start(says(CLOSED));
        let pay = world.clients.pay(&[bad.url(), good.url()]).unwrap();
        let answers = [closes(&pay).await, closes(&pay).await];
        assert_eq!(answers.iter().filter(|answer| **answer).count(), 1, "{status}");
        assert_eq!((bad.count(), good.count()), (1, 1), "{status}");
    }
}

#[tokio::test]
async fn a_replica_that_is_started_again_is_used_again_at_once() {
    let (world, replica) = (World::new(), Replica::start(says(CLOSED)));
    let pay = world.clients.pay(&replica.urls).unwrap();
    assert!(closes(&pay).await);
    let address = replica.kill().await;
    assert!(!closes(&pay).await);
    let replica = Replica::at(address, says(CLOSED));
    assert!(closes(&pay).await, "the kept connection is dead, another is made");
    assert_eq!(replica.count(), 1);
}

#[test]
fn an_upstream_without_a_usable_url_is_refused() {
    let world = World::new();
    assert!(world.clients.pay(&[]).is_err());
    assert!(world.clients.pay(&["http://127.0.0.1:1".into(), "pay:80".into()]).is_err());
}
