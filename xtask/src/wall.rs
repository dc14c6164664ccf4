//! Real time: chores watch real processes. This is the one place that reads it.

use std::thread;
use std::time::{Duration, Instant};

use crate::Result;

/// A stopwatch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wall(Instant);

impl Wall {
    /// Starts it.
    #[expect(
        clippy::disallowed_methods,
        reason = "a chore waits for real processes, bounded by the real clock"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// How long it has been running.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Waits.
pub(crate) fn pause(duration: Duration) {
    thread::sleep(duration);
}

/// Asks every `step` until the answer is yes, at most for `limit`; answers whether it was.
pub(crate) fn wait_for(
    limit: Duration,
    step: Duration,
    mut is_so: impl FnMut() -> Result<bool>,
) -> Result<bool> {
    let wall = Wall::start();
    loop {
        if is_so()? {
            return Ok(true);
        }
        if wall.elapsed() >= limit {
            return Ok(false);
        }
        pause(step);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_ends_with_the_first_yes_or_at_its_limit() {
        let mut left = 3;
        let counted = wait_for(Duration::from_mins(1), Duration::ZERO, || {
            left -= 1;
            Ok(left == 0)
        });
        assert_eq!((counted, left), (Ok(true), 0));
        assert_eq!(wait_for(Duration::ZERO, Duration::ZERO, || Ok(false)), Ok(false));
    }
}
