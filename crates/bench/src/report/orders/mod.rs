//! What placing and paying came to: one value, shown as a table, as JSON or as a page.

mod sheet;
mod table;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::Latency;
use crate::args::{Mix, Mode, OrdersArgs};
use crate::stats::{Measured, Op, Outcome, float};
use crate::timeline::Moment;
use crate::verdict::{Lateness, Verdict};
use crate::views::Watched;
use crate::workload::Run;

/// A run's report. Latencies are in milliseconds, rates in a second.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub(crate) setting: Setting,
    pub(crate) placed_per_second: f64,
    pub(crate) paid_per_second: f64,
    /// Orders that were acknowledged in all of the run, the warm-up too.
    pub(crate) acknowledged: u64,
    /// Open loop only: due in time, and no client was free to send it.
    pub(crate) never_sent: u64,
    pub(crate) used: Used,
    pub(crate) operations: Vec<Operation>,
    pub(crate) timeline: Vec<Moment>,
    /// How long after their deadlines unpaid orders were closed; `None` if none of those looked at was.
    pub(crate) lateness: Option<Closings>,
    pub(crate) verdict: Verdict,
    /// What became of the live views that were open meanwhile, if there were to be any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) views: Option<Watched>,
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
    #[serde(flatten)]
    pub(crate) latency: Latency,
    pub(crate) outcomes: Vec<Counted>,
}

/// How late unpaid orders were closed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Closings {
    pub(crate) count: u64,
    #[serde(flatten)]
    pub(crate) latency: Latency,
    #[serde(skip)]
    late: Histogram<u64>,
}

impl Closings {
    fn of(late: &Histogram<u64>) -> Option<Self> {
        let closings = || Self { count: late.len(), latency: Latency::of_us(late), late: late.clone() };
        (!late.is_empty()).then(closings)
    }
}

/// How many tries ended in one way.
#[derive(Debug, Serialize)]
pub(crate) struct Counted {
    pub(crate) outcome: String,
    pub(crate) count: u64,
}

impl Report {
    /// Whether the tool's book and the shop agree, and the audit does.
    pub fn clean(&self) -> bool {
        self.verdict.clean
    }

    /// Orders placed a second.
    pub fn placed_per_second(&self) -> f64 {
        self.placed_per_second
    }

    /// Orders paid a second.
    pub fn paid_per_second(&self) -> f64 {
        self.paid_per_second
    }

    /// Orders that were acknowledged in all of the run, the warm-up too.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Latency of placing; `None` if nothing was placed.
    pub fn placing(&self) -> Option<&Latency> {
        let placing = self.operations.iter().find(|operation| operation.name == Op::Place.name());
        placing.map(|operation| &operation.latency)
    }

    /// How placing went, second by second.
    pub fn timeline(&self) -> &[Moment] {
        &self.timeline
    }

    /// The report of a finished run.
    pub(crate) fn of(
        args: &OrdersArgs,
        run: &Run,
        used: Used,
        verdict: Verdict,
        lateness: &Lateness,
        views: Option<Watched>,
    ) -> Self {
        let stats = run.stats.borrow();
        let rate = |op| float(stats.of(op).latency.len()) / stats.measured().as_secs_f64();
        let never_sent = run.pace.borrow().missed();
        Self {
            setting: Setting::of(args, run),
            placed_per_second: rate(Op::Place),
            paid_per_second: rate(Op::Pay),
            acknowledged: run.book.borrow().entries().len() as u64,
            never_sent,
            used,
            operations: Op::ALL.into_iter().filter_map(|op| operation(op, stats.of(op))).collect(),
            timeline: stats.seconds().to_vec(),
            lateness: Closings::of(lateness.histogram()),
            verdict,
            views,
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

/// `None` for an operation that was not tried.
fn operation(op: Op, measured: &Measured) -> Option<Operation> {
    if measured.outcomes.is_empty() {
        return None;
    }
    Some(Operation {
        name: op.name(),
        latency: Latency::of_us(&measured.latency),
        outcomes: measured.outcomes.iter().map(|(outcome, count)| counted(outcome, *count)).collect(),
    })
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
