//! What many pending timers came to.

use bench::report::{Figure, Latency, Made, Section, Sheet, Table, Verdict, percentiles};
use serde::Serialize;

use crate::commands::bench::closings::Lateness;

/// What came out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::commands::bench) struct Report {
    pub(super) setting: Setting,
    pub(super) memory: Memory,
    /// From the start of the process until it was ready, with all timers pending.
    pub(super) ready_ms: i64,
    /// Of the orders due before the kill, or of all.
    pub(super) lateness: Lateness,
    pub(super) again: Option<Again>,
    /// Due and never closed.
    pub(super) left_open: u64,
}

/// How the run was set.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Setting {
    pub(super) pending: u64,
    pub(super) due_per_second: u64,
    pub(super) seconds: u64,
}

/// Resident memory in KiB.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "each name ends with its unit")]
pub(super) struct Memory {
    /// Of a shop without orders, ready and at rest.
    pub(super) empty_kib: u64,
    /// Of the same with all timers pending.
    pub(super) pending_kib: u64,
    /// The most it was while orders were closed.
    pub(super) most_kib: u64,
}

impl Memory {
    fn added_mib(&self) -> f64 {
        mib(self.pending_kib) - mib(self.empty_kib)
    }
}

/// How the shop came back after it was killed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Again {
    pub(super) ready_ms: i64,
    /// From the start of the process until an order was closed; `None` if none was.
    pub(super) first_close_ms: Option<i64>,
}

fn mib(kib: u64) -> f64 {
    bench::float(kib) / 1_024.0
}

impl Report {
    /// How many were due and never closed.
    pub(in crate::commands::bench) fn left_open(&self) -> u64 {
        self.left_open
    }

    /// What the pending timers added to the memory, in MiB.
    pub(in crate::commands::bench) fn added_mib(&self) -> f64 {
        self.memory.added_mib()
    }

    /// How late orders were closed.
    pub(in crate::commands::bench) fn late(&self) -> &Latency {
        &self.lateness.latency
    }

    /// From the start after the kill until an order was closed, in milliseconds.
    pub(in crate::commands::bench) fn first_close_ms(&self) -> Option<i64> {
        self.again.as_ref()?.first_close_ms
    }

    fn heading(&self) -> String {
        let Setting { pending, due_per_second, seconds } = self.setting;
        format!("{pending} timers pending, {due_per_second} due a second for {seconds} s")
    }

    /// For a terminal.
    pub(super) fn lines(&self) -> Vec<String> {
        let memory = &self.memory;
        let mut lines = vec![
            self.heading(),
            format!(
                "memory      {:.1} MiB without orders, {:.1} MiB with all timers pending ({:+.1}), {:.1} MiB at most",
                mib(memory.empty_kib),
                mib(memory.pending_kib),
                memory.added_mib(),
                mib(memory.most_kib),
            ),
            format!("start       ready after {} ms", self.ready_ms),
            self.lateness.line("lateness"),
        ];
        if let Some(again) = &self.again {
            let first = self.first_close();
            lines.push(format!(
                "killed      ready again after {} ms, first close after {first}",
                again.ready_ms
            ));
        }
        lines.push(format!("left open   {}", self.left_open));
        lines
    }

    fn first_close(&self) -> String {
        self.first_close_ms().map_or("none".to_owned(), |ms| format!("{ms} ms"))
    }

    /// As a page.
    pub(in crate::commands::bench) fn sheet(&self, made: Made) -> Sheet {
        let mut memory = Table::new("Resident memory", &["", "MiB"]);
        let Memory { empty_kib, pending_kib, most_kib } = self.memory;
        for (name, kib) in
            [("without orders", empty_kib), ("all timers pending", pending_kib), ("at most", most_kib)]
        {
            memory.push([name.to_owned(), format!("{:.1}", mib(kib))]);
        }
        let late = percentiles("Closed after the deadline, ms", [("closed", self.late())]);
        let told = ("In words".to_owned(), self.lines());
        Sheet {
            title: "Many pending timers".to_owned(),
            made,
            setting: vec![self.heading()],
            verdict: Verdict::of(self.left_open == 0, "All closed", "Some left open"),
            figures: self.figures(),
            sections: vec![Section {
                plots: self.lateness.plots(),
                tables: vec![late, memory],
                notes: vec![told],
                ..Section::default()
            }],
        }
    }

    fn figures(&self) -> Vec<Figure> {
        let mut figures = vec![
            Figure::new("memory added by timers", format!("{:.1}", self.added_mib()), "MiB"),
            Figure::new("lateness, p50", format!("{:.0}", self.late().p50_ms), "ms"),
            Figure::new("lateness, p99", format!("{:.0}", self.late().p99_ms), "ms"),
            Figure::new("ready after", self.ready_ms.to_string(), "ms"),
        ];
        if self.again.is_some() {
            figures.push(Figure::new("first close after a kill", self.first_close(), ""));
        }
        figures
    }
}
