//! Batches of one topic keep their pace, so that messages gather; nothing else waits for it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use clock::{ManualClock, Ms};
use delay::{
    Bounds, Bus, EmbeddedBus, Fate, Handler, Inbox, Key, Message, Outbox, Pump, Topic, Unavailable, Verdict,
};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const MAIL: Topic = Topic { code: 1, name: "mail" };
const NOTES: Topic = Topic { code: 2, name: "notes" };
const NOW: Ms = Ms(1_000_000);
const PACE: Duration = Duration::from_millis(20);

/// Keeps nothing: all messages of these tests go through the inbox.
struct Nothing;

#[async_trait]
impl Outbox for Nothing {
    async fn page(&self, _: Option<Key>, _: Ms, _: usize) -> Result<Vec<Message>, Unavailable> {
        Ok(Vec::new())
    }

    async fn settle(&self, _: Vec<(Message, Fate)>) -> Result<(), Unavailable> {
        Ok(())
    }
}

/// Reports each batch as its subjects.
struct Batches(mpsc::UnboundedSender<Vec<u64>>);

#[async_trait]
impl Handler for Batches {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        self.0.send(batch.iter().map(|message| message.subject).collect()).unwrap();
        batch.iter().map(|_| Verdict::Done).collect()
    }
}

/// A pump that keeps the pace, by a wall clock that only moves when everybody waits.
struct World {
    inbox: Inbox,
    batches: mpsc::UnboundedReceiver<Vec<u64>>,
}

impl World {
    fn start() -> Self {
        let (sender, batches) = mpsc::unbounded_channel();
        let bus = Arc::new(EmbeddedBus::default());
        bus.subscribe(MAIL, Arc::new(Batches(sender.clone())));
        bus.subscribe(NOTES, Arc::new(Batches(sender)));
        let inbox = Inbox::new(64);
        let clock = Arc::new(ManualClock::at(NOW));
        let bounds = Bounds { pace: PACE, ..Bounds::default() };
        let pump = Pump::new(Arc::new(Nothing), inbox.clone(), bus, clock).with_bounds(bounds);
        tokio::spawn(pump.run(CancellationToken::new()));
        Self { inbox, batches }
    }

    fn send(&self, topic: Topic, subject: u64) {
        self.inbox.offer(Message::new(topic, subject, NOW, NOW));
    }

    /// The next batch, and how long it took to come.
    #[expect(
        clippy::disallowed_methods,
        reason = "the wall here is the runtime's, which stands still by itself"
    )]
    async fn next(&mut self) -> (Vec<u64>, Duration) {
        let start = Instant::now();
        (self.batches.recv().await.unwrap(), start.elapsed())
    }
}

/// Lets everything run that can run without time passing.
async fn settle() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_comes_within_the_pace_is_one_batch() {
    let mut world = World::start();
    settle().await;
    world.send(MAIL, 1);
    assert_eq!(world.next().await, (vec![1], Duration::ZERO), "a queue at leisure does not wait");
    for subject in 2..=4 {
        world.send(MAIL, subject);
        settle().await;
    }
    let (batch, waited) = world.next().await;
    assert_eq!(batch, [2, 3, 4]);
    assert!(waited > Duration::ZERO && waited <= PACE + Duration::from_millis(1), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn one_topic_does_not_wait_for_the_pace_of_another() {
    let mut world = World::start();
    settle().await;
    world.send(MAIL, 1);
    assert_eq!(world.next().await.0, [1]);
    world.send(NOTES, 7);
    assert_eq!(world.next().await, (vec![7], Duration::ZERO));
}
