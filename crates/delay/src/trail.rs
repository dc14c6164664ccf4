//! What became of the messages that a pump handled last: enough to tell an order's story, bounded for good.

use std::collections::VecDeque;

use clock::Ms;

use crate::{Fate, Message};

/// How many handled messages a pump remembers.
const TRAIL_MAX: usize = 4_096;

/// One try at a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handled {
    /// When its outcome was known.
    pub at: Ms,
    /// Its topic's name.
    pub topic: &'static str,
    /// What it is about.
    pub subject: u64,
    /// When it was written.
    pub created: Ms,
    /// When it was to be handled.
    pub due: Ms,
    /// Which try it was, from 1.
    pub attempt: u32,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Acknowledged: its effect is committed, or the broker has it.
    Done,
    /// It comes back.
    Again {
        /// When.
        at: Ms,
        /// Why; empty if it merely asked to.
        error: String,
    },
    /// It lies among the dead letters.
    Dead {
        /// Why.
        error: String,
    },
}

impl Handled {
    pub(crate) fn of(message: &Message, fate: &Fate, at: Ms) -> Self {
        Self {
            at,
            topic: message.topic.name,
            subject: message.subject,
            created: message.created,
            due: message.due,
            attempt: message.attempts.saturating_add(1),
            outcome: match fate {
                Fate::Done => Outcome::Done,
                Fate::Again { at, error, .. } => Outcome::Again { at: *at, error: error.clone() },
                Fate::Dead { error, .. } => Outcome::Dead { error: error.clone() },
            },
        }
    }
}

/// The last tries, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Trail(VecDeque<Handled>);

impl Trail {
    pub(crate) fn add(&mut self, tries: Vec<Handled>) {
        let beyond = (self.0.len() + tries.len()).saturating_sub(TRAIL_MAX);
        self.0.drain(..beyond.min(self.0.len()));
        let skipped = tries.len().saturating_sub(TRAIL_MAX);
        self.0.extend(tries.into_iter().skip(skipped));
    }

    pub(crate) fn about(&self, subject: u64) -> Vec<Handled> {
        self.0.iter().filter(|handled| handled.subject == subject).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Topic;

    fn tries(count: u64) -> Vec<Handled> {
        let topic = Topic { code: 1, name: "test" };
        let one = |subject| Handled::of(&Message::new(topic, subject, Ms(0), Ms(0)), &Fate::Done, Ms(1));
        (0..count).map(one).collect()
    }

    #[test]
    fn a_trail_keeps_the_last_and_no_more_than_its_bound() {
        let bound = TRAIL_MAX as u64;
        let mut trail = Trail::default();
        trail.add(tries(bound));
        trail.add(tries(1));
        assert_eq!(trail.0.len(), TRAIL_MAX);
        assert_eq!(trail.about(0).len(), 1, "the first went, and the same subject came again");
        trail.add(tries(bound * 2));
        assert_eq!(trail.0.len(), TRAIL_MAX);
        assert!(trail.about(bound).len() == 1 && trail.about(0).is_empty());
    }
}
