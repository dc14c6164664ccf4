//! Latencies in the shape in which all reports have them.

use hdrhistogram::Histogram;
use serde::Serialize;

use super::plot::{Axis, Plot, Series};
use super::sheet::Table;
use crate::stats::float;

/// Points of the distribution.
const DISTRIBUTION: [f64; 13] =
    [0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999];

/// Upper ends of the buckets in which lateness is shown, in milliseconds.
const BUCKETS_MS: [u64; 12] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 5_000, 30_000];
const BUCKET_NAMES: [&str; 13] =
    ["≤1", "2", "5", "10", "25", "50", "100", "250", "500", "1 s", "5 s", "30 s", "more"];

/// Latencies in milliseconds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Latency {
    /// Half of all stayed under it.
    pub p50_ms: f64,
    /// Nine of ten.
    pub p90_ms: f64,
    /// 99 of a hundred.
    pub p99_ms: f64,
    /// 999 of a thousand.
    pub p999_ms: f64,
    /// The longest.
    pub max_ms: f64,
    /// Share of all, and the latency it stayed under.
    pub distribution: Vec<(f64, f64)>,
}

impl Latency {
    /// Of latencies in microseconds.
    pub fn of_us(us: &Histogram<u64>) -> Self {
        Self::scaled(us, 1_000.0)
    }

    /// Of latencies in milliseconds.
    pub fn of_ms(ms: &Histogram<u64>) -> Self {
        Self::scaled(ms, 1.0)
    }

    /// Of `count` to the millisecond.
    fn scaled(all: &Histogram<u64>, count: f64) -> Self {
        let at = |share| float(all.value_at_quantile(share)) / count;
        Self {
            p50_ms: at(0.5),
            p90_ms: at(0.9),
            p99_ms: at(0.99),
            p999_ms: at(0.999),
            max_ms: float(all.max()) / count,
            distribution: DISTRIBUTION.iter().map(|share| (*share, at(*share))).collect(),
        }
    }

    /// Its curve, by the number of nines, so that the tail is as visible as the middle.
    pub fn series(&self, name: impl Into<String>) -> Series {
        let by_nines = self.distribution.iter().map(|(share, ms)| (-(1.0 - share).log10(), *ms));
        Series::new(name, by_nines.collect())
    }
}

/// A plot of distributions.
pub fn distributions(title: &str, series: Vec<Series>) -> Plot {
    let ticks = [(0.0, "0"), (1.0, "90 %"), (2.0, "99 %"), (3.0, "99.9 %"), (4.0, "99.99 %")];
    Plot::lines(title, "ms", Axis::marked(&ticks), series)
}

/// A table of percentiles.
pub fn percentiles<'a>(title: &str, rows: impl IntoIterator<Item = (&'a str, &'a Latency)>) -> Table {
    let mut table = Table::new(title, &["", "p50", "p90", "p99", "p99.9", "max"]);
    for (name, one) in rows {
        let cells = [one.p50_ms, one.p90_ms, one.p99_ms, one.p999_ms, one.max_ms];
        let cells = cells.iter().map(|ms| format!("{ms:.2}"));
        table.push(std::iter::once(name.to_owned()).chain(cells));
    }
    table
}

/// A histogram of `all` latencies, of which `count` make a millisecond.
pub fn histogram_plot(title: &str, all: &Histogram<u64>, count: u64) -> Plot {
    let mut counts = [0_u64; BUCKET_NAMES.len()];
    for step in all.iter_recorded() {
        let ms = step.value_iterated_to().div_ceil(count);
        let bucket = BUCKETS_MS.iter().position(|end| ms <= *end).unwrap_or(BUCKETS_MS.len());
        counts[bucket] += step.count_since_last_iteration();
    }
    // What is longer than anything seen is not shown.
    let shown = counts.iter().rposition(|count| *count > 0).map_or(1, |last| last + 1);
    let bars = BUCKET_NAMES.iter().zip(counts).take(shown);
    Plot::bars(title, "orders", bars.map(|(name, count)| ((*name).to_owned(), float(count))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[u64]) -> Histogram<u64> {
        let mut all = Histogram::new_with_bounds(1, 10_000_000, 3).unwrap();
        for value in values {
            all.record(*value).unwrap();
        }
        all
    }

    #[test]
    fn percentiles_are_told_in_milliseconds_whatever_was_counted() {
        let (us, ms) = (Latency::of_us(&of(&[7_000; 10])), Latency::of_ms(&of(&[7; 10])));
        assert!((us.p99_ms - 7.0).abs() < 0.01 && (ms.p99_ms - 7.0).abs() < 0.01, "{us:?} {ms:?}");
    }

    #[test]
    fn every_latency_is_in_one_bar_and_none_is_left_out() {
        let plot = histogram_plot("late", &of(&[1, 1, 2, 3, 26, 40_000, 9_000_000]), 1);
        let bars: Vec<f64> = plot.series[0].points.iter().map(|(_, count)| *count).collect();
        assert_eq!(bars, [2.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0]);
    }

    #[test]
    fn bars_end_with_the_longest() {
        assert_eq!(histogram_plot("late", &of(&[1_500]), 1_000).series[0].points.len(), 2);
    }
}
