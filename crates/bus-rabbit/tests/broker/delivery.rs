//! Good weather, verdicts, and the ways of a message.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bus_rabbit::{RabbitBus, headers};
use clock::{Ms, SystemClock};
use delay::{Bus, Handler, Message, Verdict};
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use tokio::sync::Semaphore;
use tracing_subscriber::layer::SubscriberExt;

use crate::recorder::Recorder;
use crate::world::{CART, CHECK, PAID, Running, World, in_a_corner, now, until};

#[tokio::test]
async fn each_message_is_handled_once_in_good_weather() {
    in_a_corner("each_message_is_handled_once_in_good_weather", |world| async move {
        let recorder = Recorder::done();
        let running = world.bus(PAID, recorder.clone()).await;
        let sent = now();
        running.send((1..=600).map(|subject| Message::new(PAID, subject, sent, sent)).collect()).await;
        let status = running.status();
        until("all are acknowledged", || status.consumed() == 600).await;
        running.stop().await;
        assert_eq!(recorder.subjects(), (1..=600).collect::<Vec<_>>());
        assert_eq!((status.confirmed(), status.returned(), status.in_flight()), (600, 0, 0));
        world.holds("trade.pay.success.queue", 0).await;
    })
    .await;
}

#[tokio::test]
async fn a_message_arrives_as_it_was_written() {
    in_a_corner("a_message_arrives_as_it_was_written", |world| async move {
        let recorder = Recorder::done();
        let running = world.bus(CART, recorder.clone()).await;
        let sent = Message {
            trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into(),
            ..Message::new(CART, 185, now(), Ms(1_700_000_000_123))
                .with_body(br#"{"userId":1,"itemIds":[2,3]}"#.to_vec())
        };
        running.send(vec![sent.clone()]).await;
        recorder.saw(1).await;
        running.stop().await;
        assert_eq!(recorder.seen()[0].0, sent);
    })
    .await;
}

#[tokio::test]
async fn a_message_nobody_listens_for_waits_in_its_outbox() {
    in_a_corner("a_message_nobody_listens_for_waits_in_its_outbox", |world| async move {
        let bus = RabbitBus::new(world.config(), Arc::new(SystemClock)).unwrap();
        let running = Running::start(bus);
        running.connected().await;
        let outlet = running.bus.outlet(PAID.code).unwrap();
        let messages: Vec<Message> =
            (1..=50).map(|subject| Message::new(PAID, subject, now(), now())).collect();
        let verdicts = outlet.handle(&messages).await;
        assert!(verdicts.iter().all(|verdict| matches!(verdict, Verdict::Away { .. })), "{verdicts:?}");
        assert_eq!(running.status().returned(), 50);

        // A handler that comes later gets it.
        let recorder = Recorder::done();
        running.bus.subscribe(PAID, recorder.clone());
        running.send(messages).await;
        recorder.saw(50).await;
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_absent_are_asked_again_and_nothing_dies_of_it() {
    in_a_corner("the_absent_are_asked_again_and_nothing_dies_of_it", |world| async move {
        let judge = |message: &Message| match message.attempts {
            0..=4 => Verdict::Away { error: "away".into() },
            _ => Verdict::Done,
        };
        let recorder = Recorder::judging(judge);
        let running = world.bus(PAID, recorder.clone()).await;
        running.send(vec![Message::new(PAID, 7, now(), now())]).await;
        let status = running.status();
        until("it is done at last", || status.consumed() == 1).await;
        running.stop().await;
        let tried: Vec<(u32, u32)> =
            recorder.seen().iter().map(|(message, _)| (message.attempts, message.rejects)).collect();
        assert_eq!(tried, [(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0)]);
        assert_eq!(status.buried(), 0);
        recorder.assert_never_early();
    })
    .await;
}

#[tokio::test]
async fn a_stop_finishes_what_is_being_handled() {
    in_a_corner("a_stop_finishes_what_is_being_handled", |world| async move {
        let gate = Arc::new(Gate { entered: AtomicBool::new(false), open: Semaphore::new(0) });
        let running = world.bus(PAID, gate.clone()).await;
        running.send(vec![Message::new(PAID, 7, now(), now())]).await;
        until("it is being handled", || gate.entered.load(Ordering::SeqCst)).await;
        running.begin_stop();
        assert!(!running.stopped());
        gate.open.add_permits(1);
        let status = running.status();
        running.stop().await;
        assert_eq!(status.consumed(), 1);
        assert!(!status.connected());
        world.holds("trade.pay.success.queue", 0).await;
    })
    .await;
}

struct Gate {
    entered: AtomicBool,
    open: Semaphore,
}

#[async_trait]
impl Handler for Gate {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        self.entered.store(true, Ordering::SeqCst);
        self.open.acquire().await.unwrap().forget();
        vec![Verdict::Done; batch.len()]
    }
}

#[tokio::test]
async fn an_existing_queue_is_used_as_it_is_with_one_warning() {
    let warnings = Warnings::default();
    let subscriber = tracing_subscriber::registry().with(warnings.clone());
    let _guard = tracing::subscriber::set_default(subscriber);
    in_a_corner("an_existing_queue_is_used_as_it_is_with_one_warning", |world| async move {
        let channel = world.raw.create_channel().await.unwrap();
        let queue = world.name("trade.pay.success.queue");
        let durable = QueueDeclareOptions::durable();
        channel.queue_declare(queue.as_str().into(), durable, FieldTable::default()).await.unwrap();

        let recorder = Recorder::done();
        let running = world.bus(PAID, recorder.clone()).await;
        running.send(vec![Message::new(PAID, 1, now(), now())]).await;
        recorder.saw(1).await;
        // Another session meets it again.
        running.bus.subscribe(PAID, recorder.clone());
        running.send(vec![Message::new(PAID, 2, now(), now())]).await;
        let status = running.status();
        until("it connected twice", || status.connections() == 2).await;
        recorder.saw(2).await;
        running.stop().await;
        assert_eq!(warnings.about(&queue), 1);
    })
    .await;
}

/// Remembers the warnings of this thread.
#[derive(Clone, Default)]
struct Warnings(Arc<parking_lot::Mutex<Vec<String>>>);

impl Warnings {
    fn about(&self, name: &str) -> usize {
        self.0.lock().iter().filter(|text| text.contains(&format!("\"{name}\""))).count()
    }
}

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Warnings {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        if *event.metadata().level() == tracing::Level::WARN
            && event.metadata().target().starts_with("bus_rabbit")
        {
            let mut text = String::new();
            event.record(&mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
                let _ = write!(text, "{field}={value:?} ");
            });
            self.0.lock().push(text);
        }
    }
}

#[tokio::test]
async fn an_exchange_of_another_kind_is_named_and_nothing_crashes() {
    in_a_corner("an_exchange_of_another_kind_is_named_and_nothing_crashes", |world| async move {
        let channel = world.raw.create_channel().await.unwrap();
        let exchange = world.name("pay.direct");
        let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
        let kind = lapin::ExchangeKind::Fanout;
        channel
            .exchange_declare(exchange.as_str().into(), kind, options, FieldTable::default())
            .await
            .unwrap();

        let running = Running::of(world.config(), PAID, Recorder::done());
        let status = running.status();
        until("the error is known", || status.last_error().is_some()).await;
        let error = status.last_error().unwrap();
        assert!(error.contains(&exchange) && error.contains("another type"), "{error}");
        assert!(!status.connected());
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_published_has_what_spring_reads() {
    in_a_corner("what_is_published_has_what_spring_reads", |world| async move {
        let running = Running::start(RabbitBus::new(world.config(), Arc::new(SystemClock)).unwrap());
        running.connected().await;
        java_queue(&world, "trade.delay.direct", "trade.delay.order.queue", CHECK.name).await;
        let message = Message::new(CHECK, 1_850_000_000_000_000_001, now() + 120, now());
        running.send(vec![message.clone()]).await;
        let mut arrived = None;
        while arrived.is_none() {
            arrived = world.peek("trade.delay.order.queue").await;
        }
        let arrived = arrived.unwrap();
        let (properties, table) = (&arrived.properties, arrived.properties.headers().clone().unwrap());
        assert_eq!(arrived.data, b"1850000000000000001");
        assert_eq!(properties.content_type().as_ref().unwrap().as_str(), "application/json");
        assert_eq!(properties.content_encoding().as_ref().unwrap().as_str(), "UTF-8");
        assert_eq!(properties.delivery_mode(), &Some(2));
        assert_eq!(properties.timestamp(), &Some(u64::try_from(message.created.0 / 1_000).unwrap()));
        assert!(properties.message_id().is_some());
        let type_id = table.inner().get(headers::TYPE_ID);
        assert_eq!(type_id, Some(&AMQPValue::LongString("java.lang.Long".into())));
        assert_eq!(
            arrived.exchange.as_str(),
            world.name("trade.delay.direct"),
            "it came through the real exchange"
        );
        assert_eq!(arrived.routing_key.as_str(), CHECK.name);
        running.stop().await;
    })
    .await;
}

/// A queue as a Java consumer declares it.
async fn java_queue(world: &World, exchange: &str, queue: &str, key: &str) {
    let channel = world.raw.create_channel().await.unwrap();
    let (queue, exchange) = (world.name(queue), world.name(exchange));
    let durable = QueueDeclareOptions::durable();
    channel.queue_declare(queue.as_str().into(), durable, FieldTable::default()).await.unwrap();
    let options = QueueBindOptions::default();
    channel
        .queue_bind(queue.into(), exchange.into(), key.into(), options, FieldTable::default())
        .await
        .unwrap();
}
