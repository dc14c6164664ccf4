//! Real time. A load tool measures it and dates its reports; this is the one place that reads it.

use std::time::{Duration, Instant};

/// A stopwatch that runs since the tool started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wall(Instant);

impl Wall {
    /// Starts it.
    pub(crate) fn start() -> Self {
        Self(read())
    }

    /// How long it has been running.
    pub(crate) fn now(self) -> Duration {
        read().duration_since(self.0)
    }

    /// Waits until it shows `at`; not at all if it already does.
    pub(crate) async fn until(self, at: Duration) {
        let left = at.saturating_sub(self.now());
        if !left.is_zero() {
            tokio::time::sleep(left).await;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "latency is a distance on the real clock")]
fn read() -> Instant {
    Instant::now()
}

/// What the calendar shows, in UTC and to the minute.
#[expect(clippy::disallowed_methods, reason = "a report says when it was made")]
pub(crate) fn date() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string()
}
