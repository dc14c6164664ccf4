//! The bounded view over the messages that come due next.

use std::collections::{BTreeMap, BTreeSet};

use clock::Ms;

use crate::Message;
use crate::message::{Key, Place};

/// Messages known to the pump: waiting in the order of being handed over, or being handled.
#[derive(Debug, Default)]
pub(crate) struct Window {
    waiting: BTreeMap<Place, Message>,
    in_flight: BTreeSet<Place>,
}

impl Window {
    /// Adds a message unless it is known already.
    pub(crate) fn add(&mut self, message: Message) {
        let place = message.place();
        if !self.in_flight.contains(&place) {
            self.waiting.entry(place).or_insert(message);
        }
    }

    /// Forgets what is waiting (it is in the store), but not what is being handled.
    pub(crate) fn clear_waiting(&mut self) {
        self.waiting.clear();
    }

    /// Takes out ready messages of one kind: those of the topic that is ready first and not `busy`, at most
    /// its `limit`; or a single one that was rejected before, so that a poison message drags nobody along.
    pub(crate) fn take_ready(
        &mut self,
        now: Ms,
        limit: impl Fn(u16) -> usize,
        busy: impl Fn(u16) -> bool,
    ) -> Vec<Message> {
        let mut ready = self.waiting.iter().take_while(|(place, _)| place.ready <= now);
        let Some((_, first)) = ready.find(|(place, _)| !busy(place.key.topic)) else { return Vec::new() };
        let (topic, alone) = (first.topic.code, first.rejects > 0);
        let limit = if alone { 1 } else { limit(topic) };
        let places: Vec<Place> = self
            .waiting
            .iter()
            .take_while(|(place, _)| place.ready <= now)
            .filter(|(place, message)| place.key.topic == topic && (alone == (message.rejects > 0)))
            .map(|(place, _)| *place)
            .take(limit)
            .collect();
        self.in_flight.extend(&places);
        places.iter().filter_map(|place| self.waiting.remove(place)).collect()
    }

    /// The messages were handled; whatever became of them is in the store.
    pub(crate) fn finished(&mut self, places: &[Place]) {
        for place in places {
            self.in_flight.remove(place);
        }
    }

    /// When the next waiting message is to be handed over that is not yet at `now`.
    pub(crate) fn next_ready_after(&self, now: Ms) -> Option<Ms> {
        let later = Place { ready: now + 1, key: Key { due: Ms(i64::MIN), topic: 0, subject: 0 } };
        self.waiting.range(later..).next().map(|(place, _)| place.ready)
    }

    /// When the oldest message not finished was to be handed over.
    pub(crate) fn oldest(&self) -> Option<Ms> {
        let waiting = self.waiting.first_key_value().map(|(place, _)| place.ready);
        let flying = self.in_flight.first().map(|place| place.ready);
        [waiting, flying].into_iter().flatten().min()
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }
}
