//! Forgets idempotency keys past their age.

use tokio_util::sync::CancellationToken;

use crate::Service;

impl Service {
    /// Forgets old idempotency keys every [`crate::Config::sweep_interval_ms`] until `stop`.
    pub async fn sweep_forever(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let next = self.now() + self.config.sweep_interval_ms;
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = self.clock.sleep_until(next) => {}
            }
            if let Err(error) = self.store.expire_keys(self.now()).await {
                tracing::warn!(%error, "old idempotency keys could not be dropped; the next sweep tries again");
            }
        }
    }
}
