//! What looking around came to.

use serde::Serialize;

use super::{SearchArgs, Seen};
use crate::report::{
    Figure, Latency, Made, Moment, Section, Sheet, Table, Verdict, distributions, over_time, percentiles,
};
use crate::stats::float;

/// A report of searches and items' pages. Latencies are in milliseconds, rates in a second.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchReport {
    setting: Setting,
    looks_per_second: f64,
    kinds: Vec<Kind>,
}

#[derive(Debug, Serialize)]
struct Setting {
    clients: u32,
    seconds: u64,
}

/// One kind of look.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    name: &'static str,
    per_second: f64,
    #[serde(flatten)]
    latency: Latency,
    failed: u64,
    timeline: Vec<Moment>,
}

impl SearchReport {
    pub(super) fn of<'a>(
        args: &SearchArgs,
        kinds: impl IntoIterator<Item = (&'static str, &'a mut Seen)>,
    ) -> Self {
        let seconds = float(args.seconds);
        let kind = |(name, seen): (&'static str, &mut Seen)| {
            seen.timeline.roll(std::time::Duration::MAX);
            Kind {
                name,
                per_second: float(seen.latency.len()) / seconds,
                latency: Latency::of_us(&seen.latency),
                failed: seen.failed,
                timeline: seen.timeline.seconds().to_vec(),
            }
        };
        let kinds: Vec<Kind> = kinds.into_iter().map(kind).collect();
        let looks_per_second = kinds.iter().map(|kind| kind.per_second).sum();
        Self { setting: Setting { clients: args.clients, seconds: args.seconds }, looks_per_second, kinds }
    }

    /// Looks of all kinds, a second.
    pub fn looks_per_second(&self) -> f64 {
        self.looks_per_second
    }

    /// The p99 of the kind of look whose p99 is longest, in milliseconds.
    pub fn p99_ms(&self) -> f64 {
        self.kinds.iter().map(|kind| kind.latency.p99_ms).fold(0.0, f64::max)
    }

    /// Looks that were not answered with 200.
    pub fn failed(&self) -> u64 {
        self.kinds.iter().map(|kind| kind.failed).sum()
    }

    /// For a terminal, a line each.
    pub fn lines(&self) -> Vec<String> {
        let kind = |kind: &Kind| {
            let Kind { name, per_second, latency, failed, .. } = kind;
            format!(
                "{name:<8}{per_second:>8.0}/s   p50 {:.2} ms   p99 {:.2} ms   longest {:.2} ms   {failed} failed",
                latency.p50_ms, latency.p99_ms, latency.max_ms
            )
        };
        std::iter::once(self.heading()).chain(self.kinds.iter().map(kind)).collect()
    }

    fn heading(&self) -> String {
        let Setting { clients, seconds } = self.setting;
        format!("{:.0} looks/s by {clients} clients over {seconds} s", self.looks_per_second)
    }

    /// As a page.
    pub fn sheet(&self, made: Made) -> Sheet {
        let timelines: Vec<_> = self.kinds.iter().map(|kind| (kind.name, kind.timeline.as_slice())).collect();
        let mut plots = over_time("Looks", "looks/s", &timelines);
        let curves = self.kinds.iter().map(|kind| kind.latency.series(kind.name)).collect();
        plots.push(distributions("Latency distribution", curves));
        let latencies = self.kinds.iter().map(|kind| (kind.name, &kind.latency));
        let tables = vec![self.rates(), percentiles("Latency in ms", latencies)];
        Sheet {
            title: "Searching, and looking at items".to_owned(),
            made,
            setting: vec![self.heading()],
            verdict: Verdict::of(self.failed() == 0, "All answered", "Not all answered"),
            figures: self.figures(),
            sections: vec![Section { plots, tables, ..Section::default() }],
        }
    }

    fn figures(&self) -> Vec<Figure> {
        let mut figures = vec![Figure::new("looks", format!("{:.0}", self.looks_per_second), "/s")];
        for kind in &self.kinds {
            figures.push(Figure::new(
                format!("{}, p99", kind.name),
                format!("{:.1}", kind.latency.p99_ms),
                "ms",
            ));
        }
        figures
    }

    fn rates(&self) -> Table {
        let mut table = Table::new("Rates", &["", "a second", "failed"]);
        for kind in &self.kinds {
            table.push([kind.name.to_owned(), format!("{:.0}", kind.per_second), kind.failed.to_string()]);
        }
        table
    }
}
