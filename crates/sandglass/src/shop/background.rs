//! What goes on beside the services while a process runs.

use std::pin::Pin;

use tokio_util::sync::CancellationToken;

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Something to be run until a stop.
pub struct Background(Box<dyn FnOnce(CancellationToken) -> Task + Send>);

impl Background {
    /// What `work` makes of the token that tells when to stop.
    pub fn new<F>(work: impl FnOnce(CancellationToken) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self(Box::new(|stop| Box::pin(work(stop))))
    }

    /// Runs it until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        (self.0)(stop).await;
    }
}
