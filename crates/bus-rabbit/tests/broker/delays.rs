//! Never early: whatever the delay, whoever sent it.

use std::sync::Arc;

use bus_rabbit::headers;
use clock::MINUTE;
use delay::{Bus, Message, Verdict};
use lapin::BasicProperties;
use lapin::options::QueueDeclareOptions;
use lapin::types::{AMQPValue, FieldTable};

use crate::recorder::Recorder;
use crate::world::{CHECK, PAID, in_a_corner, now, until};

#[tokio::test]
async fn no_message_is_handled_before_it_is_due() {
    in_a_corner("no_message_is_handled_before_it_is_due", |world| async move {
        let recorder = Recorder::done();
        let running = world.bus(CHECK, recorder.clone()).await;
        assert!(running.bus.holds_delays(CHECK.code) && !running.bus.holds_delays(PAID.code));
        let (sent, delays) = (now(), [-500, 0, 1, 40, 99, 100, 101, 137, 200, 230, 300, 330, 680, 2_700]);
        let messages =
            (1..).zip(delays).map(|(subject, delay)| Message::new(CHECK, subject, sent + delay, sent));
        running.send(messages.collect()).await;
        recorder.saw(delays.len()).await;
        let status = running.status();
        until("all are acknowledged", || status.consumed() == delays.len() as u64).await;
        running.stop().await;
        recorder.assert_never_early();
        assert_eq!(recorder.subjects(), (1..=delays.len() as u64).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn an_early_message_is_put_off_and_not_handled() {
    in_a_corner("an_early_message_is_put_off_and_not_handled", |world| async move {
        let recorder = Recorder::done();
        let running = world.bus(CHECK, recorder.clone()).await;
        let mut table = FieldTable::default();
        table.insert(headers::DUE.into(), AMQPValue::LongLongInt(now().0 + 11 * MINUTE));
        let properties = BasicProperties::default().with_headers(table);
        world.publish("trade.delay.direct", CHECK.name, properties, b"7").await;
        let status = running.status();
        until("it is put off", || status.put_off() == 1).await;
        running.stop().await;
        assert!(recorder.seen().is_empty());
        world.holds("trade.delay.order.queue.retry.600000", 1).await;
        world.holds("trade.delay.order.queue", 0).await;
    })
    .await;
}

#[tokio::test]
async fn later_comes_back_at_its_time_and_only_then() {
    in_a_corner("later_comes_back_at_its_time_and_only_then", |world| async move {
        let due = now() + 900;
        let judge = move |_: &Message| if now() < due { Verdict::Later { due } } else { Verdict::Done };
        let recorder = Recorder::judging(judge);
        let running = world.bus(PAID, recorder.clone()).await;
        running.send(vec![Message::new(PAID, 7, now(), now())]).await;
        let status = running.status();
        until("it is done", || status.consumed() == 1).await;
        running.stop().await;
        let seen = recorder.seen();
        assert_eq!(seen.len(), 2, "asked once, and once more when it was time");
        assert_eq!(seen[1].0.due, due);
        recorder.assert_never_early();
    })
    .await;
}

#[tokio::test]
async fn what_is_put_off_comes_back_to_its_own_queue_only() {
    in_a_corner("what_is_put_off_comes_back_to_its_own_queue_only", |world| async move {
        let judge = |message: &Message| match message.attempts {
            0 => Verdict::Away { error: "away".into() },
            _ => Verdict::Done,
        };
        let running = world.bus(PAID, Recorder::judging(judge)).await;
        // Somebody else hears of payments too.
        let channel = world.raw.create_channel().await.unwrap();
        let (other, exchange) = (world.name("pay.error.queue"), world.name("pay.direct"));
        let durable = QueueDeclareOptions::durable();
        channel.queue_declare(other.as_str().into(), durable, FieldTable::default()).await.unwrap();
        let options = lapin::options::QueueBindOptions::default();
        let key = PAID.name.into();
        channel
            .queue_bind(other.as_str().into(), exchange.into(), key, options, FieldTable::default())
            .await
            .unwrap();

        running.send(vec![Message::new(PAID, 7, now(), now())]).await;
        let status = running.status();
        until("it is done", || status.consumed() == 1).await;
        running.stop().await;
        world.holds("pay.error.queue", 1).await;
        world.remove("pay.error.queue").await;
    })
    .await;
}

#[tokio::test]
async fn a_step_queue_that_was_removed_is_made_again() {
    in_a_corner("a_step_queue_that_was_removed_is_made_again", |world| async move {
        let recorder = Recorder::done();
        let running = world.bus(CHECK, recorder.clone()).await;
        let check = |subject| Message::new(CHECK, subject, now() + 200, now());
        running.send(vec![check(1)]).await;
        recorder.saw(1).await;
        for step in ["100", "200"] {
            world.remove(&format!("trade.delay.order.queue.delay.{step}")).await;
        }
        running.send(vec![check(2)]).await;
        recorder.saw(2).await;
        running.stop().await;
        recorder.assert_never_early();
    })
    .await;
}

#[tokio::test]
async fn two_replicas_share_the_work() {
    in_a_corner("two_replicas_share_the_work", |world| async move {
        let recorder = Recorder::done();
        let one = world.bus(PAID, recorder.clone()).await;
        let two = world.bus(PAID, Arc::clone(&recorder) as Arc<_>).await;
        one.send((1..=400).map(|subject| Message::new(PAID, subject, now(), now())).collect()).await;
        let (first, second) = (one.status(), two.status());
        until("all are acknowledged", || first.consumed() + second.consumed() == 400).await;
        one.stop().await;
        two.stop().await;
        assert_eq!(recorder.subjects(), (1..=400).collect::<Vec<_>>());
    })
    .await;
}
