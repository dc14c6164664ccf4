//! Time and ids as parameters.
//!
//! No code of Sandglass asks the machine what time it is; it is given a [`Clock`]. In production that is
//! [`SystemClock`]; tests drive a [`ManualClock`] by hand, and the simulator brings its own.

mod ids;
mod manual;
mod ms;
mod system;

pub use ids::{EPOCH_MS, IdGen, WORKERS};
pub use manual::ManualClock;
pub use ms::{HOUR, MINUTE, Ms, SECOND};
pub use system::SystemClock;

use async_trait::async_trait;

/// Tells the time and waits for it.
#[async_trait]
pub trait Clock: Send + Sync + 'static {
    /// The present. May step in either direction between two calls, as machines' clocks do.
    fn now(&self) -> Ms;

    /// Returns once `now() >= at`; at once if that is so already. A clock that is stepped back does not
    /// lengthen the wait: it ends after the span it began with, and whoever waited looks at the clock again.
    async fn sleep_until(&self, at: Ms);
}
