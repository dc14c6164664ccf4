#![doc = include_str!("../README.md")]

mod backlog;
mod bus;
mod dead;
mod inbox;
mod message;
mod pump;
mod retry;
mod rounds;
mod status;
mod trail;
mod window;

pub use backlog::{Backlog, Waiting};
pub use bus::{Bus, EmbeddedBus, Handler, Verdict};
pub use dead::{DeadLetter, DeadLetters};
pub use inbox::Inbox;
pub use message::{Key, Message, Topic};
pub use pump::{Bounds, Pump};
pub use retry::RetryPolicy;
pub use rounds::{Rounds, Seen};
pub use status::PumpStatus;
pub use trail::{Handled, Outcome};

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
    /// Bring it back at `at`, with one more attempt on its count.
    Again {
        /// When to try again; later than it was [`ready`](Message::ready) this time.
        at: Ms,
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
    /// The messages that are ready by `until`, soonest first, at most `limit`. A store with a single pump
    /// answers those after the position `after`; one that several pumps share reserves what it gives out for
    /// a while, so that no other pump gets it, and need not look at `after`.
    async fn page(&self, after: Option<Key>, until: Ms, limit: usize) -> Result<Vec<Message>, Unavailable>;

    /// Commits what became of some messages, all or none. A message that is no longer there is left alone.
    async fn settle(&self, fates: Vec<(Message, Fate)>) -> Result<(), Unavailable>;
}
