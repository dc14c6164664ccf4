//! What was measured: latencies and outcomes of each operation, and how they went over time.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::timeline::{Moment, Timeline};

/// The operations measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// `POST /orders`
    Place,
    /// `POST /pay-orders`
    Apply,
    /// `POST /pay-orders/{id}`
    Pay,
}

impl Op {
    pub(crate) const ALL: [Op; 3] = [Op::Place, Op::Apply, Op::Pay];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Op::Place => "place",
            Op::Apply => "apply",
            Op::Pay => "pay",
        }
    }
}

/// How one try ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// Done.
    Acknowledged,
    /// Refused for good, with this status and code.
    Refused(u16, String),
    /// Told to come back later: 429, 503, or the same key still at work.
    Overloaded,
    /// Taken, the outcome follows: 202.
    Checking,
    /// The server failed, or its answer was not understood.
    Error(u16),
    /// The connection could not be made, or broke.
    Broken,
    /// No answer within the deadline.
    Late,
}

/// Latencies of one operation and how its tries ended, within the measured window.
#[derive(Debug)]
pub(crate) struct Measured {
    /// Of what was acknowledged, from its first try, in microseconds.
    pub(crate) latency: Histogram<u64>,
    pub(crate) outcomes: BTreeMap<Outcome, u64>,
}

/// Everything measured in a run.
#[derive(Debug)]
pub(crate) struct Stats {
    window: Range<Duration>,
    ops: [Measured; 3],
    /// Of placing.
    timeline: Timeline,
}

/// The longest latency told apart, in microseconds: ten minutes.
const LATENCY_MAX_US: u64 = 600_000_000;

/// An empty one, for microseconds.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LATENCY_MAX_US, 3)
        .unwrap_or_else(|_| unreachable!("three digits of ten minutes are within the bounds"))
}

impl Stats {
    /// Measures what ends within `window`, both from the start of the run.
    pub(crate) fn new(window: Range<Duration>) -> Self {
        let measured = || Measured { latency: histogram(), outcomes: BTreeMap::new() };
        let ops = [measured(), measured(), measured()];
        Self { timeline: Timeline::over(window.clone()), window, ops }
    }

    /// A try ended at `now`.
    pub(crate) fn count(&mut self, op: Op, outcome: Outcome, now: Duration) {
        if self.window.contains(&now) {
            *self.ops[op as usize].outcomes.entry(outcome).or_default() += 1;
        }
    }

    /// What was due at `start` was acknowledged at `now`.
    pub(crate) fn acknowledged(&mut self, op: Op, start: Duration, now: Duration) {
        if !self.window.contains(&now) {
            return;
        }
        let latency = u64::try_from(now.saturating_sub(start).as_micros()).unwrap_or(u64::MAX);
        self.count(op, Outcome::Acknowledged, now);
        self.ops[op as usize].latency.saturating_record(latency);
        if op == Op::Place {
            self.timeline.record(now, latency);
        }
    }

    /// Closes the seconds that are over at `now`.
    pub(crate) fn roll(&mut self, now: Duration) {
        self.timeline.roll(now);
    }

    pub(crate) fn of(&self, op: Op) -> &Measured {
        &self.ops[op as usize]
    }

    /// The seconds of placing.
    pub(crate) fn seconds(&self) -> &[Moment] {
        self.timeline.seconds()
    }

    /// How long was measured.
    pub(crate) fn measured(&self) -> Duration {
        self.window.end.saturating_sub(self.window.start)
    }
}

/// A count as a number to divide by: exact up to 2^53, which nothing counted here reaches.
#[expect(clippy::cast_precision_loss, reason = "exact for everything that is counted here")]
pub fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn stats() -> Stats {
        Stats::new(ms(1_000)..ms(4_000))
    }

    #[test]
    fn the_warm_up_and_the_rest_after_the_end_are_not_measured() {
        let mut stats = stats();
        for now in [0, 999, 4_000, 9_000] {
            stats.acknowledged(Op::Place, ms(0), ms(now));
        }
        assert_eq!(stats.of(Op::Place).latency.len(), 0);
        assert!(stats.of(Op::Place).outcomes.is_empty());
    }

    #[test]
    fn latency_counts_from_when_the_order_was_due() {
        let mut stats = stats();
        stats.acknowledged(Op::Pay, ms(1_500), ms(2_000));
        let max = stats.of(Op::Pay).latency.max();
        assert!((500_000..=501_000).contains(&max), "{max}");
    }

    #[test]
    fn outcomes_are_counted_by_kind() {
        let mut stats = stats();
        let refused = Outcome::Refused(409, "out_of_stock".into());
        stats.count(Op::Place, refused.clone(), ms(2_000));
        stats.count(Op::Place, refused.clone(), ms(2_000));
        stats.count(Op::Place, Outcome::Late, ms(2_000));
        assert_eq!(stats.of(Op::Place).outcomes[&refused], 2);
        assert_eq!(stats.of(Op::Place).outcomes[&Outcome::Late], 1);
    }
}
