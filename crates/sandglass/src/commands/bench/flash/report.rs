//! What very many orders due at one instant came to.

use std::time::Duration;

use bench::Sample;
use bench::report::{Figure, Latency, Made, Moment, Section, Sheet, Table, Verdict, over_time, percentiles};
use serde::Serialize;

use crate::commands::bench::closings::Lateness;

/// What came out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::commands::bench) struct Report {
    pub(super) setting: Setting,
    pub(super) lateness: Lateness,
    pub(super) left_open: u64,
    pub(super) closes_per_second: u64,
    pub(super) usual: Placing,
    /// Until the last order was closed.
    pub(super) meanwhile: Placing,
    /// New orders, second by second; the instant is after [`Self::usual_seconds`].
    pub(super) timeline: Vec<Moment>,
    pub(super) usual_seconds: i64,
}

/// How the run was set.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Setting {
    pub(super) orders: u64,
    pub(super) placing_per_second: u32,
}

/// Latency of new orders in milliseconds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Placing {
    placed: u64,
    p50_ms: f64,
    p99_ms: f64,
}

impl Placing {
    /// Of the samples that were due within `from..to`.
    pub(super) fn within(samples: &[Sample], from: Duration, to: Duration) -> Self {
        let within = samples.iter().filter(|one| (from..to).contains(&one.due));
        let mut us: Vec<u64> = within.map(|one| one.latency_us).collect();
        us.sort_unstable();
        let at = |hundredth: usize| us.get((us.len() * hundredth / 100).min(us.len().saturating_sub(1)));
        let ms = |hundredth| at(hundredth).map_or(0.0, |us| bench::float(*us) / 1_000.0);
        Self { placed: us.len() as u64, p50_ms: ms(50), p99_ms: ms(99) }
    }

    fn line(&self, name: &str) -> String {
        format!("{name:<11} {} new orders, p50 {:.1} ms, p99 {:.1} ms", self.placed, self.p50_ms, self.p99_ms)
    }
}

/// The seconds from `from` to `to`, of the samples that were due in them.
pub(super) fn timeline(samples: &[Sample], from: Duration, to: Duration) -> Vec<Moment> {
    let second = |number: u64| {
        let begin = from + Duration::from_secs(number);
        let Placing { placed, p50_ms, p99_ms } =
            Placing::within(samples, begin, begin + Duration::from_secs(1));
        Moment { done: placed, p50_ms, p99_ms }
    };
    (0..to.saturating_sub(from).as_secs()).map(second).collect()
}

impl Report {
    /// How many were due and never closed.
    pub(in crate::commands::bench) fn left_open(&self) -> u64 {
        self.left_open
    }

    /// Closes a second until the last.
    pub(in crate::commands::bench) fn closes_per_second(&self) -> u64 {
        self.closes_per_second
    }

    /// How many the sweep had to find.
    pub(in crate::commands::bench) fn by_sweep(&self) -> u64 {
        self.lateness.by_sweep
    }

    /// The p99 of new orders before and meanwhile, in milliseconds.
    pub(in crate::commands::bench) fn p99_ms(&self) -> (f64, f64) {
        (self.usual.p99_ms, self.meanwhile.p99_ms)
    }

    fn late(&self) -> &Latency {
        &self.lateness.latency
    }

    fn heading(&self) -> String {
        let Setting { orders, placing_per_second } = self.setting;
        format!("{orders} orders due at one instant, {placing_per_second} placed a second meanwhile")
    }

    /// For a terminal.
    pub(super) fn lines(&self) -> Vec<String> {
        vec![
            self.heading(),
            format!("closes      {} a second until the last", self.closes_per_second),
            self.lateness.line("lateness"),
            self.usual.line("before"),
            self.meanwhile.line("meanwhile"),
            format!("left open   {}", self.left_open),
        ]
    }

    /// As a page.
    pub(in crate::commands::bench) fn sheet(&self, made: Made) -> Sheet {
        let mut plots = over_time("New orders", "orders/s", &[("placed", &self.timeline)]);
        plots.extend(self.lateness.plots());
        let mut placing = Table::new("New orders, ms", &["", "orders", "p50", "p99"]);
        for (name, one) in [("before the instant", &self.usual), ("until the last close", &self.meanwhile)] {
            let cells = [one.placed.to_string(), format!("{:.1}", one.p50_ms), format!("{:.1}", one.p99_ms)];
            placing.push(std::iter::once(name.to_owned()).chain(cells));
        }
        let late = percentiles("Closed after the deadline, ms", [("closed", self.late())]);
        let instant = format!("In the curves of new orders the instant is after {} s.", self.usual_seconds);
        Sheet {
            title: "Very many orders due at one instant".to_owned(),
            made,
            setting: vec![self.heading(), instant],
            verdict: Verdict::of(self.left_open == 0, "All closed", "Some left open"),
            figures: self.figures(),
            sections: vec![Section {
                plots,
                tables: vec![placing, late],
                notes: vec![("In words".to_owned(), self.lines())],
                ..Section::default()
            }],
        }
    }

    fn figures(&self) -> Vec<Figure> {
        vec![
            Figure::new("closes", self.closes_per_second.to_string(), "/s"),
            Figure::new("last close after", format!("{:.1}", self.late().max_ms / 1_000.0), "s"),
            Figure::new("new orders before, p99", format!("{:.1}", self.usual.p99_ms), "ms"),
            Figure::new("new orders meanwhile, p99", format!("{:.1}", self.meanwhile.p99_ms), "ms"),
            Figure::new("found by the sweep alone", self.lateness.by_sweep.to_string(), ""),
        ]
    }
}
