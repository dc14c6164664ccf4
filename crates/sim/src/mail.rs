//! Messages: what a process hands over to itself, and the broker between processes.
//!
//! Duties a service owes to itself stay in its outbox until its own handler is done with them. The three kinds
//! that cross, or that the reference gives to the broker, are handed to a broker of the simulation: it confirms
//! (or the confirmation is lost, and the message comes twice), keeps the message while receivers come and go,
//! and delivers it until it is acknowledged. Unless it loses it: rows carry the duty, messages only wake.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::topics;
use async_trait::async_trait;
use clock::{Clock, HOUR, MINUTE, SECOND};
use delay::{Bus, Fate, Handler, Message, RetryPolicy, Topic, Verdict};
use parking_lot::Mutex;

use crate::life::Life;
use crate::mark::Mark;
use crate::matrix::{self, Deed};
use crate::place::{Act, Place, Side};
use crate::town::Town;

/// Who hears a topic that goes through the broker; none: it stays with its sender.
fn receiver(topic: u16) -> Option<Place> {
    match topic {
        _ if topic == topics::PAY_SUCCESS.code || topic == topics::ORDER_CHECK.code => Some(Place::Trade),
        _ if topic == topics::ORDER_CREATED.code => Some(Place::Cart),
        _ => None,
    }
}

/// The handlers of one process.
#[derive(Clone, Default)]
pub(crate) struct Handlers(Arc<Mutex<BTreeMap<u16, Arc<dyn Handler>>>>);

impl Handlers {
    pub(crate) fn of(&self, topic: u16) -> Option<Arc<dyn Handler>> {
        self.0.lock().get(&topic).cloned()
    }
}

/// The bus as one process sees it.
pub(crate) struct Mail {
    pub(crate) life: Arc<Life>,
    pub(crate) handlers: Handlers,
}

impl Bus for Mail {
    fn subscribe(&self, topic: Topic, handler: Arc<dyn Handler>) {
        self.handlers.0.lock().insert(topic.code, handler);
    }

    fn outlet(&self, topic: u16) -> Option<Arc<dyn Handler>> {
        let life = self.life.clone();
        match receiver(topic) {
            Some(to) => Some(Arc::new(Counter { life, to })),
            None => self.handlers.of(topic).map(|handler| Arc::new(Own { life, handler }) as _),
        }
    }

    fn holds_delays(&self, _: u16) -> bool {
        false
    }
}

/// Where a process hands messages over to its own handler.
struct Own {
    life: Arc<Life>,
    handler: Arc<dyn Handler>,
}

#[async_trait]
impl Handler for Own {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        let name = batch.first().map_or("", |message| message.topic.name);
        let about: Vec<u64> = batch.iter().map(|message| message.subject).collect();
        let deed = self.life.pass(Act::HandOver(name), Side::Before).await;
        let (town, place) = (&self.life.town, self.life.place);
        let copy = matrix::handed_over(town, place, batch);
        town.note(name, &about, || format!("{} hears {name} {about:?}", self.life.place));
        if deed == Some(Deed::Lose) {
            town.put_off(copy);
            return vec![Verdict::Done; batch.len()];
        }
        let twice = town.draw_weather(|weather| weather.message_twice);
        if twice || deed == Some(Deed::Repeat) {
            town.hit(Mark::Fault("a duty was handed over twice"));
            town.put_off(copy);
            self.handler.handle(batch).await;
        }
        let verdicts = self.handler.handle(batch).await;
        self.life.pass(Act::HandOver(name), Side::After).await;
        town.note(name, &about, || format!("{} says of {name} {about:?}: {verdicts:?}", self.life.place));
        verdicts
    }

    fn retry(&self) -> RetryPolicy {
        self.handler.retry()
    }
}

/// Where a process hands messages over to the broker.
struct Counter {
    life: Arc<Life>,
    to: Place,
}

#[async_trait]
impl Handler for Counter {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        let mut verdicts = Vec::with_capacity(batch.len());
        for message in batch {
            let name = message.topic.name;
            let deed = self.life.pass(Act::HandOver(name), Side::Before).await;
            let copy = matrix::handed_over(&self.life.town, self.to, std::slice::from_ref(message));
            match deed {
                Some(Deed::Lose) => {
                    self.life.town.put_off(copy);
                    verdicts.push(Verdict::Done);
                    continue;
                }
                Some(Deed::Repeat) => self.life.town.repeat(&copy),
                _ => {}
            }
            verdicts.push(self.publish(message).await);
            self.life.pass(Act::HandOver(name), Side::After).await;
        }
        verdicts
    }
}

impl Counter {
    async fn publish(&self, message: &Message) -> Verdict {
        let (town, from) = (&self.life.town, self.life.place);
        let (name, subject) = (message.topic.name, message.subject);
        let away = || Verdict::Away { error: "the broker does not confirm".into() };
        town.clock.after(1).await;
        if town.is_cut(from, Place::Broker) {
            town.hit(Mark::Fault("a cut link swallowed a message"));
            return away();
        }
        town.note(name, &[subject], || format!("{from} gives {name} [{subject}] to the broker"));
        take_over(town, self.to, message);
        if town.is_cut(Place::Broker, from) || town.draw_weather(|weather| weather.answer_lost) {
            town.hit(Mark::Fault("a confirmation was lost"));
            return away();
        }
        Verdict::Done
    }
}

/// The broker has a message now, unless it loses it.
fn take_over(town: &Arc<Town>, to: Place, message: &Message) {
    if town.draw_weather(|weather| weather.message_lost) {
        town.hit(Mark::Fault("a message was lost"));
        return town.note("lost", &[message.subject], || format!("the broker loses {}", message.topic.name));
    }
    let twice = town.draw_weather(|weather| weather.message_twice);
    if twice {
        town.hit(Mark::Fault("a message came twice"));
    }
    for _ in 0..=usize::from(twice) {
        let late = town.draw_weather(|weather| weather.message_late);
        if late {
            town.hit(Mark::Fault("a message was late"));
        }
        let longest = if late { 24 * HOUR } else { 20 };
        let delay_ms = town.draw(|chance| chance.span(1..=longest));
        let letter = Letter { to, message: message.clone(), wipes: town.wipes() };
        town.spawn(letter.deliver(town.clone(), delay_ms));
    }
}

/// A message in the broker.
struct Letter {
    to: Place,
    message: Message,
    /// How often everything had been wiped when it came.
    wipes: u64,
}

/// The broker looks again for a receiver after so long.
const LOOK_AGAIN_MS: i64 = SECOND;

impl Letter {
    async fn deliver(mut self, town: Arc<Town>, delay_ms: i64) {
        if delay_ms > MINUTE {
            town.clock.sleep_until(town.clock.now() + delay_ms).await;
        } else {
            town.clock.after(delay_ms).await;
        }
        let _on_its_way = town.letter();
        while self.wipes == town.wipes() {
            match self.hand_over(&town).await {
                None => town.clock.after(LOOK_AGAIN_MS).await,
                Some(Fate::Done) => return,
                Some(Fate::Again { at, rejected, .. }) => {
                    self.message.attempts = self.message.attempts.saturating_add(1);
                    self.message.rejects += u32::from(rejected);
                    self.message.ready = at;
                    town.clock.sleep_until(at).await;
                }
                Some(Fate::Dead { error, .. }) => {
                    let what = format!("{} became a dead letter: {error}", self.message.topic.name);
                    return town.fail(&what, &[self.message.subject]);
                }
            }
        }
    }

    /// What becomes of it after this try; `None` if nobody was there, or went away over it.
    async fn hand_over(&self, town: &Arc<Town>) -> Option<Fate> {
        let (life, running) = town.running(self.to)?;
        if town.is_cut(Place::Broker, self.to) {
            return None;
        }
        let (name, subject) = (self.message.topic.name, self.message.subject);
        let handler = running.handlers.of(self.message.topic.code)?;
        town.note(name, &[subject], || format!("{} hears {name} [{subject}]", self.to));
        let handling = async {
            let deed = life.pass(Act::HandOver(name), Side::Before).await;
            let copy = matrix::handed_over(town, self.to, std::slice::from_ref(&self.message));
            match deed {
                Some(Deed::Lose) => {
                    town.put_off(copy);
                    return vec![Verdict::Done];
                }
                Some(Deed::Repeat) => town.repeat(&copy),
                _ => {}
            }
            let verdicts = handler.handle(std::slice::from_ref(&self.message)).await;
            life.pass(Act::HandOver(name), Side::After).await;
            verdicts
        };
        let verdict = tokio::select! {
            biased;
            verdicts = handling => verdicts.into_iter().next()?,
            () = life.over.cancelled() => return None,
        };
        // An acknowledgement that is lost brings the message back.
        if town.is_cut(self.to, Place::Broker) {
            return None;
        }
        town.note(name, &[subject], || format!("{} says of {name} [{subject}]: {verdict:?}", self.to));
        Some(handler.retry().fate(&self.message, verdict, town.clock.now()))
    }
}
