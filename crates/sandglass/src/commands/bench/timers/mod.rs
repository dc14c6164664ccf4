//! `bench timers`: what many pending timers cost, and how late orders are closed beside them.

mod report;

use std::process::ExitCode;

use anyhow::Result;
use bench::report::{Made, publish};
use clock::{Clock, HOUR, Ms, SECOND, SystemClock};

pub(super) use self::report::Report;
use self::report::{Again, Memory, Setting};
use super::closings::Closings;
use super::fill;
use super::own::{Ground, wait_until};
use crate::cli::TimersArgs;

/// How long an order waits that is only there to wait.
const PENDING_WINDOW: &str = "30d";
const PENDING_MS: i64 = 30 * 24 * HOUR;
/// How long an order waits that will be due while it is watched; longer than making all of them takes.
const DUE_WINDOW: &str = "6h";
/// Orders that are made within a second on a slow machine.
const MADE_A_SECOND: u64 = 2_000;
/// Orders become due in steps of so many milliseconds.
const STEP_MS: u64 = 20;
/// How long is waited for what takes its time, in milliseconds.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_field_names, reason = "each name ends with its unit")]
pub(super) struct Waits {
    /// Between the start of the shop and the first order that is due.
    lead_ms: i64,
    /// Until memory is read.
    settle_ms: i64,
    /// How long after the last deadline the shop goes on.
    tail_ms: i64,
}

impl Waits {
    /// To measure.
    pub(super) const USUAL: Self = Self { lead_ms: 12 * SECOND, settle_ms: 5 * SECOND, tail_ms: 5 * SECOND };
    /// To see whether measuring works.
    pub(super) const SHORT: Self = Self { lead_ms: 4 * SECOND, settle_ms: SECOND, tail_ms: 3 * SECOND };
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
    fn after_making(args: &TimersArgs, now: Ms, lead_ms: i64) -> Self {
        let count = args.rate * args.seconds;
        Self { first: now + ms(count * 1_000 / MADE_A_SECOND) + lead_ms, rate: args.rate, count }
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

/// Makes the orders, watches them become due, and tells what became of them.
pub(super) fn run(args: &TimersArgs) -> Result<ExitCode> {
    let report = measure(args, Waits::USUAL)?;
    publish(&args.outputs, &report.lines(), &report, &report.sheet(Made::now()))?;
    Ok(if report.left_open() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The same without telling anybody.
pub(super) fn measure(args: &TimersArgs, waits: Waits) -> Result<Report> {
    let runtime = crate::commands::runtime()?;
    let ground = Ground::below(&args.below)?;
    let empty_kib = memory_at_rest(&ground, waits)?;
    let far = SystemClock.now() + PENDING_MS;
    runtime.block_on(fill::fill_due(ground.config(PENDING_WINDOW)?, args.pending, |_| far))?;
    let dues = Dues::after_making(args, SystemClock.now(), waits.lead_ms);
    runtime.block_on(fill::fill_due(ground.config(DUE_WINDOW)?, dues.count, |number| dues.due(number)))?;

    let killed = args.kill.then(|| dues.due(dues.count / 2));
    let seen = watch(&ground, dues, killed, waits)?;
    let closings = runtime.block_on(Closings::read(&ground.config(DUE_WINDOW)?, dues.first, dues.last()))?;
    Ok(Report {
        setting: Setting { pending: args.pending, due_per_second: args.rate, seconds: args.seconds },
        memory: Memory { empty_kib, ..seen.memory },
        ready_ms: seen.ready_ms,
        lateness: closings.lateness(killed.unwrap_or(Ms(i64::MAX)))?,
        again: seen.again.map(|(started, ready)| Again {
            ready_ms: ready.0 - started.0,
            first_close_ms: closings.first_after(started).map(|at| at.0 - started.0),
        }),
        left_open: closings.left_open(),
    })
}

fn memory_at_rest(ground: &Ground, waits: Waits) -> Result<u64> {
    let own = ground.serve()?;
    wait_until(own.ready + waits.settle_ms, "memory settles");
    own.resident_kib()
}

/// What is seen from outside while orders become due.
struct Seen {
    memory: Memory,
    ready_ms: i64,
    /// When the shop was started again, and when it was ready.
    again: Option<(Ms, Ms)>,
}

fn watch(ground: &Ground, dues: Dues, killed: Option<Ms>, waits: Waits) -> Result<Seen> {
    let own = ground.serve()?;
    let ready_ms = own.ready.0 - own.started.0;
    wait_until(own.ready + waits.settle_ms, "memory settles");
    let pending_kib = own.resident_kib()?;
    let end = dues.last() + waits.tail_ms;
    wait_until(killed.unwrap_or(end), "orders become due");
    let memory = Memory { empty_kib: 0, pending_kib, most_kib: own.resident_most_kib()? };
    own.kill()?;
    let again = killed.map(|_| ground.serve()).transpose()?;
    wait_until(end, "orders become due, after a kill");
    let times = again.as_ref().map(|own| (own.started, own.ready));
    again.map(super::own::Own::kill).transpose()?;
    Ok(Seen { memory, ready_ms, again: times })
}
