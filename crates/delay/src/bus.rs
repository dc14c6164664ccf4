//! Who handles a message, and how it gets there.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use clock::Ms;
use parking_lot::RwLock;

use crate::{Message, RetryPolicy, Topic};

/// What a handler says of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Its effect is committed (or was already).
    Done,
    /// Not yet: hand it over again at `due`.
    Later {
        /// When.
        due: Ms,
    },
    /// The other side is away. Tried again for ever, with capped waits.
    Away {
        /// What was missing.
        error: String,
    },
    /// It failed in a way that more tries may not cure; a dead letter after a few.
    Reject {
        /// What is wrong.
        error: String,
    },
    /// It can never be understood; a dead letter at once.
    Undecodable {
        /// What is wrong.
        error: String,
    },
}

/// Handles messages of one topic.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Handles a batch and says for each message, in the same order, what came of it. Called at least once
    /// for every message, so the effect must be idempotent.
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict>;

    /// How messages this handler could not finish come back.
    fn retry(&self) -> RetryPolicy {
        RetryPolicy::default()
    }
}

/// Carries messages from the outbox they were written to, to the handlers subscribed to their topic.
pub trait Bus: Send + Sync + 'static {
    /// Registers the one handler of `topic` in this process.
    fn subscribe(&self, topic: Topic, handler: Arc<dyn Handler>);

    /// Where a pump hands over a due message of this topic code: the handler itself, or the way to it.
    fn outlet(&self, topic: u16) -> Option<Arc<dyn Handler>>;

    /// Whether the way to this topic's handler itself waits until a message is due. If so, an outbox gets its
    /// messages [`ready`](Message::ready) at once.
    fn holds_delays(&self, topic: u16) -> bool;
}

/// The bus of one process: the outbox is the queue, its rows wait until they are due.
#[derive(Default)]
pub struct EmbeddedBus {
    handlers: RwLock<BTreeMap<u16, Arc<dyn Handler>>>,
}

impl Bus for EmbeddedBus {
    fn subscribe(&self, topic: Topic, handler: Arc<dyn Handler>) {
        self.handlers.write().insert(topic.code, handler);
    }

    fn outlet(&self, topic: u16) -> Option<Arc<dyn Handler>> {
        self.handlers.read().get(&topic).cloned()
    }

    fn holds_delays(&self, _: u16) -> bool {
        false
    }
}
