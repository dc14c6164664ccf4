//! How a rate and its latencies went, second by second.

use std::ops::Range;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::report::{Axis, Plot, Series};
use crate::stats::{float, histogram};

/// One second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Moment {
    /// How many were done in it.
    pub done: u64,
    /// How long half of them took at most, in milliseconds.
    pub p50_ms: f64,
    /// How long 99 of a hundred took at most, in milliseconds.
    pub p99_ms: f64,
}

/// The seconds of a span of time.
#[derive(Debug)]
pub(crate) struct Timeline {
    window: Range<Duration>,
    seconds: Vec<Moment>,
    current: Histogram<u64>,
}

impl Timeline {
    /// Over `window`, which is counted from the start of the run.
    pub(crate) fn over(window: Range<Duration>) -> Self {
        Self { window, seconds: Vec::new(), current: histogram() }
    }

    /// Something that took `latency_us` was done at `now`. Calls come in the order of time.
    pub(crate) fn record(&mut self, now: Duration, latency_us: u64) {
        self.roll(now);
        self.current.saturating_record(latency_us);
    }

    /// Closes the seconds that are over at `now`.
    pub(crate) fn roll(&mut self, now: Duration) {
        let whole = now.min(self.window.end).saturating_sub(self.window.start).as_secs();
        while (self.seconds.len() as u64) < whole {
            let at = |share| float(self.current.value_at_quantile(share)) / 1_000.0;
            self.seconds.push(Moment { done: self.current.len(), p50_ms: at(0.5), p99_ms: at(0.99) });
            self.current.reset();
        }
    }

    pub(crate) fn seconds(&self) -> &[Moment] {
        &self.seconds
    }
}

/// A plot of the rates of several timelines, and one of the latencies of the first.
pub fn over_time(what: &str, unit: &str, timelines: &[(&str, &[Moment])]) -> Vec<Plot> {
    let along = |of: fn(&Moment) -> f64, name: &str, moments: &[Moment]| {
        let points = moments.iter().zip(1_u32..).map(|(moment, second)| (f64::from(second), of(moment)));
        Series::new(name, points.collect())
    };
    let rates = timelines.iter().map(|(name, moments)| along(|moment| float(moment.done), name, moments));
    let mut plots = vec![Plot::lines(&format!("{what} a second"), unit, Axis::plain("s"), rates.collect())];
    let several = timelines.len() > 1;
    let latencies = timelines.iter().flat_map(|(name, moments)| {
        let name = |share: &str| if several { format!("{name} {share}") } else { share.to_owned() };
        [
            along(|moment| moment.p50_ms, &name("p50"), moments),
            along(|moment| moment.p99_ms, &name("p99"), moments),
        ]
    });
    plots.push(Plot::lines("Latency over time", "ms", Axis::plain("s"), latencies.collect()));
    plots
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn every_second_of_the_window_is_there_even_a_silent_one() {
        let mut timeline = Timeline::over(ms(1_000)..ms(4_000));
        for (now, latency_us) in [(1_010, 10_000), (3_010, 10_000), (3_020, 20_000)] {
            timeline.record(ms(now), latency_us);
        }
        timeline.roll(ms(60_000));
        let done: Vec<u64> = timeline.seconds().iter().map(|second| second.done).collect();
        assert_eq!(done, [1, 0, 2]);
        assert!((timeline.seconds()[2].p99_ms - 20.0).abs() < 0.1, "{timeline:?}");
    }
}
