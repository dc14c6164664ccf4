//! Hands messages over as they come due.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use clock::{Clock, Ms};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::message::Place;
use crate::{
    Bus, Fate, Handled, Handler, Inbox, Key, Message, Outbox, PumpStatus, RetryPolicy, Verdict,
    window::Window,
};

/// The bounds of a pump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How many waiting messages are kept in memory.
    pub window: usize,
    /// How many messages are handed over at once.
    pub batch: usize,
    /// Topics of which fewer are, by their codes: what is handed over at once is committed at once, and others wait
    /// for that commit.
    pub batch_of: &'static [(u16, usize)],
    /// How many batches are being handled at once.
    pub batches: usize,
    /// How many of them may be of one topic, so that a topic whose handler hangs does not stop the others.
    pub batches_per_topic: usize,
    /// How far apart batches of one topic start at least, by the wall: where a batch costs nearly the same for one
    /// message as for many, a few gather meanwhile. Nothing waits for it in a queue at leisure. Zero for none.
    pub pace: Duration,
    /// How far ahead messages are read into the window, in milliseconds.
    pub lookahead_ms: i64,
    /// How long to wait after the store failed, in milliseconds.
    pub store_retry_ms: i64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            window: 8_192,
            batch: 256,
            batch_of: &[],
            batches: 8,
            batches_per_topic: 4,
            pace: Duration::ZERO,
            lookahead_ms: 2_000,
            store_retry_ms: 500,
        }
    }
}

impl Bounds {
    /// How many messages of `topic` are handed over at once.
    fn batch_of(&self, topic: u16) -> usize {
        let fewer = self.batch_of.iter().find(|(code, _)| *code == topic);
        fewer.map_or(self.batch, |(_, count)| *count)
    }
}

/// Takes messages from one outbox as they come due and hands them to the bus.
pub struct Pump {
    outbox: Arc<dyn Outbox>,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    inbox: Inbox,
    status: PumpStatus,
    bounds: Bounds,
    window: Window,
    /// Every message up to here was read from the store or offered to the inbox.
    loaded_until: Option<Ms>,
    running: JoinSet<Report>,
    /// Batches being handled, by topic.
    busy: BTreeMap<u16, usize>,
    /// Topics whose last batch started less than the pace ago; each ends with its code.
    resting: JoinSet<u16>,
    rests: BTreeSet<u16>,
    quiet_until: Option<Ms>,
    /// Another process put messages into the store.
    more: bool,
}

/// What a batch task reports back.
struct Report {
    topic: u16,
    places: Vec<Place>,
    done: u64,
    buried: u64,
    /// The store did not take the outcome: read everything again.
    lost: bool,
    /// What became of each message, unless that was lost.
    tries: Vec<Handled>,
}

impl Pump {
    /// A pump over `outbox`. Whoever commits messages offers them to the same `inbox`.
    pub fn new(outbox: Arc<dyn Outbox>, inbox: Inbox, bus: Arc<dyn Bus>, clock: Arc<dyn Clock>) -> Self {
        Self {
            outbox,
            bus,
            clock,
            inbox,
            status: PumpStatus::default(),
            bounds: Bounds::default(),
            window: Window::default(),
            loaded_until: None,
            running: JoinSet::new(),
            busy: BTreeMap::new(),
            resting: JoinSet::new(),
            rests: BTreeSet::new(),
            quiet_until: None,
            more: false,
        }
    }

    /// Sets other bounds.
    #[must_use]
    pub fn with_bounds(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }

    /// A live view of this pump.
    pub fn status(&self) -> PumpStatus {
        self.status.clone()
    }

    /// Runs until `stop`; then waits for the batches in flight and returns.
    pub async fn run(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let now = self.turn().await;
            self.wait(now, &stop).await;
        }
        while let Some(finished) = self.running.join_next().await {
            self.collect(finished.ok());
        }
    }

    /// One look at the clock: read what is missing, hand over what is due. Answers the time it saw.
    async fn turn(&mut self) -> Ms {
        let now = self.clock.now();
        // More than the bound waits only when a clock stepped back and left the horizon far ahead.
        if self.inbox.take_missed() || self.window.waiting() > 2 * self.bounds.window {
            self.window.clear_waiting();
            self.loaded_until = None;
        }
        if self.inbox.take_more() {
            self.more = true;
        }
        if self.needs_page(now) {
            self.load(now).await;
        }
        self.hear();
        if !self.status.paused() {
            self.hand_over(now);
        }
        self.status.observe(self.window.oldest().filter(|due| *due <= now), self.window.in_flight());
        now
    }

    /// Takes what was offered since the last look.
    fn hear(&mut self) {
        for message in self.inbox.take() {
            self.window.add(message);
        }
    }

    fn needs_page(&self, now: Ms) -> bool {
        let quiet = self.quiet_until(now).is_some();
        let behind =
            self.more || self.loaded_until.is_none_or(|until| until < now + self.bounds.lookahead_ms / 2);
        !quiet && behind && self.window.waiting() < self.bounds.window / 2
    }

    /// Until when a store that failed is left alone, if it still is. Longer than ever asked for means that
    /// the clock stepped back: then it is over.
    fn quiet_until(&self, now: Ms) -> Option<Ms> {
        self.quiet_until.filter(|until| (1..=self.bounds.store_retry_ms).contains(&until.since(now)))
    }

    /// Reads the next page. The horizon is raised *before* the read: a message committed after the read's
    /// snapshot is then offered to the inbox, so nothing falls between the two.
    async fn load(&mut self, now: Ms) {
        let until = now + self.bounds.lookahead_ms;
        let limit = self.bounds.window + self.window.in_flight();
        self.more = false;
        self.inbox.set_horizon(until);
        // From the start of what is not loaded. Equal due times may be split by a page: read that one again.
        let after = self.loaded_until.map(|due| Key { due, topic: 0, subject: 0 });
        match self.outbox.page(after, until, limit).await {
            Ok(page) => self.take_page(page, until, limit),
            Err(error) => {
                tracing::warn!(%error, "could not read the outbox; trying again");
                self.inbox.reload();
                self.quiet_until = Some(now + self.bounds.store_retry_ms);
            }
        }
    }

    fn take_page(&mut self, page: Vec<Message>, until: Ms, limit: usize) {
        let full = page.len() >= limit;
        let last = page.last().map(|message| message.ready);
        let reached = if full { last.unwrap_or(until) } else { until };
        self.inbox.set_horizon(reached);
        self.loaded_until = Some(reached);
        self.quiet_until = None;
        for message in page {
            self.window.add(message);
        }
    }

    fn hand_over(&mut self, now: Ms) {
        while self.running.len() < self.bounds.batches {
            let (busy, most, rests) = (&self.busy, self.bounds.batches_per_topic, &self.rests);
            let full =
                |topic| rests.contains(&topic) || busy.get(&topic).is_some_and(|running| *running >= most);
            let batch = self.window.take_ready(now, |topic| self.bounds.batch_of(topic), full);
            let Some(first) = batch.first() else { return };
            let topic = first.topic.code;
            *self.busy.entry(topic).or_default() += 1;
            self.rest(topic);
            let job = Batch {
                outbox: self.outbox.clone(),
                bus: self.bus.clone(),
                clock: self.clock.clone(),
                messages: batch,
            };
            self.running.spawn(job.run());
        }
    }

    /// Lets the next batch of `topic` gather.
    fn rest(&mut self, topic: u16) {
        let pace = self.bounds.pace;
        if !pace.is_zero() && self.rests.insert(topic) {
            self.resting.spawn(async move {
                tokio::time::sleep(pace).await;
                topic
            });
        }
    }

    fn collect(&mut self, finished: Option<Report>) {
        let Some(handled) = finished else { return };
        // What was offered while these were in flight is known as such; heard later it would look new.
        self.hear();
        if let Some(running) = self.busy.get_mut(&handled.topic) {
            *running = running.saturating_sub(1);
        }
        self.window.finished(&handled.places);
        self.status.count(handled.done, handled.buried);
        if handled.lost {
            self.inbox.reload();
            self.quiet_until = Some(self.clock.now() + self.bounds.store_retry_ms);
        } else {
            self.status.passed(handled.tries);
        }
    }

    /// Sleeps until there is something to do.
    async fn wait(&mut self, now: Ms, stop: &CancellationToken) {
        let wake_at = self.wake_at(now);
        let (clock, inbox) = (self.clock.clone(), self.inbox.clone());
        // In a fixed order, so that a simulated run can be repeated exactly.
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            Some(finished) = next(&mut self.running) => self.collect(finished),
            Some(rested) = next(&mut self.resting) => self.rests.retain(|topic| Some(*topic) != rested),
            () = inbox.changed() => {}
            () = clock.sleep_until(wake_at) => {}
        }
    }

    /// The next time at which waiting alone changes something. What was due at `now` and is still here
    /// waits for a running batch to end, not for the clock.
    fn wake_at(&self, now: Ms) -> Ms {
        if self.needs_page(now) {
            return now;
        }
        let next_page = now + (self.bounds.lookahead_ms / 2).max(1);
        let next_ready = self.window.next_ready_after(now).unwrap_or(next_page);
        self.quiet_until(now).unwrap_or(next_page).min(next_ready).min(next_page)
    }
}

async fn next<T: 'static>(running: &mut JoinSet<T>) -> Option<Option<T>> {
    match running.join_next().await {
        Some(finished) => Some(finished.ok()),
        None => pending().await,
    }
}

/// Some messages on their way through a handler.
struct Batch {
    outbox: Arc<dyn Outbox>,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    messages: Vec<Message>,
}

impl Batch {
    async fn run(self) -> Report {
        let places: Vec<Place> = self.messages.iter().map(Message::place).collect();
        let topic = self.messages[0].topic.code;
        let outlet = self.bus.outlet(topic);
        let retry = outlet.as_ref().map_or_else(RetryPolicy::default, |handler| handler.retry());
        let verdicts = self.verdicts(outlet).await;
        let now = self.clock.now();
        let fates: Vec<(Message, Fate)> = self
            .messages
            .into_iter()
            .zip(verdicts)
            .map(|(message, verdict)| {
                let fate = retry.fate(&message, verdict, now);
                (message, fate)
            })
            .collect();
        let finished = count(&fates, |fate| matches!(fate, Fate::Done));
        let buried = count(&fates, |fate| matches!(fate, Fate::Dead { .. }));
        let tries = fates.iter().map(|(message, fate)| Handled::of(message, fate, now)).collect();
        let lost = self.outbox.settle(fates).await.is_err();
        Report { topic, places, done: finished, buried, lost, tries }
    }

    /// Runs the handler in a task of its own, so that its panic costs this batch one attempt and no more.
    async fn verdicts(&self, outlet: Option<Arc<dyn Handler>>) -> Vec<Verdict> {
        let Some(handler) = outlet else {
            return self.all(&Verdict::Away { error: "no handler is subscribed to this topic".into() });
        };
        let messages = self.messages.clone();
        let handled = tokio::spawn(async move { handler.handle(&messages).await }).await;
        match handled {
            Ok(verdicts) if verdicts.len() == self.messages.len() => verdicts,
            Ok(_) => {
                self.all(&Verdict::Reject { error: "the handler did not answer for every message".into() })
            }
            Err(panic) => self.all(&Verdict::Reject { error: format!("the handler stopped: {panic}") }),
        }
    }

    fn all(&self, verdict: &Verdict) -> Vec<Verdict> {
        vec![verdict.clone(); self.messages.len()]
    }
}

fn count(fates: &[(Message, Fate)], wanted: impl Fn(&Fate) -> bool) -> u64 {
    fates.iter().filter(|(_, fate)| wanted(fate)).count() as u64
}
