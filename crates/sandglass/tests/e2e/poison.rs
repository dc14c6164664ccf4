//! Messages of strangers on the queues between the processes: some that make no sense, and Spring's own.

use sandglass::chaos::Positions;
use serde_json::json;

use crate::placing::{put_in, rows};
use crate::world::broker::{Broker, CART, CHECK, Letter, PAID as NOTICE, Way};
use crate::world::{CLOSED, PAID, PRICE, Person, World};

/// How often a message is tried at most.
const TRIES_MAX: u32 = 4;
const LONG: Option<&str> = Some("java.lang.Long");

/// What cannot be decoded, and what can but breaks the message's rule, for each queue. All of it names the test's own
/// item, so that it is found again.
fn poison(mark: &str) -> Vec<(Way, String)> {
    let too_many = json!({ "userId": "1", "itemIds": vec![mark; 1_001] }).to_string();
    vec![
        (CHECK, format!("order {mark}")),
        (CHECK, format!("-{mark}")),
        (NOTICE, format!("{{\"orderId\":{mark}}}")),
        (NOTICE, format!("{mark}.5")),
        (CART, format!("{{\"userId\":{mark}")),
        (CART, too_many),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_on_every_queue_dies_is_shown_and_delays_nobody() {
    let world = World::start(500).await;
    let name = "poison_on_every_queue_dies_is_shown_and_delays_nobody";
    let Some(broker) = Broker::of(&world, name).await else { return };
    let (paying, idle) = (world.buyer("rose", 100 * PRICE).await, world.buyer("hope", 0).await.hurried());
    let poison = poison(&paying.item);
    let (mut bought, mut left) = (Vec::new(), Vec::new());
    for round in 0..12 {
        let (way, body) = &poison[round % poison.len()];
        if round < poison.len() {
            broker.publish(*way, None, body).await;
        }
        bought.push(paying.buy().await);
        left.push(idle.must_order().await);
    }
    told_by_messages(&world, &paying, &idle, (&bought, &left)).await;
    for (way, body) in &poison {
        let letter = found(&world, &broker, *way, body, "").await;
        assert!(letter.tries <= TRIES_MAX && !letter.error.is_empty(), "{letter:?}");
        assert_eq!(letter.topic, way.key);
        let (done, said) = broker.discard(&letter);
        assert!(done, "{said}");
    }
    world.assert_clean(0).await;
}

/// Every bought order is paid and every other closed, and messages told most of them: had the poison held them up, it
/// would have been the later check, or the sweep.
async fn told_by_messages(
    world: &World,
    paying: &Person,
    idle: &Person,
    (bought, left): (&[String], &[String]),
) {
    let paid = async || paying.in_state(PAID).await == i64::try_from(bought.len()).unwrap();
    world.within(1_000, "every bought order is paid", paid).await;
    let closed = async || idle.in_state(CLOSED).await == i64::try_from(left.len()).unwrap();
    world.within(world.window_ms(), "every other order is closed", closed).await;
    for (buyer, orders, event, teller) in
        [(paying, bought, "paid", "notice"), (idle, left, "closed", "timer")]
    {
        let mut told = 0;
        for order in orders {
            told += buyer.recorded(order, event).await.iter().filter(|(_, actor)| actor == teller).count();
        }
        assert!(told > orders.len() / 2, "only {told} of {} {event} by {teller}", orders.len());
    }
}

/// The letter with this body, once it is among the dead and died at another time than `before`.
async fn found(world: &World, broker: &Broker, way: Way, body: &str, before: &str) -> Letter {
    let look = || {
        let letters = broker.letters(way.place).into_iter().filter(|letter| letter.died != before);
        letters.into_iter().find(|letter| broker.body(letter).as_deref() == Some(body))
    };
    world.within(10_000, "it is dead and shown", async || look().is_some()).await;
    look().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_poison_message_dies_again_and_twice_is_harmless() {
    let world = World::start(10).await;
    let name = "a_replayed_poison_message_dies_again_and_twice_is_harmless";
    let Some(broker) = Broker::of(&world, name).await else { return };
    let mark = world.buyer("rose", 0).await.item;
    for (way, body) in [(NOTICE, format!("order {mark}")), (CART, format!("cart {mark}"))] {
        broker.publish(way, None, &body).await;
        let letter = found(&world, &broker, way, &body, "").await;
        let (done, said) = broker.replay(&letter);
        assert!(done && said.contains("sent again"), "{said}");
        let again = found(&world, &broker, way, &body, &letter.died).await;
        assert_eq!((&again.id, &again.error, again.tries), (&letter.id, &letter.error, letter.tries));
        // Whether the second finds it depends on whether it has died in between.
        broker.replay(&again);
        let (done, said) = broker.replay(&again);
        assert!(done || said.contains("no such dead letter"), "{said}");
        let last = found(&world, &broker, way, &body, &again.died).await;
        let copies = broker.letters(way.place).iter().filter(|letter| letter.id == last.id).count();
        assert_eq!(copies, 1, "a replay made two of one");
        assert!(broker.discard(&last).0);
        for (done, said) in [broker.replay(&last), broker.discard(&last)] {
            assert!(!done && said.contains("no such dead letter"), "{said}");
        }
    }
    world.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_poison_is_handled_once_when_it_is_sent_as_it_should_be() {
    let world = World::start_alone(10).await;
    let name = "what_was_poison_is_handled_once_when_it_is_sent_as_it_should_be";
    let Some(broker) = Broker::of(&world, name).await else { return };
    let buyer = world.buyer("rose", 10 * PRICE).await;
    world.switch(Positions { lose_pay_success: Some(true), ..Positions::default() }).await;
    for way in [NOTICE, CHECK] {
        let order = buyer.buy().await;
        let wrong = format!("order {order}");
        broker.publish(way, None, &wrong).await;
        let letter = found(&world, &broker, way, &wrong, "").await;
        assert!(broker.discard(&letter).0);
        // As an operator repairs it, who is not sure and does it twice.
        for type_id in [LONG, None] {
            broker.publish(way, type_id, &order).await;
        }
        world.within(1_000, "it is paid", async || buyer.status_of(&order).await == PAID).await;
        broker.publish(way, LONG, &format!("\"{order}\"")).await;
        let paid = buyer.recorded(&order, "paid").await;
        assert_eq!(paid.len(), 1, "{paid:?}");
    }
    world.switch(Positions::OFF).await;
    assert_eq!((buyer.balance().await, buyer.available().await), (8 * PRICE, 8));
    world.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_spring_do_what_ours_do() {
    let world = World::start_alone(10).await;
    let name = "messages_of_spring_do_what_ours_do";
    let Some(broker) = Broker::of(&world, name).await else { return };
    let buyer = world.buyer("rose", PRICE).await;
    world.switch(Positions { lose_pay_success: Some(true), ..Positions::default() }).await;
    let order = buyer.buy().await;
    broker.publish(NOTICE, LONG, &order).await;
    world.within(1_000, "it is paid", async || buyer.status_of(&order).await == PAID).await;
    let paid = buyer.recorded(&order, "paid").await;
    assert!(matches!(paid.as_slice(), [(_, teller)] if teller == "notice"), "{paid:?}");
    world.switch(Positions::OFF).await;

    put_in(&buyer).await;
    let clear = json!({ "userId": buyer.id.0, "itemIds": [buyer.item.parse::<u64>().unwrap()] });
    broker.publish(CART, None, &clear.to_string()).await;
    world.within(1_000, "the cart is empty", async || rows(&buyer).await == 0).await;
    world.assert_clean(0).await;
}
