//! How far behind a queue is, for whoever watches it.

use async_trait::async_trait;
use clock::Ms;

use crate::Unavailable;

/// A queue whose messages can be counted without reading all that wait for a later time.
#[async_trait]
pub trait Backlog: Send + Sync + 'static {
    /// How many messages are ready at `now` and not done, those being handled included; counted up to `limit`.
    async fn ready(&self, now: Ms, limit: usize) -> Result<i64, Unavailable>;
}
