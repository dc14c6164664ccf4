//! A corner of the broker for one test.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bus_rabbit::{BusStatus, Config, RabbitBus, Route, STEPS_MS};
use clock::{Clock, Ms, SystemClock};
use delay::{Bus, Handler, Message, Topic, Verdict};
use lapin::message::BasicGetMessage;
use lapin::options::{
    BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions, ExchangeDeleteOptions, QueueDeclareOptions,
    QueueDeleteOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Connection, ConnectionProperties};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) const CHECK: Topic = Topic { code: 1, name: "delay.order.query" };
pub(crate) const CART: Topic = Topic { code: 2, name: "order.create" };
pub(crate) const PAID: Topic = Topic { code: 10, name: "pay.success" };

/// How long a test waits for anything before it has failed.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The way of each topic as the shop has it.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::new(CHECK, "trade.delay.direct", "trade.delay.order.queue", "trade")
            .delayed()
            .with_type_id("java.lang.Long"),
        Route::new(CART, "trade.topic", "cart.clear.queue", "cart")
            .through_topic_exchange()
            .with_body("x-order-id"),
        Route::new(PAID, "pay.direct", "trade.pay.success.queue", "trade").with_type_id("java.lang.Long"),
    ]
}

#[expect(clippy::disallowed_methods, reason = "where the test's broker is, is the caller's to say")]
pub(crate) fn address() -> String {
    std::env::var("SANDGLASS_TEST_AMQP").unwrap_or_else(|_| "amqp://guest:guest@127.0.0.1:5672/%2f".into())
}

/// Runs `test` in a corner of its own; says so when there is no broker. The corner is cleaned up even if the test
/// fails.
pub(crate) async fn in_a_corner<F, Fut>(name: &str, test: F)
where
    F: FnOnce(World) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let address = address();
    let connecting = Connection::connect(&address, ConnectionProperties::default());
    let raw = match tokio::time::timeout(PATIENCE, connecting).await {
        Ok(Ok(raw)) => Arc::new(raw),
        Ok(Err(error)) => return skip(name, &format!("no RabbitMQ: {error}")),
        Err(_) => return skip(name, "RabbitMQ does not answer"),
    };
    let world = World { raw, prefix: unique(name) };
    let ended = tokio::spawn(test(world.clone())).await;
    world.clean_up().await;
    if let Err(failed) = ended {
        std::panic::resume_unwind(failed.into_panic());
    }
}

#[expect(clippy::print_stdout, reason = "this is how a test says that it did not run")]
pub(crate) fn skip(name: &str, reason: &str) {
    println!("skipped: {name}: {reason}");
}

fn unique(name: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let (process, now) = (std::process::id(), SystemClock.now().0);
    format!("test.{process}.{now}.{}.{}.", NEXT.fetch_add(1, Ordering::Relaxed), &name[..name.len().min(20)])
}

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) raw: Arc<Connection>,
    pub(crate) prefix: String,
}

impl World {
    pub(crate) fn config(&self) -> Config {
        Config { prefix: self.prefix.clone(), ..Config::new(address(), routes()) }
    }

    pub(crate) fn name(&self, plain: &str) -> String {
        format!("{}{plain}", self.prefix)
    }

    /// A running bus with one handler, connected.
    pub(crate) async fn bus(&self, topic: Topic, handler: Arc<dyn Handler>) -> Running {
        let running = Running::of(self.config(), topic, handler);
        running.connected().await;
        running
    }

    /// Publishes as a stranger would, to an exchange of this corner.
    pub(crate) async fn publish(&self, exchange: &str, key: &str, properties: BasicProperties, body: &[u8]) {
        let channel = self.raw.create_channel().await.unwrap();
        channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        let (exchange, options) = (self.name(exchange).into(), BasicPublishOptions::default());
        let sent = channel.basic_publish(exchange, key.into(), options, body, properties).await.unwrap();
        assert!(sent.await.unwrap().is_ack());
    }

    /// The next message of a queue of this corner; it stays there.
    pub(crate) async fn peek(&self, queue: &str) -> Option<BasicGetMessage> {
        let channel = self.raw.create_channel().await.unwrap();
        channel.basic_get(self.name(queue).into(), BasicGetOptions::default()).await.unwrap()
    }

    async fn waiting(&self, queue: &str) -> u32 {
        let channel = self.raw.create_channel().await.unwrap();
        let options = QueueDeclareOptions::durable().passive();
        channel
            .queue_declare(self.name(queue).into(), options, FieldTable::default())
            .await
            .unwrap()
            .message_count()
    }

    /// Waits until so many messages wait in a queue of this corner. The broker counts a moment behind.
    pub(crate) async fn holds(&self, queue: &str, wanted: u32) {
        let waiting = async { while self.waiting(queue).await != wanted {} };
        assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "never {wanted} messages in {queue}");
    }

    /// Removes a queue of this corner.
    pub(crate) async fn remove(&self, queue: &str) {
        let channel = self.raw.create_channel().await.unwrap();
        channel.queue_delete(self.name(queue).into(), QueueDeleteOptions::default()).await.unwrap();
    }

    async fn clean_up(&self) {
        let channel = self.raw.create_channel().await.unwrap();
        for route in routes() {
            let mut queues = vec![route.queue.clone(), format!("{}.error.queue", route.service)];
            for step in STEPS_MS {
                queues.push(format!("{}.delay.{step}", route.queue));
                queues.push(format!("{}.retry.{step}", route.queue));
            }
            for queue in queues {
                let _ = channel.queue_delete(self.name(&queue).into(), QueueDeleteOptions::default()).await;
            }
            let exchange = self.name(&route.exchange).into();
            let _ = channel.exchange_delete(exchange, ExchangeDeleteOptions::default()).await;
        }
        let errors = self.name("error.direct").into();
        let _ = channel.exchange_delete(errors, ExchangeDeleteOptions::default()).await;
    }
}

/// A bus at work.
pub(crate) struct Running {
    pub(crate) bus: RabbitBus,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) fn start(bus: RabbitBus) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(bus.clone().run(stop.clone()));
        Self { bus, stop, task }
    }

    pub(crate) fn of(config: Config, topic: Topic, handler: Arc<dyn Handler>) -> Self {
        let bus = RabbitBus::new(config, Arc::new(SystemClock)).unwrap();
        bus.subscribe(topic, handler);
        Self::start(bus)
    }

    pub(crate) fn status(&self) -> BusStatus {
        self.bus.status()
    }

    pub(crate) async fn connected(&self) {
        let status = self.status();
        until("the bus is connected", || status.connected()).await;
    }

    /// Sends as a pump does: what is not done is sent again.
    pub(crate) async fn send(&self, messages: Vec<Message>) {
        let outlet = self.bus.outlet(messages[0].topic.code).unwrap();
        let mut open = messages;
        let sending = async {
            while !open.is_empty() {
                let verdicts = outlet.handle(&open).await;
                let mut verdicts = verdicts.into_iter();
                open.retain(|_| verdicts.next() != Some(Verdict::Done));
            }
        };
        tokio::time::timeout(PATIENCE, sending).await.expect("everything is sent in time");
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.task).await.expect("it stops in time").unwrap();
    }

    /// Tells it to stop and answers at once.
    pub(crate) fn begin_stop(&self) {
        self.stop.cancel();
    }

    pub(crate) fn stopped(&self) -> bool {
        self.task.is_finished()
    }
}

pub(crate) fn now() -> Ms {
    SystemClock.now()
}

/// Waits until `condition` holds.
pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            SystemClock.sleep_until(now() + 5).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "in vain: {what}");
}
