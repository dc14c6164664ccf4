//! Messages nobody could handle.

use async_trait::async_trait;
use clock::Ms;

use crate::{Message, Unavailable};

/// A message nobody could handle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its number among the dead letters of its place.
    pub id: i64,
    /// When it was given up.
    pub died: Ms,
    /// The message as it was.
    pub message: Message,
    /// Why it was given up.
    pub error: String,
}

/// What an operator may do with dead letters, wherever they lie.
#[async_trait]
pub trait DeadLetters: Send + Sync + 'static {
    /// Those with a number above `after`, oldest first, at most `limit`.
    async fn list(&self, after: i64, limit: usize) -> Result<Vec<DeadLetter>, Unavailable>;

    /// How many there are.
    async fn count(&self) -> Result<i64, Unavailable>;

    /// Sends one once more, due at `now`, with fresh tries. `false` if there is none of this number: then it was
    /// sent or dropped before.
    async fn replay(&self, id: i64, now: Ms) -> Result<bool, Unavailable>;

    /// Drops one for good. `false` if there is none of this number.
    async fn discard(&self, id: i64) -> Result<bool, Unavailable>;
}
