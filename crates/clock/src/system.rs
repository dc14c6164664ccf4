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
        sleep_until(|| self.now(), at).await;
    }
}

/// Waits until `now` tells `at`, and no longer than it takes from here to there on the runtime's timer.
async fn sleep_until(now: impl Fn() -> Ms, at: Ms) {
    let until = |at: Ms| Duration::from_millis(u64::try_from(at.since(now())).unwrap_or(0));
    let mut left = until(at);
    while !left.is_zero() {
        let nap = left.min(LONGEST_NAP);
        tokio::time::sleep(nap).await;
        left = until(at).min(left.saturating_sub(nap));
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the runtime's paused clock is the measure here")]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_clock_stepped_back_does_not_lengthen_a_wait() {
        let (began, readings) = (tokio::time::Instant::now(), Cell::new(0));
        let stepped_back = || {
            readings.set(readings.get() + 1);
            Ms(if readings.get() == 1 { 7_200_000 } else { 0 })
        };
        sleep_until(stepped_back, Ms(7_203_000)).await;
        assert_eq!(began.elapsed().as_secs(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_stepped_forward_is_noticed_within_one_nap() {
        let (began, readings) = (tokio::time::Instant::now(), Cell::new(0));
        let stepped_forward = || {
            readings.set(readings.get() + 1);
            Ms(if readings.get() == 1 { 0 } else { 7_200_000 })
        };
        sleep_until(stepped_forward, Ms(3_600_000)).await;
        assert!(began.elapsed() <= LONGEST_NAP + Duration::from_millis(1));
    }
}
