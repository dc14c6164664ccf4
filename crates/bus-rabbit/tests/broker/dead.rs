//! Messages that fail: after their tries, at once, and what an operator does with them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bus_rabbit::{DeadLetter, DeadLetters, Which, headers};
use delay::{Message, Verdict};
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};

use crate::recorder::Recorder;
use crate::world::{CART, PAID, Running, in_a_corner, now, until};

const POISON: u64 = 13;

async fn one_letter(running: &Running, service: &str) -> DeadLetter {
    let letters = running.bus.dead_letters().list(service, 10).await.unwrap();
    assert_eq!(letters.len(), 1, "{letters:?}");
    letters.into_iter().next().unwrap()
}

/// The broker counts what lies in a queue, so a letter that was just given back is seen a little later.
async fn until_counted(letters: &DeadLetters, service: &str, wanted: u64) {
    for _ in 0..1_000 {
        if letters.count(service).await.unwrap() == wanted {
            return;
        }
    }
    panic!("there are not {wanted} dead letters");
}

#[tokio::test]
async fn a_poison_message_dies_after_its_tries_and_delays_nobody() {
    in_a_corner("a_poison_message_dies_after_its_tries_and_delays_nobody", |world| async move {
        let judge = |message: &Message| match message.subject {
            POISON => Verdict::Reject { error: "poison".into() },
            _ => Verdict::Done,
        };
        let recorder = Recorder::judging(judge);
        let running = world.bus(PAID, recorder.clone()).await;
        running.send((1..=50).map(|subject| Message::new(PAID, subject, now(), now())).collect()).await;
        let status = running.status();
        until("the others are done and it is dead", || status.consumed() == 49 && status.buried() == 1).await;
        let letter = one_letter(&running, "trade").await;
        let letters = running.bus.dead_letters();
        until_counted(&letters, "trade", 1).await;
        assert_eq!(letters.count("nobody").await.unwrap(), 0, "a service that never listened has none");
        running.stop().await;
        assert_eq!(letters.count("trade").await.unwrap(), 1, "also without a running bus");
        assert_eq!(recorder.times(POISON), 3);
        assert_eq!(recorder.seen().len(), 49 + 3);
        assert_eq!((letter.body.as_slice(), letter.attempts), (b"13".as_slice(), 3));
        assert_eq!(letter.error.as_deref(), Some("poison"));
        assert_eq!(letter.queue, Some(world.name("trade.pay.success.queue")));
        assert_eq!(letter.exchange, Some(world.name("pay.direct")));
        assert_eq!(letter.routing_key.as_deref(), Some(PAID.name));
    })
    .await;
}

#[tokio::test]
async fn a_handler_that_panics_costs_its_batch_one_try() {
    in_a_corner("a_handler_that_panics_costs_its_batch_one_try", |world| async move {
        let judge = |message: &Message| {
            assert!(message.subject != POISON, "the test's own panic");
            Verdict::Done
        };
        let recorder = Recorder::judging(judge);
        let running = world.bus(PAID, recorder.clone()).await;
        running.send((1..=20).map(|subject| Message::new(PAID, subject, now(), now())).collect()).await;
        let status = running.status();
        until("the others are done and it is dead", || status.consumed() == 19 && status.buried() == 1).await;
        running.stop().await;
        assert_eq!(recorder.times(POISON), 3);
        assert!(recorder.seen().iter().all(|(message, _)| message.subject == POISON || message.rejects <= 1));
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_understood_is_dead_at_once_and_as_it_was() {
    in_a_corner("what_cannot_be_understood_is_dead_at_once_and_as_it_was", |world| async move {
        let recorder = Recorder::done();
        let running = world.bus(PAID, recorder.clone()).await;
        let mut table = FieldTable::default();
        table.insert("colour".into(), AMQPValue::LongString("blue".into()));
        let properties =
            BasicProperties::default().with_content_type("text/plain".into()).with_headers(table);
        world.publish("pay.direct", PAID.name, properties, b"order 7").await;
        let status = running.status();
        until("it is dead", || status.buried() == 1).await;
        let letter = one_letter(&running, "trade").await;
        running.stop().await;
        assert!(recorder.seen().is_empty());
        assert_eq!(letter.body, b"order 7");
        assert!(letter.error.unwrap().contains("order 7"));
        let raw = world.peek("trade.error.queue").await.unwrap();
        let table = raw.properties.headers().clone().unwrap();
        assert_eq!(table.inner().get("colour"), Some(&AMQPValue::LongString("blue".into())));
        assert_eq!(raw.properties.content_type().as_ref().unwrap().as_str(), "text/plain");
        assert!(table.contains_key(headers::ERROR) && table.contains_key(headers::ATTEMPTS));
    })
    .await;
}

#[tokio::test]
async fn a_replay_goes_back_to_its_queue_and_twice_is_harmless() {
    in_a_corner("a_replay_goes_back_to_its_queue_and_twice_is_harmless", |world| async move {
        let cured = Arc::new(AtomicBool::new(false));
        let sees = cured.clone();
        let judge = move |_: &Message| {
            if sees.load(Ordering::SeqCst) {
                Verdict::Done
            } else {
                Verdict::Undecodable { error: "not yet".into() }
            }
        };
        let recorder = Recorder::judging(judge);
        let running = world.bus(CART, recorder.clone()).await;
        let body = br#"{"userId":1,"itemIds":[2]}"#.to_vec();
        running.send(vec![Message::new(CART, 7, now(), now()).with_body(body.clone())]).await;
        let status = running.status();
        until("it is dead", || status.buried() == 1).await;

        let letters = running.bus.dead_letters();
        let letter = one_letter(&running, "cart").await;
        assert_eq!(one_letter(&running, "cart").await, letter, "looking changes nothing");
        cured.store(true, Ordering::SeqCst);
        let which = Which::Id(letter.message_id.clone().unwrap());
        assert_eq!(letters.replay("cart", &which).await.unwrap(), 1);
        recorder.saw(2).await;
        assert_eq!(letters.replay("cart", &which).await.unwrap(), 0);
        until("it is done", || status.consumed() == 1).await;
        assert!(letters.list("cart", 10).await.unwrap().is_empty());
        running.stop().await;
        let (again, _) = &recorder.seen()[1];
        assert_eq!((again.subject, &again.body, again.attempts, again.rejects), (7, &body, 0, 0));
    })
    .await;
}

#[tokio::test]
async fn dead_letters_are_chosen_one_by_one() {
    in_a_corner("dead_letters_are_chosen_one_by_one", |world| async move {
        let running = world.bus(PAID, Recorder::done()).await;
        let letters = running.bus.dead_letters();
        assert!(letters.list("nobody", 10).await.unwrap().is_empty(), "no queue, no letters");
        for body in ["a", "b", "c", "d"] {
            world.publish("pay.direct", PAID.name, BasicProperties::default(), body.as_bytes()).await;
        }
        let status = running.status();
        until("all are dead", || status.buried() == 4).await;
        let bodies = async || -> Vec<Vec<u8>> {
            letters.list("trade", 10).await.unwrap().into_iter().map(|letter| letter.body).collect()
        };
        let before = bodies().await;
        assert_eq!(before.len(), 4);
        assert_eq!(letters.list("trade", 2).await.unwrap().len(), 2);
        assert_eq!(letters.discard("trade", &Which::Ordinal(1)).await.unwrap(), 1);
        let mut after = bodies().await;
        after.sort();
        let mut wanted = before.clone();
        wanted.remove(1);
        wanted.sort();
        assert_eq!(after, wanted);
        assert_eq!(letters.discard("trade", &Which::Id("none".into())).await.unwrap(), 0);
        assert_eq!(letters.discard("trade", &Which::All).await.unwrap(), 3);
        assert!(bodies().await.is_empty());
        running.stop().await;
    })
    .await;
}
