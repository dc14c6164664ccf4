//! The report for people.

use super::{Closings, Counted, Operation, Report, table};
use crate::machine::Machine;
use crate::report::{
    Figure, Made, Section, Sheet, Table, Verdict, distributions, histogram_plot, over_time, percentiles,
};

impl Report {
    /// For a terminal, a line each.
    pub fn lines(&self, machine: &Machine) -> Vec<String> {
        table::table(self, machine)
    }

    /// As a page.
    pub fn sheet(&self, made: Made) -> Sheet {
        let mut section = Section {
            plots: over_time("Orders placed", "orders/s", &[("placed", &self.timeline)]),
            tables: vec![percentiles("Latency in ms", self.latencies()), self.outcomes()],
            notes: vec![("The tool's book against the shop".to_owned(), table::verdict(&self.verdict))],
            ..Section::default()
        };
        let curves = self.operations.iter().map(|op| op.latency.series(op.name)).collect();
        section.plots.push(distributions("Latency distribution", curves));
        section.plots.extend(self.lateness.as_ref().map(Closings::plot));
        Sheet {
            title: "Placing and paying orders".to_owned(),
            made,
            setting: table::setting(self),
            verdict: Verdict::of(self.clean(), "Clean", "Not clean"),
            figures: self.figures(),
            sections: vec![section],
        }
    }

    fn figures(&self) -> Vec<Figure> {
        let mut figures = vec![Figure::new("orders placed", format!("{:.0}", self.placed_per_second), "/s")];
        if self.setting.paid_of_hundred > 0 {
            figures.push(Figure::new("orders paid", format!("{:.0}", self.paid_per_second), "/s"));
        }
        if let Some(latency) = self.placing() {
            for (share, ms) in [("p50", latency.p50_ms), ("p99", latency.p99_ms), ("p99.9", latency.p999_ms)]
            {
                figures.push(Figure::new(format!("placing, {share}"), format!("{ms:.1}"), "ms"));
            }
        }
        figures
    }

    fn latencies(&self) -> impl Iterator<Item = (&str, &crate::report::Latency)> {
        let closed = self.lateness.iter().map(|closings| ("closed after the deadline", &closings.latency));
        self.operations.iter().map(|op| (op.name, &op.latency)).chain(closed)
    }

    fn outcomes(&self) -> Table {
        let mut table = Table::new("How the requests ended", &["", "requests", "outcome"]);
        let of = |op: &'_ Operation, one: &Counted| {
            [op.name.to_owned(), one.count.to_string(), one.outcome.clone()]
        };
        for op in &self.operations {
            op.outcomes.iter().for_each(|one| table.push(of(op, one)));
        }
        table
    }
}

impl Closings {
    fn plot(&self) -> crate::report::Plot {
        histogram_plot("Closed so many ms after the deadline", &self.late, 1_000)
    }
}
