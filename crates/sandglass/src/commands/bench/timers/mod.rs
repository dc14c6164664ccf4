//! `bench timers`: what many pending timers cost, and how late orders are closed beside them.

use std::process::ExitCode;

use anyhow::Result;
use clock::{Clock, HOUR, Ms, SECOND, SystemClock};
use serde::Serialize;

use super::closings::{Closings, Lateness};
use super::own::{Ground, wait_until};
use super::{fill, print};
use crate::cli::TimersArgs;

/// How long an order waits that is only there to wait.
const PENDING_WINDOW: &str = "30d";
const PENDING_MS: i64 = 30 * 24 * HOUR;
/// How long an order waits that will be due while it is watched; longer than making all of them takes.
const DUE_WINDOW: &str = "6h";
/// Orders that are made within a second on a slow machine.
const MADE_A_SECOND: u64 = 2_000;
/// Between the start of the shop and the first order that is due.
const LEAD_MS: i64 = 12 * SECOND;
/// Orders become due in steps of so many milliseconds.
const STEP_MS: u64 = 20;
/// How long the memory settles before it is read.
const SETTLE_MS: i64 = 5 * SECOND;
/// How long after the last deadline the shop goes on.
const TAIL_MS: i64 = 5 * SECOND;

/// What came out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    pending: u64,
    due_per_second: u64,
    seconds: u64,
    memory: Memory,
    /// From the start of the process until it was ready, with all timers pending.
    ready_ms: i64,
    /// Of the orders due before the kill, or of all.
    lateness: Lateness,
    again: Option<Again>,
    /// Due and never closed.
    left_open: u64,
}

/// Resident memory in KiB.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "each name ends with its unit")]
struct Memory {
    /// Of a shop without orders, ready and at rest.
    empty_kib: u64,
    /// Of the same with all timers pending.
    pending_kib: u64,
    /// The most it was while orders were closed.
    most_kib: u64,
}

/// How the shop came back after it was killed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Again {
    ready_ms: i64,
    /// From the start of the process until an order was closed; `None` if none was.
    first_close_ms: Option<i64>,
}

/// When which order is due.
#[derive(Clone, Copy)]
struct Dues {
    first: Ms,
    rate: u64,
    count: u64,
}

impl Dues {
    /// The first after all of them can have been made.
    fn after_making(args: &TimersArgs, now: Ms) -> Self {
        let count = args.rate * args.seconds;
        Self { first: now + ms(count * 1_000 / MADE_A_SECOND) + LEAD_MS, rate: args.rate, count }
    }

    /// When the order of this `number` is due: with all others of the same step.
    fn due(self, number: u64) -> Ms {
        self.first + ms(number * 1_000 / self.rate / STEP_MS * STEP_MS)
    }

    fn last(self) -> Ms {
        self.due(self.count)
    }
}

/// A count of milliseconds.
fn ms(span: u64) -> i64 {
    i64::try_from(span).unwrap_or(i64::MAX)
}

/// Makes the orders, watches them become due, and reads what became of them.
pub(super) fn run(args: &TimersArgs) -> Result<ExitCode> {
    let runtime = crate::commands::runtime()?;
    let ground = Ground::below(&args.below)?;
    let empty_kib = memory_at_rest(&ground)?;
    let far = SystemClock.now() + PENDING_MS;
    runtime.block_on(fill::fill_due(ground.config(PENDING_WINDOW)?, args.pending, |_| far))?;
    let dues = Dues::after_making(args, SystemClock.now());
    runtime.block_on(fill::fill_due(ground.config(DUE_WINDOW)?, dues.count, |number| dues.due(number)))?;

    let killed = args.kill.then(|| dues.due(dues.count / 2));
    let seen = watch(&ground, dues, killed)?;
    let closings = runtime.block_on(Closings::read(&ground.config(DUE_WINDOW)?, dues.first, dues.last()))?;
    let report = Report {
        pending: args.pending,
        due_per_second: args.rate,
        seconds: args.seconds,
        memory: Memory { empty_kib, ..seen.memory },
        ready_ms: seen.ready_ms,
        lateness: closings.lateness(killed.unwrap_or(Ms(i64::MAX)))?,
        again: seen.again.map(|(started, ready)| Again {
            ready_ms: ready.0 - started.0,
            first_close_ms: closings.first_after(started).map(|at| at.0 - started.0),
        }),
        left_open: closings.left_open(),
    };
    print::report(&lines(&report), &report, args.json.as_deref())?;
    Ok(if report.left_open == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn memory_at_rest(ground: &Ground) -> Result<u64> {
    let own = ground.serve()?;
    wait_until(own.ready + SETTLE_MS, "memory settles");
    own.resident_kib()
}

/// What is seen from outside while orders become due.
struct Seen {
    memory: Memory,
    ready_ms: i64,
    /// When the shop was started again, and when it was ready.
    again: Option<(Ms, Ms)>,
}

fn watch(ground: &Ground, dues: Dues, killed: Option<Ms>) -> Result<Seen> {
    let own = ground.serve()?;
    let ready_ms = own.ready.0 - own.started.0;
    wait_until(own.ready + SETTLE_MS, "memory settles");
    let pending_kib = own.resident_kib()?;
    let end = dues.last() + TAIL_MS;
    wait_until(killed.unwrap_or(end), "orders become due");
    let memory = Memory { empty_kib: 0, pending_kib, most_kib: own.resident_most_kib()? };
    own.kill()?;
    let again = killed.map(|_| ground.serve()).transpose()?;
    wait_until(end, "orders become due, after a kill");
    let times = again.as_ref().map(|own| (own.started, own.ready));
    again.map(super::own::Own::kill).transpose()?;
    Ok(Seen { memory, ready_ms, again: times })
}

fn lines(report: &Report) -> Vec<String> {
    let Report { memory, lateness, .. } = report;
    let mib = |kib: u64| bench::float(kib) / 1_024.0;
    let mut lines = vec![
        format!(
            "{} timers pending, {} due a second for {} s",
            report.pending, report.due_per_second, report.seconds
        ),
        format!(
            "memory      {:.1} MiB without orders, {:.1} MiB with all timers pending ({:+.1}), {:.1} MiB at most",
            mib(memory.empty_kib),
            mib(memory.pending_kib),
            mib(memory.pending_kib) - mib(memory.empty_kib),
            mib(memory.most_kib),
        ),
        format!("start       ready after {} ms", report.ready_ms),
        lateness.line("lateness"),
    ];
    if let Some(again) = &report.again {
        let first = again.first_close_ms.map_or("none".into(), |ms| format!("{ms} ms"));
        lines.push(format!("killed      ready again after {} ms, first close after {first}", again.ready_ms));
    }
    lines.push(format!("left open   {}", report.left_open));
    lines
}
