//! The pump's guarantees, over an outbox in memory and a clock driven by hand.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use clock::{Clock, Ms};
use delay::{
    Bounds, Bus, EmbeddedBus, Fate, Handler, Inbox, Key, Message, Outbox, Pump, PumpStatus, Topic,
    Unavailable, Verdict,
};
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

const MAIL: Topic = Topic { code: 1, name: "mail" };
const SLOW: Topic = Topic { code: 2, name: "slow" };

/// An outbox that keeps its messages in memory, and can be told to fail.
#[derive(Default)]
struct MemoryOutbox {
    rows: Mutex<BTreeMap<Key, Message>>,
    dead: Mutex<Vec<Message>>,
    inbox: Mutex<Option<Inbox>>,
    failures: Mutex<u32>,
}

impl MemoryOutbox {
    fn send(&self, message: Message) {
        self.rows.lock().insert(message.key(), message.clone());
        if let Some(inbox) = &*self.inbox.lock() {
            inbox.offer(message);
        }
    }

    fn fail_next(&self, times: u32) {
        *self.failures.lock() = times;
    }

    fn answer(&self) -> Result<(), Unavailable> {
        let mut failures = self.failures.lock();
        if *failures == 0 {
            return Ok(());
        }
        *failures -= 1;
        Err(Unavailable("told to fail".into()))
    }
}

#[async_trait]
impl Outbox for MemoryOutbox {
    async fn page(&self, after: Option<Key>, until: Ms, limit: usize) -> Result<Vec<Message>, Unavailable> {
        self.answer()?;
        let rows = self.rows.lock();
        let later = rows.values().filter(|m| after.is_none_or(|after| m.key() > after) && m.due <= until);
        Ok(later.take(limit).cloned().collect())
    }

    async fn settle(&self, fates: Vec<(Message, Fate)>) -> Result<(), Unavailable> {
        self.answer()?;
        for (message, fate) in fates {
            let Some(row) = self.rows.lock().remove(&message.key()) else { continue };
            match fate {
                Fate::Done => {}
                Fate::Dead { .. } => self.dead.lock().push(row),
                Fate::Again { at, rejected, .. } => self.send(Message {
                    due: at,
                    ready: at,
                    attempts: row.attempts + 1,
                    rejects: row.rejects + u32::from(rejected),
                    ..row
                }),
            }
        }
        Ok(())
    }
}

/// A clock driven by hand that counts how often it is looked at. A step back ends the waits, as with the
/// machine's clock it does in time.
#[derive(Clone)]
struct ManualClock {
    inner: clock::ManualClock,
    looks: Arc<AtomicU64>,
    stepped_back: Arc<Notify>,
}

impl ManualClock {
    fn at(start: Ms) -> Self {
        Self { inner: clock::ManualClock::at(start), looks: Arc::default(), stepped_back: Arc::default() }
    }

    fn set(&self, to: Ms) {
        let back = to < self.inner.now();
        self.inner.set(to);
        if back {
            self.stepped_back.notify_waiters();
        }
    }

    fn advance(&self, span_ms: i64) {
        self.set(self.inner.now() + span_ms);
    }

    fn looks(&self) -> u64 {
        self.looks.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Ms {
        self.looks.fetch_add(1, Ordering::SeqCst);
        self.inner.now()
    }

    async fn sleep_until(&self, at: Ms) {
        tokio::select! {
            () = self.inner.sleep_until(at) => {}
            () = self.stepped_back.notified() => {}
        }
    }
}

/// Reports every message it sees, with the time, and answers as told.
struct Reporter {
    seen: mpsc::UnboundedSender<(u64, Ms)>,
    clock: ManualClock,
    answer: fn(&Message) -> Verdict,
}

#[async_trait]
impl Handler for Reporter {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        for message in batch {
            self.seen.send((message.subject, self.clock.now())).unwrap();
        }
        batch.iter().map(self.answer).collect()
    }
}

/// Never answers.
struct Hanging;

#[async_trait]
impl Handler for Hanging {
    async fn handle(&self, _: &[Message]) -> Vec<Verdict> {
        std::future::pending().await
    }
}

struct World {
    outbox: Arc<MemoryOutbox>,
    clock: ManualClock,
    seen: mpsc::UnboundedReceiver<(u64, Ms)>,
    status: PumpStatus,
    stop: CancellationToken,
}

impl World {
    fn start(answer: fn(&Message) -> Verdict, before: impl FnOnce(&MemoryOutbox)) -> Self {
        let outbox = Arc::new(MemoryOutbox::default());
        before(&outbox);
        let inbox = Inbox::new(4);
        *outbox.inbox.lock() = Some(inbox.clone());
        let clock = ManualClock::at(Ms(1_000_000));
        let (sender, seen) = mpsc::unbounded_channel();
        let bus = Arc::new(EmbeddedBus::default());
        bus.subscribe(MAIL, Arc::new(Reporter { seen: sender, clock: clock.clone(), answer }));
        bus.subscribe(SLOW, Arc::new(Hanging));
        let bounds = Bounds { window: 8, batch: 3, batches: 4, batches_per_topic: 2, ..Bounds::default() };
        let pump = Pump::new(outbox.clone(), inbox, bus, Arc::new(clock.clone())).with_bounds(bounds);
        let (status, stop) = (pump.status(), CancellationToken::new());
        tokio::spawn(pump.run(stop.clone()));
        Self { outbox, clock, seen, status, stop }
    }

    fn send(&self, subject: u64, due: i64) {
        self.outbox.send(Message::new(MAIL, subject, Ms(due), self.clock.now()));
    }

    async fn next(&mut self) -> (u64, Ms) {
        self.seen.recv().await.unwrap()
    }

    /// Lets everything run that can run without time passing.
    async fn settle(&self) {
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
    }
}

fn done(_: &Message) -> Verdict {
    Verdict::Done
}

#[tokio::test]
async fn no_message_is_handled_before_its_time() {
    let mut world = World::start(done, |_| {});
    world.send(1, 1_000_500);
    world.settle().await;
    assert!(world.seen.try_recv().is_err());
    world.clock.set(Ms(1_000_500));
    assert_eq!(world.next().await, (1, Ms(1_000_500)));
}

#[tokio::test]
async fn more_messages_than_the_window_holds_all_arrive_once() {
    let mut world = World::start(done, |outbox| {
        for subject in 0..100 {
            outbox.send(Message::new(MAIL, subject, Ms(900_000), Ms(0)));
        }
    });
    let mut seen = Vec::new();
    for _ in 0..100 {
        seen.push(world.next().await.0);
    }
    world.settle().await;
    assert!(world.seen.try_recv().is_err(), "one was handled twice");
    seen.sort_unstable();
    assert_eq!(seen, (0..100).collect::<Vec<_>>());
    assert!(world.outbox.rows.lock().is_empty());
}

#[tokio::test]
async fn offers_beyond_the_inbox_are_found_in_the_store() {
    let mut world = World::start(done, |_| {});
    world.settle().await;
    for subject in 0..50 {
        world.send(subject, 1_000_000);
    }
    let mut seen = Vec::new();
    for _ in 0..50 {
        seen.push(world.next().await.0);
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..50).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_poison_message_ends_as_a_dead_letter_and_delays_nobody() {
    fn poison_is_7(message: &Message) -> Verdict {
        if message.subject == 7 { Verdict::Reject { error: "poison".into() } } else { Verdict::Done }
    }
    let mut world = World::start(poison_is_7, |_| {});
    world.send(7, 1_000_000);
    world.next().await;
    world.send(8, 1_000_001);
    world.clock.set(Ms(1_000_001));
    assert_eq!(world.next().await.0, 8, "the healthy one waited for the poison");
    for _ in 0..3 {
        world.settle().await;
        world.clock.advance(60_000);
        assert_eq!(world.next().await.0, 7);
    }
    world.settle().await;
    assert_eq!(world.outbox.dead.lock().len(), 1);
    assert!(world.outbox.rows.lock().is_empty());
    assert_eq!(world.status.buried(), 1);
}

#[tokio::test]
async fn a_handler_that_hangs_does_not_stop_other_topics() {
    let mut world = World::start(done, |outbox| {
        for subject in 0..8 {
            outbox.send(Message::new(SLOW, subject, Ms(900_000), Ms(0)));
        }
    });
    world.settle().await;
    world.send(1, 1_000_000);
    assert_eq!(world.next().await.0, 1);
}

#[tokio::test]
async fn a_handler_that_panics_costs_one_attempt() {
    fn panics_once(message: &Message) -> Verdict {
        assert!(message.attempts > 0, "first try");
        Verdict::Done
    }
    let mut world = World::start(panics_once, |_| {});
    world.send(1, 1_000_000);
    world.next().await;
    world.settle().await;
    world.clock.advance(60_000);
    world.next().await;
    world.settle().await;
    assert!(world.outbox.rows.lock().is_empty());
}

#[tokio::test]
async fn a_message_that_makes_its_handler_panic_takes_no_other_to_the_dead_letters() {
    fn panics_at_7(message: &Message) -> Verdict {
        assert!(message.subject != 7, "poison");
        Verdict::Done
    }
    let world = World::start(panics_at_7, |outbox| {
        for subject in 6..9 {
            outbox.send(Message::new(MAIL, subject, Ms(900_000), Ms(0)));
        }
    });
    for _ in 0..10 {
        world.settle().await;
        world.clock.advance(60_000);
    }
    let dead: Vec<u64> = world.outbox.dead.lock().iter().map(|message| message.subject).collect();
    assert_eq!(dead, [7]);
    assert!(world.outbox.rows.lock().is_empty());
}

#[tokio::test]
async fn a_store_that_fails_for_a_while_loses_nothing() {
    let mut world = World::start(done, |outbox| outbox.fail_next(3));
    world.send(1, 1_000_000);
    for _ in 0..6 {
        world.settle().await;
        world.clock.advance(600);
    }
    assert_eq!(world.next().await.0, 1);
    world.settle().await;
    assert!(world.outbox.rows.lock().is_empty());
}

#[tokio::test]
async fn a_clock_that_steps_by_hours_loses_nothing() {
    let mut world = World::start(done, |_| {});
    world.settle().await;
    world.clock.advance(-7_200_000);
    world.settle().await;
    let early = world.clock.now().0 + 10;
    world.send(1, early);
    world.clock.set(Ms(early));
    assert_eq!(world.next().await.0, 1);
    world.clock.advance(14_400_000);
    world.settle().await;
    world.send(2, world.clock.now().0);
    assert_eq!(world.next().await.0, 2);
}

#[tokio::test]
async fn a_message_put_off_to_the_time_it_had_comes_back() {
    fn once_more(message: &Message) -> Verdict {
        if message.attempts == 0 { Verdict::Later { due: message.due } } else { Verdict::Done }
    }
    let mut world = World::start(once_more, |_| {});
    world.settle().await;
    world.send(1, 1_000_000);
    world.next().await;
    world.settle().await;
    world.clock.advance(10);
    world.settle().await;
    assert_eq!(world.seen.try_recv().map(|(subject, _)| subject), Ok(1));
    world.settle().await;
    assert!(world.outbox.rows.lock().is_empty());
}

#[tokio::test]
async fn a_clock_that_steps_back_after_a_failure_of_the_store_does_not_stop_reading() {
    let mut world = World::start(done, |outbox| {
        outbox.send(Message::new(MAIL, 1, Ms(500_000), Ms(0)));
        outbox.fail_next(1);
    });
    world.settle().await;
    world.clock.set(Ms(600_000));
    world.settle().await;
    world.clock.advance(2_000);
    world.settle().await;
    assert_eq!(world.seen.try_recv().map(|(subject, _)| subject), Ok(1));
}

#[tokio::test]
async fn a_full_window_after_a_failure_of_the_store_waits_without_spinning() {
    let world = World::start(done, |_| {});
    world.settle().await;
    world.status.pause();
    world.outbox.fail_next(1);
    world.outbox.inbox.lock().as_ref().unwrap().reload();
    world.settle().await;
    // More than half the window is heard of while the store is left alone.
    for subject in 0..6 {
        world.send(subject, 1_001_000);
        world.settle().await;
    }
    world.clock.advance(600);
    world.settle().await;
    let before = world.clock.looks();
    world.settle().await;
    assert_eq!(world.clock.looks(), before, "the pump turns although nothing happens");
}

#[tokio::test]
async fn a_paused_pump_keeps_its_messages() {
    let mut world = World::start(done, |_| {});
    world.settle().await;
    world.status.pause();
    world.send(1, 1_000_000);
    world.settle().await;
    assert!(world.seen.try_recv().is_err());
    world.status.resume();
    world.clock.advance(2_000);
    assert_eq!(world.next().await.0, 1);
    world.stop.cancel();
}

/// Tells how many messages each call got.
struct Sizes(mpsc::UnboundedSender<usize>);

#[async_trait]
impl Handler for Sizes {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        self.0.send(batch.len()).unwrap();
        vec![Verdict::Done; batch.len()]
    }
}

#[tokio::test]
async fn of_a_topic_that_asks_for_it_fewer_messages_are_handed_over_at_once() {
    let outbox = Arc::new(MemoryOutbox::default());
    for subject in 0..10 {
        outbox.send(Message::new(MAIL, subject, Ms(1), Ms(0)));
        outbox.send(Message::new(SLOW, subject, Ms(2), Ms(0)));
    }
    let bus = Arc::new(EmbeddedBus::default());
    let (mails, mut of_mail) = mpsc::unbounded_channel();
    let (slow, mut of_slow) = mpsc::unbounded_channel();
    bus.subscribe(MAIL, Arc::new(Sizes(mails)));
    bus.subscribe(SLOW, Arc::new(Sizes(slow)));
    let bounds = Bounds { batch: 10, batch_of: &[(2, 4)], ..Bounds::default() };
    let clock = Arc::new(ManualClock::at(Ms(1_000)));
    let pump = Pump::new(outbox, Inbox::new(4), bus, clock).with_bounds(bounds);
    let stop = CancellationToken::new();
    tokio::spawn(pump.run(stop.clone()));
    assert_eq!(of_mail.recv().await, Some(10));
    let sizes = [of_slow.recv().await, of_slow.recv().await, of_slow.recv().await];
    assert_eq!(sizes, [Some(4), Some(4), Some(2)]);
    stop.cancel();
}
