//! What a run came to: one value, shown as a table, as JSON or as a page.

mod html;
mod plot;
mod table;

pub(crate) use html::page as html;
pub(crate) use table::table;

use anyhow::Result;
use hdrhistogram::Histogram;
use serde::Serialize;

use crate::args::{Mix, Mode, OrdersArgs};
use crate::machine::Machine;
use crate::stats::{Measured, Op, Outcome, Second, float};
use crate::verdict::{Lateness, Verdict};
use crate::workload::Run;

/// Points of the latency distribution.
const DISTRIBUTION: [f64; 13] =
    [0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999];

/// A run's report. Latencies are in milliseconds, rates in a second.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    pub(crate) setting: Setting,
    pub(crate) machine: Machine,
    pub(crate) placed_per_second: f64,
    pub(crate) paid_per_second: f64,
    /// Open loop only: due in time, and no client was free to send it.
    pub(crate) never_sent: u64,
    pub(crate) used: Used,
    pub(crate) operations: Vec<Operation>,
    pub(crate) timeline: Vec<Moment>,
    /// How long after their deadlines unpaid orders were closed; `None` if none of those looked at was.
    pub(crate) lateness: Option<Closings>,
    pub(crate) verdict: Verdict,
}

/// How the run was set.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Setting {
    pub(crate) url: String,
    pub(crate) mode: &'static str,
    pub(crate) rate: Option<u32>,
    pub(crate) mix: &'static str,
    pub(crate) paid_of_hundred: u8,
    pub(crate) clients: u32,
    pub(crate) seconds: u64,
    pub(crate) warmup: u64,
    pub(crate) users: usize,
    pub(crate) items: usize,
    pub(crate) seed: u64,
}

/// What the tool itself used: it takes from the server's share of the machine.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Used {
    /// Cores kept busy by the tool.
    pub(crate) cores: f64,
}

/// One operation's latencies and outcomes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) p50_ms: f64,
    pub(crate) p90_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) p999_ms: f64,
    pub(crate) max_ms: f64,
    /// Share of requests, and the latency they stayed under.
    pub(crate) distribution: Vec<(f64, f64)>,
    pub(crate) outcomes: Vec<Counted>,
}

/// How late unpaid orders were closed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Closings {
    pub(crate) count: u64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
    /// Share of closings, and the lateness they stayed under.
    pub(crate) distribution: Vec<(f64, f64)>,
}

impl Closings {
    fn of(late: &Histogram<u64>) -> Option<Self> {
        (!late.is_empty()).then(|| Self {
            count: late.len(),
            p50_ms: quantile_ms(late, 0.5),
            p99_ms: quantile_ms(late, 0.99),
            max_ms: ms(late.max()),
            distribution: distribution(late),
        })
    }
}

/// How many tries ended in one way.
#[derive(Debug, Serialize)]
pub(crate) struct Counted {
    pub(crate) outcome: String,
    pub(crate) count: u64,
}

/// One second of placing.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Moment {
    pub(crate) placed: u64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

impl Report {
    /// The report of a finished run.
    pub(crate) fn of(
        args: &OrdersArgs,
        run: &Run,
        used: Used,
        verdict: Verdict,
        lateness: &Lateness,
    ) -> Self {
        let stats = run.stats.borrow();
        let rate = |op| float(stats.of(op).latency.len()) / stats.measured().as_secs_f64();
        let never_sent = run.pace.borrow().missed();
        Self {
            setting: Setting::of(args, run),
            machine: Machine::look(),
            placed_per_second: rate(Op::Place),
            paid_per_second: rate(Op::Pay),
            never_sent,
            used,
            operations: Op::ALL.into_iter().filter_map(|op| operation(op, stats.of(op))).collect(),
            timeline: stats.seconds().iter().map(Moment::of).collect(),
            lateness: Closings::of(lateness.histogram()),
            verdict,
        }
    }
}

impl Setting {
    fn of(args: &OrdersArgs, run: &Run) -> Self {
        Self {
            url: args.url.clone(),
            mode: if args.mode == Mode::Open { "open" } else { "closed" },
            rate: args.rate.filter(|_| args.mode == Mode::Open),
            mix: if args.mix == Mix::Lifecycle { "lifecycle" } else { "place" },
            paid_of_hundred: run.paid_of_hundred,
            clients: args.clients,
            seconds: args.seconds,
            warmup: args.warmup,
            users: run.users.len(),
            items: run.items.len(),
            seed: args.seed,
        }
    }
}

impl Moment {
    fn of(second: &Second) -> Self {
        Self { placed: second.placed, p50_ms: ms(second.p50_us), p99_ms: ms(second.p99_us) }
    }
}

/// `None` for an operation that was not tried.
fn operation(op: Op, measured: &Measured) -> Option<Operation> {
    if measured.outcomes.is_empty() {
        return None;
    }
    let at = |quantile| quantile_ms(&measured.latency, quantile);
    Some(Operation {
        name: op.name(),
        p50_ms: at(0.5),
        p90_ms: at(0.9),
        p99_ms: at(0.99),
        p999_ms: at(0.999),
        max_ms: ms(measured.latency.max()),
        distribution: distribution(&measured.latency),
        outcomes: measured.outcomes.iter().map(|(outcome, count)| counted(outcome, *count)).collect(),
    })
}

fn distribution(latency: &Histogram<u64>) -> Vec<(f64, f64)> {
    DISTRIBUTION.iter().map(|share| (*share, quantile_ms(latency, *share))).collect()
}

fn quantile_ms(latency: &Histogram<u64>, quantile: f64) -> f64 {
    ms(latency.value_at_quantile(quantile))
}

fn ms(us: u64) -> f64 {
    float(us) / 1_000.0
}

fn counted(outcome: &Outcome, count: u64) -> Counted {
    let outcome = match outcome {
        Outcome::Acknowledged => "acknowledged".to_owned(),
        Outcome::Refused(status, code) => format!("refused {status} {code}"),
        Outcome::Overloaded => "overloaded, told to come back".to_owned(),
        Outcome::Checking => "taken, outcome to follow".to_owned(),
        Outcome::Error(status) => format!("error {status}"),
        Outcome::Broken => "connection broken".to_owned(),
        Outcome::Late => "no answer in time".to_owned(),
    };
    Counted { outcome, count }
}

/// The report for programs.
pub(crate) fn json(report: &Report) -> Result<String> {
    Ok(serde_json::to_string_pretty(report)? + "\n")
}
