//! The report as one page that needs nothing else.

use super::plot::{self, Axis, Series};
use super::{Counted, Operation, Report, table};
use crate::stats::float;

const PAGE: &str = include_str!("page.html");

/// The report as a page.
pub(crate) fn page(report: &Report) -> String {
    let parts = [
        ("{{verdict_class}}", if report.verdict.clean { "clean" } else { "violated" }.to_owned()),
        ("{{verdict}}", if report.verdict.clean { "Clean" } else { "Not clean" }.to_owned()),
        ("{{placed}}", format!("{:.0}", report.placed_per_second)),
        ("{{paid}}", format!("{:.0}", report.paid_per_second)),
        ("{{throughput}}", throughput(report)),
        ("{{latency}}", latency(report)),
        ("{{distribution}}", distribution(report)),
        ("{{lateness}}", lateness(report)),
        ("{{latencies}}", latencies(report)),
        ("{{outcomes}}", outcomes(report)),
        ("{{verdict_lines}}", escape(&table::verdict(&report.verdict).join("\n"))),
        ("{{setting}}", escape(&table::heading(report))),
    ];
    parts.iter().fold(PAGE.to_owned(), |page, (name, value)| page.replace(name, value))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn over_time(report: &Report, of: impl Fn(&super::Moment) -> f64) -> Vec<(f64, f64)> {
    report.timeline.iter().zip(1..).map(|(moment, second)| (float(second), of(moment))).collect()
}

fn throughput(report: &Report) -> String {
    let placed = Series { name: "placed", points: over_time(report, |moment| float(moment.placed)) };
    plot::lines("Orders placed a second", Axis::plain("s"), "orders/s", &[placed])
}

fn latency(report: &Report) -> String {
    let p50 = Series { name: "p50", points: over_time(report, |moment| moment.p50_ms) };
    let p99 = Series { name: "p99", points: over_time(report, |moment| moment.p99_ms) };
    plot::lines("Latency of placing over time", Axis::plain("s"), "ms", &[p50, p99])
}

fn distribution(report: &Report) -> String {
    let of = |op: &Operation| Series { name: op.name, points: by_nines(&op.distribution) };
    let series: Vec<Series> = report.operations.iter().map(of).collect();
    plot::lines("Latency distribution", nines(), "ms", &series)
}

/// Nothing where no order was due.
fn lateness(report: &Report) -> String {
    let drawn = report.lateness.as_ref().map(|closings| {
        let series = Series { name: "closed", points: by_nines(&closings.distribution) };
        plot::lines("Closing after the deadline", nines(), "ms", &[series])
    });
    drawn.unwrap_or_default()
}

/// Shares as their number of nines, so that the tail is as visible as the middle.
fn by_nines(distribution: &[(f64, f64)]) -> Vec<(f64, f64)> {
    distribution.iter().map(|(share, ms)| (-(1.0 - share).log10(), *ms)).collect()
}

fn nines() -> Axis {
    let ticks = vec![(0.0, "0"), (1.0, "90 %"), (2.0, "99 %"), (3.0, "99.9 %"), (4.0, "99.99 %")];
    Axis { unit: "", ticks }
}

fn latencies(report: &Report) -> String {
    let row = |op: &Operation| {
        let cells = [op.p50_ms, op.p90_ms, op.p99_ms, op.p999_ms, op.max_ms];
        let cells: Vec<String> = cells.iter().map(|ms| format!("<td>{ms:.2}</td>")).collect();
        format!("<tr><th>{}</th>{}</tr>", op.name, cells.concat())
    };
    report.operations.iter().map(row).collect::<Vec<_>>().concat()
}

fn outcomes(report: &Report) -> String {
    let rows = report.operations.iter().flat_map(|op| op.outcomes.iter().map(move |one| (op.name, one)));
    let row = |(op, one): (&str, &Counted)| {
        let outcome = escape(&one.outcome);
        format!("<tr><th>{op}</th><td>{}</td><td class=\"text\">{outcome}</td></tr>", one.count)
    };
    rows.map(row).collect::<Vec<_>>().concat()
}
