//! Who stands beside the commits of a schema.

use std::any::Any;

use async_trait::async_trait;

use crate::Result;

/// Stands at both sides of every commit and knows who is at work with the database: a simulation has the process end
/// at that very point, or takes the server's answer away, and lets no time pass while the server has something to do.
/// Nothing of the kind exists where nobody watches.
#[async_trait]
pub trait Watch: Send + Sync + 'static {
    /// Somebody turns to the database. They are done when the answer is dropped.
    async fn enter(&self) -> Box<dyn Any + Send + Sync>;

    /// All has been decided and nothing of it sent: what is open in the transaction is only its locks. `unit` is the
    /// path of the batch's type, or the statement that is a transaction of its own.
    async fn before(&self, unit: &str);

    /// The server has answered the commit, and nobody in the process has heard of it. An `Err` stands in the place of
    /// that answer: [`Error::Unknown`](crate::Error::Unknown) is what a connection lost just then amounts to.
    async fn after(&self, unit: &str) -> Result<()>;
}
