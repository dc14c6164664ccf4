//! Something that is done every so often, as an operator looks at it: when it ran last and runs next, a pause, a run
//! now.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clock::{Clock, Ms};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The rounds of one loop. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Rounds {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    paused: AtomicBool,
    wake: Notify,
    seen: Mutex<Seen>,
}

/// How the rounds stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// When the last round began; none has yet.
    pub began: Option<Ms>,
    /// When it ended; none if it still runs.
    pub ended: Option<Ms>,
    /// Whether it was interrupted by an error.
    pub failed: bool,
    /// How many things it looked at.
    pub looked: usize,
    /// Of these, how many it brought to rest.
    pub finished: usize,
    /// When the next one begins, unless paused.
    pub next: Option<Ms>,
}

impl Rounds {
    /// Waits `pause_ms` for the next round, or until somebody wants one now, which a pause does not refuse. `false`
    /// once `stop` is asked for.
    pub async fn next(&self, clock: &dyn Clock, pause_ms: i64, stop: &CancellationToken) -> bool {
        loop {
            let at = clock.now() + pause_ms;
            self.shared.seen.lock().next = Some(at);
            // In a fixed order, so that a simulated run can be repeated exactly.
            tokio::select! {
                biased;
                () = stop.cancelled() => return false,
                () = self.shared.wake.notified() => {}
                () = clock.sleep_until(at) => if self.paused() { continue },
            }
            let mut seen = self.shared.seen.lock();
            *seen = Seen { began: Some(clock.now()), ended: None, ..*seen };
            return true;
        }
    }

    /// The round ended at `now`: how many things it looked at and brought to rest, or `None` if it was interrupted.
    pub fn ended(&self, now: Ms, report: Option<(usize, usize)>) {
        let (looked, finished) = report.unwrap_or_default();
        let mut seen = self.shared.seen.lock();
        *seen = Seen { ended: Some(now), failed: report.is_none(), looked, finished, ..*seen };
    }

    /// Has a round begin now, or as soon as the present one has ended.
    pub fn run_now(&self) {
        self.shared.wake.notify_one();
    }

    /// Begins no round by itself until [`Rounds::resume`].
    pub fn pause(&self) {
        self.shared.paused.store(true, Ordering::SeqCst);
    }

    /// Ends a pause.
    pub fn resume(&self) {
        self.shared.paused.store(false, Ordering::SeqCst);
    }

    /// Whether they are paused.
    pub fn paused(&self) -> bool {
        self.shared.paused.load(Ordering::SeqCst)
    }

    /// How they stand.
    pub fn seen(&self) -> Seen {
        *self.shared.seen.lock()
    }
}

#[cfg(test)]
mod tests {
    use clock::ManualClock;

    use super::*;

    #[tokio::test]
    async fn a_pause_holds_the_rounds_but_not_one_that_somebody_wants() {
        let (clock, rounds, stop) = (ManualClock::at(Ms(0)), Rounds::default(), CancellationToken::new());
        rounds.pause();
        let running = {
            let (clock, rounds, stop) = (clock.clone(), rounds.clone(), stop.clone());
            tokio::spawn(async move { rounds.next(&clock, 10, &stop).await })
        };
        while rounds.seen().next.is_none() {
            tokio::task::yield_now().await;
        }
        clock.advance(10);
        while rounds.seen().next == Some(Ms(10)) {
            tokio::task::yield_now().await;
        }
        assert_eq!(rounds.seen().began, None, "the time came and went");
        rounds.run_now();
        assert!(running.await.unwrap());
        assert_eq!(rounds.seen().began, Some(Ms(10)));
        rounds.ended(Ms(12), Some((3, 2)));
        assert_eq!((rounds.seen().looked, rounds.seen().finished, rounds.seen().failed), (3, 2, false));
        stop.cancel();
        assert!(!rounds.next(&clock, 10, &stop).await);
    }
}
