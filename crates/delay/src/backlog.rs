//! How far behind a queue is, for whoever watches it.

use async_trait::async_trait;
use clock::Ms;

use crate::{Message, Unavailable};

/// A message that is not done, with what its last try came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The message.
    pub message: Message,
    /// Why the last try failed; empty if there was none, or it did not fail.
    pub error: String,
}

/// A queue whose messages can be counted without reading all that wait for a later time.
#[async_trait]
pub trait Backlog: Send + Sync + 'static {
    /// How many messages are ready at `now` and not done, those being handled included; counted up to `limit`.
    async fn ready(&self, now: Ms, limit: usize) -> Result<i64, Unavailable>;

    /// The messages that come first, ready or not, at most `limit`.
    async fn first(&self, limit: usize) -> Result<Vec<Waiting>, Unavailable>;

    /// Loses every message for good, as a broker that was wiped does; answers how many. For trying out that rows
    /// carry the duty.
    async fn wipe(&self) -> Result<u64, Unavailable>;
}
