//! Durable delayed messages that know nothing of what they carry.
//!
//! A service writes a [`Message`] into its **outbox** in the same transaction as the change it tells of.
//! A [`Pump`] takes messages from the outbox as they come due and hands them to a [`Handler`]; what the
//! handler has done is deleted, what it could not do now comes back later, what it can never do goes to the
//! dead letters. A duty is nothing else: a message a service owes to itself.
//!
//! The guarantees, whichever [`Bus`] carries the messages:
//!
//! * **at least once**: a message is deleted only after its handler said [`Verdict::Done`];
//! * **never early**: a handler sees no message before its due time;
//! * **late at most by load**: the pump sleeps until the next due time, it does not poll;
//! * **no order is promised**, and handlers must be idempotent;
//! * a message that fails delays no other.
//!
//! Pending messages cost no memory: the pump keeps a bounded window over the ones that are due next
//! ([`Bounds::window`]); the rest stays in the store.

mod bus;
mod inbox;
mod message;
mod pump;
mod retry;
mod status;
mod window;

pub use bus::{Bus, EmbeddedBus, Handler, Verdict};
pub use inbox::Inbox;
pub use message::{Key, Message, Topic};
pub use pump::{Bounds, Pump};
pub use retry::RetryPolicy;
pub use status::PumpStatus;

use async_trait::async_trait;
use clock::Ms;

/// The store did not answer, or could not. Nothing is known to be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the outbox is unavailable: {0}")]
pub struct Unavailable(pub String);

/// What becomes of a message after a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Delete it.
    Done,
    /// Bring it back at `due`, with one more attempt on its count.
    Again {
        /// When to try again.
        due: Ms,
        /// Whether the failure was the message's own fault.
        rejected: bool,
        /// Why, for the operator.
        error: String,
    },
    /// Move it to the dead letters.
    Dead {
        /// When it was given up.
        at: Ms,
        /// Why, for the operator.
        error: String,
    },
}

/// Where messages lie until they are done: a table of the service's own database.
#[async_trait]
pub trait Outbox: Send + Sync + 'static {
    /// The messages with `after < key` and `key.due <= until`, in key order, at most `limit`.
    async fn page(&self, after: Option<Key>, until: Ms, limit: usize) -> Result<Vec<Message>, Unavailable>;

    /// Commits what became of some messages, all or none. A message that is no longer there is left alone.
    async fn settle(&self, fates: Vec<(Message, Fate)>) -> Result<(), Unavailable>;
}
