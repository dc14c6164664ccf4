//! Orders whose time is over.

use anyhow::Result;
use bench::report::{Made, Outputs, Sheet};

use super::plan::Plan;
use super::row::{Outcome, Row, Seen};
use crate::cli::{FlashArgs, TimersArgs};
use crate::commands::bench::{flash, timers};

/// What a million pending timers may add to the memory, in MiB.
const ADDED_MIB: f64 = 48.0;
/// How late orders may be closed, in milliseconds.
const LATE_P99_MS: f64 = 25.0;
/// How soon after a kill the first order is closed, in milliseconds.
const FIRST_CLOSE_MS: f64 = 1_500.0;
/// Closes a second of orders due at one instant, and how much slower new orders may be meanwhile.
const CLOSES: u64 = 5_000;
const SLOWER: f64 = 3.0;

fn timers_args(plan: &Plan, kill: bool) -> TimersArgs {
    TimersArgs {
        pending: plan.sizes.pending,
        rate: plan.sizes.due_per_second,
        seconds: plan.sizes.due_seconds,
        kill,
        below: plan.below.clone(),
        outputs: Outputs::default(),
    }
}

fn command_of_timers(args: &TimersArgs) -> String {
    let TimersArgs { pending, rate, seconds, kill, .. } = args;
    let kill = if *kill { " --kill" } else { "" };
    format!("sandglass bench timers --pending {pending} --rate {rate} --seconds {seconds}{kill}")
}

fn waits_of_timers(plan: &Plan) -> timers::Waits {
    if plan.quick { timers::Waits::SHORT } else { timers::Waits::USUAL }
}

fn section(sheet: Sheet) -> bench::report::Section {
    sheet.sections.into_iter().next().unwrap_or_default()
}

/// Memory of pending timers, and lateness beside them.
pub(super) fn timers(plan: &mut Plan) -> Result<Outcome> {
    let args = timers_args(plan, false);
    let report = timers::measure(&args, waits_of_timers(plan))?;
    let (added, late, command) = (report.added_mib(), report.late(), command_of_timers(&args));
    let sound = report.left_open() == 0;
    let memory = Seen {
        told: format!("{added:+.1} MiB"),
        figures: [("addedMib", added)].into(),
        met: added <= ADDED_MIB,
        sound,
    };
    let lateness = Seen {
        told: format!("p50 {:.0} ms, p99 {:.0} ms, longest {:.0} ms", late.p50_ms, late.p99_ms, late.max_ms),
        figures: [("p50Ms", late.p50_ms), ("p99Ms", late.p99_ms), ("maxMs", late.max_ms)].into(),
        met: late.p99_ms <= LATE_P99_MS,
        sound,
    };
    let what = format!("Memory added by {} pending timers", args.pending);
    let memory = Row::new(plan, what, "≤ 48 MiB", memory, command.clone());
    let what = format!("Lateness of closes at {} due/s", args.rate);
    let lateness = Row::new(plan, what, "p99 ≤ 25 ms", lateness, command);
    let mut outcome = Outcome::new(lateness, section(report.sheet(Made::now())));
    outcome.rows.insert(0, memory);
    Ok(outcome)
}

/// Killed in the middle and started again.
pub(super) fn kill(plan: &mut Plan) -> Result<Outcome> {
    let args = timers_args(plan, true);
    let report = timers::measure(&args, waits_of_timers(plan))?;
    let first = report.first_close_ms().and_then(|ms| i32::try_from(ms).ok()).map(f64::from);
    let seen = Seen {
        told: first.map_or("no close".to_owned(), |ms| format!("first close after {ms:.0} ms")),
        figures: first.map(|ms| ("firstCloseMs", ms)).into_iter().collect(),
        met: first.is_some_and(|ms| ms <= FIRST_CLOSE_MS),
        sound: report.left_open() == 0 && first.is_some(),
    };
    let what = "Killed with SIGKILL and started".to_owned();
    let row = Row::new(plan, what, "first close after ≤ 1.5 s", seen, command_of_timers(&args));
    Ok(Outcome::new(row, section(report.sheet(Made::now()))))
}

/// Very many due at one instant.
pub(super) fn flash(plan: &mut Plan) -> Result<Outcome> {
    let args = FlashArgs {
        orders: plan.sizes.flash_orders,
        placing: plan.sizes.flash_placing,
        clients: plan.sizes.flash_clients,
        below: plan.below.clone(),
        outputs: Outputs::default(),
    };
    let waits = if plan.quick { flash::Waits::SHORT } else { flash::Waits::USUAL };
    let report = flash::measure(&args, waits)?;
    let (closes, (usual, meanwhile)) = (report.closes_per_second(), report.p99_ms());
    let slower = if usual > 0.0 { meanwhile / usual } else { 0.0 };
    let seen = Seen {
        told: format!(
            "{closes} closes/s; new orders' p99 {meanwhile:.1} ms, {slower:.1} × the usual {usual:.1} ms; \
             {} by the sweep",
            report.by_sweep()
        ),
        figures: [("closesPerSecond", bench::float(closes)), ("p99Ms", meanwhile), ("slower", slower)].into(),
        met: closes >= CLOSES && slower < SLOWER && report.by_sweep() == 0,
        sound: report.left_open() == 0,
    };
    let FlashArgs { orders, placing, clients, .. } = args;
    let command = format!("sandglass bench flash --orders {orders} --placing {placing} --clients {clients}");
    let wanted = "≥ 5,000 closes/s, new orders' p99 < 3 × usual, 0 by the sweep";
    let row = Row::new(plan, format!("{orders} orders due at one instant"), wanted, seen, command);
    Ok(Outcome::new(row, section(report.sheet(Made::now()))))
}
