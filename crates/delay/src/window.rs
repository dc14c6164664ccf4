//! The bounded view over the messages that come due next.

use std::collections::{BTreeMap, BTreeSet};

use clock::Ms;

use crate::{Key, Message};

/// Messages known to the pump: waiting in order of their due time, or being handled.
#[derive(Debug, Default)]
pub(crate) struct Window {
    waiting: BTreeMap<Key, Message>,
    in_flight: BTreeSet<Key>,
}

impl Window {
    /// Adds a message unless it is known already.
    pub(crate) fn add(&mut self, message: Message) {
        let key = message.key();
        if !self.in_flight.contains(&key) {
            self.waiting.entry(key).or_insert(message);
        }
    }

    /// Forgets what is waiting (it is in the store), but not what is being handled.
    pub(crate) fn clear_waiting(&mut self) {
        self.waiting.clear();
    }

    /// Takes out due messages of one kind: those of the topic that is due first and not `busy`, at most
    /// `limit`; or a single one that was rejected before, so that a poison message drags nobody along.
    pub(crate) fn take_due(&mut self, now: Ms, limit: usize, busy: impl Fn(u16) -> bool) -> Vec<Message> {
        let mut due = self.waiting.iter().take_while(|(key, _)| key.due <= now);
        let Some((_, first)) = due.find(|(key, _)| !busy(key.topic)) else { return Vec::new() };
        let (topic, alone) = (first.topic.code, first.rejects > 0);
        let limit = if alone { 1 } else { limit };
        let keys: Vec<Key> = self
            .waiting
            .iter()
            .take_while(|(key, _)| key.due <= now)
            .filter(|(key, message)| key.topic == topic && (alone == (message.rejects > 0)))
            .map(|(key, _)| *key)
            .take(limit)
            .collect();
        self.in_flight.extend(&keys);
        keys.iter().filter_map(|key| self.waiting.remove(key)).collect()
    }

    /// The messages were handled; whatever became of them is in the store.
    pub(crate) fn finished(&mut self, keys: &[Key]) {
        for key in keys {
            self.in_flight.remove(key);
        }
    }

    /// When the next waiting message comes due that is not due at `now`.
    pub(crate) fn next_due_after(&self, now: Ms) -> Option<Ms> {
        let later = Key { due: now + 1, topic: 0, subject: 0 };
        self.waiting.range(later..).next().map(|(key, _)| key.due)
    }

    /// The due time of the oldest message not finished.
    pub(crate) fn oldest(&self) -> Option<Ms> {
        let waiting = self.waiting.first_key_value().map(|(key, _)| key.due);
        let flying = self.in_flight.first().map(|key| key.due);
        [waiting, flying].into_iter().flatten().min()
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }
}
