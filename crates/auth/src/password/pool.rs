//! Hashing off the async threads, a bounded number at once and a bounded number waiting.

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many hashes run or wait that another would come too late: try again in a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked")]
pub struct Busy;

/// Where hashes are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// On the runtime's blocking threads, so many at once.
    Blocking(NonZero<usize>),
    /// On the caller's thread: for a simulation, which must have but one.
    Inline,
}

impl Default for Threads {
    /// One for each core.
    fn default() -> Self {
        Self::Blocking(available_parallelism().unwrap_or(NonZero::<usize>::MIN))
    }
}

/// Runs hashes.
pub(super) struct Pool {
    /// One permit for each hash that may run or wait.
    places: Arc<Semaphore>,
    /// One permit for each hash that may run; none if they run inline.
    running: Option<Arc<Semaphore>>,
}

/// The right to run one hash, now or after those before it.
pub(super) struct Place {
    held: OwnedSemaphorePermit,
    running: Option<Arc<Semaphore>>,
}

impl Pool {
    pub(super) fn new(threads: Threads, waiting_max: usize) -> Self {
        let (at_once, running) = match threads {
            Threads::Blocking(at_once) => (at_once.get(), Some(Arc::new(Semaphore::new(at_once.get())))),
            Threads::Inline => (1, None),
        };
        Self { places: Arc::new(Semaphore::new(at_once + waiting_max)), running }
    }

    pub(super) fn place(&self) -> Result<Place, Busy> {
        let held = self.places.clone().try_acquire_owned().map_err(|_| Busy)?;
        Ok(Place { held, running: self.running.clone() })
    }
}

impl Place {
    /// Runs `hash`. Once begun it goes on even if the caller gives up, and keeps its place until it is done.
    pub(super) async fn run<T: Send + 'static>(
        self,
        hash: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let Some(running) = self.running else { return Ok(hash()) };
        let permit = running.acquire_owned().await.map_err(|_| Busy)?;
        let task = tokio::task::spawn_blocking(move || {
            let _until_done = (permit, self.held);
            hash()
        });
        // The task fails only if it panicked, or if the runtime is going down.
        task.await.map_err(|error| match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Busy,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn one_at_once_and_one_waiting() -> Pool {
        Pool::new(Threads::Blocking(NonZero::<usize>::MIN), 1)
    }

    #[test]
    fn beyond_those_that_run_and_wait_callers_are_told_busy() {
        let pool = one_at_once_and_one_waiting();
        let (first, _second) = (pool.place().unwrap(), pool.place().unwrap());
        assert_eq!(pool.place().err(), Some(Busy));
        drop(first);
        assert!(pool.place().is_ok());
    }

    #[tokio::test]
    async fn a_hash_keeps_its_place_when_its_caller_hangs_up() {
        let pool = one_at_once_and_one_waiting();
        let (finish, may_finish) = mpsc::channel::<()>();
        let place = pool.place().unwrap();
        let (began, has_begun) = tokio::sync::oneshot::channel();
        let caller = tokio::spawn(place.run(move || {
            began.send(()).unwrap();
            may_finish.recv().ok();
        }));
        has_begun.await.unwrap();
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        let _waiting = pool.place().unwrap();
        assert_eq!(pool.place().err(), Some(Busy));
        drop(finish);
    }
}
