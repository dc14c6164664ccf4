//! `bench flash`: very many orders due at the same instant, while others go on placing.

mod report;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bench::SteadyArgs;
use bench::report::{Made, publish};
use clock::{Clock, Ms, SECOND, SystemClock};
use indicatif::ProgressBar;

pub(super) use self::report::Report;
use self::report::{Placing, Setting, timeline};
use super::closings::Closings;
use super::fill;
use super::own::Ground;
use crate::cli::FlashArgs;

/// How long the orders wait; longer than making all of them takes.
const WINDOW: &str = "6h";
/// How long is waited for what takes its time, in milliseconds.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_field_names, reason = "each name ends with its unit")]
pub(super) struct Waits {
    /// Between the last order made and the instant: the shop starts, buyers register, placing becomes steady.
    lead_ms: i64,
    /// How long before the instant placing is watched for its usual latency.
    usual_ms: i64,
    /// How long after the instant everything is watched.
    after_ms: i64,
}

impl Waits {
    /// To measure.
    pub(super) const USUAL: Self =
        Self { lead_ms: 40 * SECOND, usual_ms: 10 * SECOND, after_ms: 40 * SECOND };
    /// To see whether measuring works.
    pub(super) const SHORT: Self = Self { lead_ms: 12 * SECOND, usual_ms: 3 * SECOND, after_ms: 6 * SECOND };
}

/// Makes the orders, places others over the instant, and tells what became of all.
pub(super) fn run(args: &FlashArgs) -> Result<ExitCode> {
    let report = measure(args, Waits::USUAL)?;
    publish(&args.outputs, &report.lines(), &report, &report.sheet(Made::now()))?;
    Ok(if report.left_open() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The same without telling anybody.
pub(super) fn measure(args: &FlashArgs, waits: Waits) -> Result<Report> {
    let runtime = crate::commands::runtime()?;
    let ground = Ground::below(&args.below)?;
    let making_ms = i64::try_from(fill::making_ms(args.orders)).context("too many orders")?;
    let instant = SystemClock.now() + making_ms + waits.lead_ms;
    runtime.block_on(fill::fill_due(ground.config(WINDOW)?, args.orders, |_| instant))?;

    let own = ground.serve()?;
    ensure!(SystemClock.now() + waits.usual_ms < instant, "the orders were not made in time; try fewer");
    let load = SteadyArgs { url: own.url.clone(), rate: args.placing, clients: args.clients };
    let (begun, until) = (SystemClock.now(), instant + waits.after_ms);
    let shown = waiting(begun, until);
    let samples = bench::steadily(&load, span(begun, until))?;
    shown.finish_and_clear();
    own.kill()?;

    let closings = runtime.block_on(Closings::read(&ground.config(WINDOW)?, instant, instant))?;
    let end = closings.last().unwrap_or(until);
    let lateness = closings.lateness(Ms(i64::MAX))?;
    let took_ms = u64::try_from(end.0 - instant.0).unwrap_or(0).max(1);
    Ok(Report {
        setting: Setting { orders: args.orders, placing_per_second: args.placing },
        closes_per_second: lateness.closed * 1_000 / took_ms,
        left_open: closings.left_open(),
        usual: Placing::within(&samples, span(begun, instant + -waits.usual_ms), span(begun, instant)),
        meanwhile: Placing::within(&samples, span(begun, instant), span(begun, end)),
        timeline: timeline(&samples, span(begun, instant + -waits.usual_ms), span(begun, until)),
        usual_seconds: waits.usual_ms / SECOND,
        lateness,
    })
}

/// A bar over that time.
fn waiting(from: Ms, to: Ms) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(format!(
        "orders are placed, and after {} s the others are due at once",
        span(from, to).as_secs()
    ));
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}

/// From one moment to a later one.
fn span(from: Ms, to: Ms) -> Duration {
    Duration::from_millis(u64::try_from(to.0 - from.0).unwrap_or(0))
}
