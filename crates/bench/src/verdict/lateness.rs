//! How long after their deadlines unpaid orders were closed.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::stats;

/// Closings after the deadline, in microseconds: one an order, as the shop itself dates both times.
#[derive(Clone, Debug)]
pub(crate) struct Lateness(Histogram<u64>);

impl Default for Lateness {
    fn default() -> Self {
        Self(stats::histogram())
    }
}

impl Lateness {
    /// Counts an order that was closed so long after its deadline.
    pub(super) fn count(&mut self, late: Duration) {
        self.0.saturating_record(u64::try_from(late.as_micros()).unwrap_or(u64::MAX));
    }

    /// All that were counted.
    pub(crate) fn histogram(&self) -> &Histogram<u64> {
        &self.0
    }
}
