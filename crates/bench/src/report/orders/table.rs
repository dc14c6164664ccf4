//! The report for a terminal.

use super::{Closings, Operation, Report};
use crate::machine::Machine;
use crate::verdict::{Audit, Finding, Part, Verdict};
use crate::views::Watched;

/// The report as lines of text.
pub(super) fn table(report: &Report, machine: &Machine) -> Vec<String> {
    let mut lines = setting(report);
    lines.extend([machine.line(), String::new(), rates(report), String::new()]);
    lines.push(format!("{:<8}{:>10}{:>10}{:>10}{:>10}{:>10}", "ms", "p50", "p90", "p99", "p99.9", "max"));
    lines.extend(report.operations.iter().map(latencies));
    lines.push(String::new());
    lines.extend(report.operations.iter().flat_map(outcomes));
    lines.push(String::new());
    lines.extend(report.lateness.as_ref().map(lateness));
    lines.extend(report.views.map(Watched::line));
    lines.extend(verdict(&report.verdict));
    lines
}

/// What was done, and what it took.
pub(super) fn setting(report: &Report) -> Vec<String> {
    let set = &report.setting;
    let pace = set.rate.map_or("closed loop".to_owned(), |rate| format!("open loop at {rate}/s"));
    let mix = match set.mix {
        "place" => "placing only".to_owned(),
        _ => format!("whole lives, {} % paid", set.paid_of_hundred),
    };
    let done = format!(
        "{}: {pace}, {mix}, {} clients, {} buyers, {} items, {} s after {} s of warm-up",
        set.url, set.clients, set.users, set.items, set.seconds, set.warmup
    );
    vec![done, format!("the tool itself kept {:.2} cores busy", report.used.cores)]
}

fn rates(report: &Report) -> String {
    let rates = format!("placed {:.0}/s   paid {:.0}/s", report.placed_per_second, report.paid_per_second);
    match report.never_sent {
        0 => rates,
        count => format!("{rates}   {count} were due and never sent: the rate is too high"),
    }
}

fn latencies(op: &Operation) -> String {
    let latency = &op.latency;
    format!(
        "{:<8}{:>10.2}{:>10.2}{:>10.2}{:>10.2}{:>10.2}",
        op.name, latency.p50_ms, latency.p90_ms, latency.p99_ms, latency.p999_ms, latency.max_ms
    )
}

fn lateness(closings: &Closings) -> String {
    let late = &closings.latency;
    format!(
        "closed   {} unpaid orders looked at, p50 {:.0} ms, p99 {:.0} ms, at most {:.0} ms after the deadline",
        closings.count, late.p50_ms, late.p99_ms, late.max_ms
    )
}

fn outcomes(op: &Operation) -> Vec<String> {
    op.outcomes.iter().map(|one| format!("{:<8}{:>10}  {}", op.name, one.count, one.outcome)).collect()
}

/// The verdict, a line each.
pub(super) fn verdict(verdict: &Verdict) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(part("lost", "acknowledged orders looked at", &verdict.lost));
    lines.extend(part("doubled", "keys sent again", &verdict.doubled));
    lines.extend(part("wallets", "balances added up", &verdict.wallets));
    lines.extend(audit(&verdict.audit));
    if verdict.still_open > 0 {
        lines.push(format!(
            "open     {} unpaid orders still have time; they were not judged",
            verdict.still_open
        ));
    }
    if verdict.doubtful_placements > 0 {
        lines.push(format!("doubtful {} placements never had a final answer", verdict.doubtful_placements));
    }
    lines.push(if verdict.clean { "verdict  clean".to_owned() } else { "verdict  NOT CLEAN".to_owned() });
    lines
}

fn part(name: &str, what: &str, part: &Part) -> Vec<String> {
    let mut lines = vec![format!("{name:<9}{} ({} of {} {what})", part.violated, part.checked, part.of)];
    lines.extend(part.told.iter().map(|sentence| format!("         - {sentence}")));
    lines
}

fn audit(audit: &Audit) -> Vec<String> {
    let said = match audit.finding {
        Finding::NotAsked => "not asked",
        Finding::Unfinished => "NOT FINISHED",
        Finding::Clean => "clean",
        Finding::Violated => "VIOLATED",
    };
    let mut lines = vec![format!("audit    {said}")];
    lines.extend(audit.told.iter().map(|sentence| format!("         - {sentence}")));
    lines
}
