//! The machine's clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;

use crate::{Clock, Ms};

/// How long one wait may last before the wall clock is read again: a clock that was stepped forward is
/// noticed within this time.
const LONGEST_NAP: Duration = Duration::from_secs(1);

/// The machine's wall clock and the runtime's timer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    fn now(&self) -> Ms {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ms(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    async fn sleep_until(&self, at: Ms) {
        loop {
            let rest = u64::try_from(at.since(self.now())).unwrap_or(0);
            if rest == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(rest).min(LONGEST_NAP)).await;
        }
    }
}
