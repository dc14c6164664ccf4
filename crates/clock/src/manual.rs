//! A clock that stands still until it is told otherwise.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;

use crate::{Clock, Ms};

/// A clock for tests: time passes only through [`ManualClock::set`] and [`ManualClock::advance`].
/// Clones share the time.
#[derive(Clone, Debug)]
pub struct ManualClock {
    now: Arc<watch::Sender<Ms>>,
}

impl ManualClock {
    /// A clock that stands at `start`.
    pub fn at(start: Ms) -> Self {
        Self { now: Arc::new(watch::Sender::new(start)) }
    }

    /// Sets the time, forward or back, and wakes every sleeper whose time has come.
    pub fn set(&self, to: Ms) {
        self.now.send_replace(to);
    }

    /// Lets `span_ms` milliseconds pass.
    pub fn advance(&self, span_ms: i64) {
        self.now.send_modify(|now| *now = *now + span_ms);
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Ms {
        *self.now.borrow()
    }

    async fn sleep_until(&self, at: Ms) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.now.subscribe().wait_for(|now| *now >= at).await;
    }
}
