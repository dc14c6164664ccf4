//! Forgets idempotency keys that are too old to matter.

use clock::Ms;
use tokio_util::sync::CancellationToken;

use crate::Service;

impl Service {
    /// Sweeps from time to time until `stop`.
    pub async fn run_sweep(self, stop: CancellationToken) {
        loop {
            let now = self.parts().clock.now();
            if let Err(error) = self.sweep_once(now).await {
                tracing::warn!(%error, "could not forget old idempotency keys; the next sweep goes on");
            }
            let next = self.parts().clock.sleep_until(now + self.parts().config.sweep_every_ms);
            if stop.run_until_cancelled(next).await.is_none() {
                return;
            }
        }
    }

    /// Forgets every key that is too old at `now`, a bounded number to a commit; answers how many.
    pub async fn sweep_once(&self, now: Ms) -> engine::Result<usize> {
        let batch = self.parts().config.sweep_batch;
        let mut forgotten = 0;
        loop {
            let step = self.parts().store.expire_keys(now, batch).await?;
            forgotten += step;
            if step < batch {
                return Ok(forgotten);
            }
        }
    }
}
