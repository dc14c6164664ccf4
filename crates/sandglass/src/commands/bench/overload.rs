//! `bench overload`: several times as many orders as a shop can take, while others fall due.
//!
//! Every order is left unpaid and falls due a few seconds after it was placed, so closing has as much to do as placing
//! has, in the maximum and in what is held against it.

mod told;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use bench::report::Made;
use bench::{Overloaded, Said};
use clock::{Clock, Ms, SECOND, SystemClock};
use engine::sqlite::{DataDir, Db, Options};

use self::told::{Bounds, Closing, Report, Served};
use super::closings::Closings;
use super::fill;
use super::own::{Ground, wait_until};
use super::shares::Shares;
use crate::cli::{FillState, OverloadArgs};
use crate::config::Config;
use crate::shop::MIGRATIONS;

/// How long after the last deadline the shop goes on.
const TAIL_MS: i64 = 5 * SECOND;
/// How long the closed loop runs before it is measured, beyond the time in which its first orders fall due.
const WARMUP: Duration = Duration::from_secs(3);

/// Finds the maximum, offers several times as much, and reads what became of all orders.
pub(super) fn run(args: &OverloadArgs) -> Result<ExitCode> {
    let runtime = crate::commands::runtime()?;
    let (ground, shares) = (Ground::below(&args.below)?, Shares::look()?);
    let window = format!("{}s", args.window);
    let config = ground.config(&window)?;
    runtime.block_on(fill::fill_now(config.clone(), 0, FillState::Open))?;

    let own = shares.on_the_shops(|| ground.serve_with(&["--payment-window", &window]))?;
    let begun = SystemClock.now();
    let load = bench::OverloadArgs {
        url: own.url.clone(),
        clients: args.clients,
        crowd: args.crowd,
        times: args.times,
        warmup: WARMUP + Duration::from_secs(args.window.into()),
        lasts: Duration::from_secs(args.seconds.into()),
    };
    let seen = shares.on_the_tools(|| bench::overload(&load))?;
    let end = SystemClock.now() + i64::from(args.window) * SECOND + TAIL_MS;
    wait_until(end, "the last orders fall due");
    own.kill()?;

    let closings = runtime.block_on(Closings::read(&config, begun, end))?;
    let report = report(args, &shares, begun, &seen, &closings, audited(&config)?)?;
    bench::report::publish(&args.outputs, &report.lines(), &report, &report.sheet(Made::now()))?;
    Ok(if report.missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the auditor finds wrong in the data, a sentence each.
fn audited(config: &Config) -> Result<Vec<String>> {
    let dir = DataDir::open(&config.data)?;
    let db = Db::open(&dir.database(), Options::default(), &MIGRATIONS)
        .context("the bench's data cannot be read")?;
    let report = books::audit(&db, SystemClock.now(), books::GRACE_MS)?;
    let violated = report.checks.iter().filter(|check| check.violated > 0);
    Ok(violated.map(|check| format!("{} times violated: {}", check.violated, check.sentence)).collect())
}

fn report(
    args: &OverloadArgs,
    shares: &Shares,
    begun: Ms,
    seen: &Overloaded,
    closings: &Closings,
    audit: Vec<String>,
) -> Result<Report> {
    let closing = |of: &bench::Loop| -> Result<Closing> {
        let (from, to) = (after(begun, of.within.start), after(begun, of.within.end));
        Ok(Closing::of(&closings.due_within(from, to).lateness(Ms(i64::MAX))?))
    };
    let mut report = Report {
        times: args.times,
        seconds: args.seconds,
        window_seconds: args.window,
        clients: args.clients,
        crowd: args.crowd,
        shares: shares.sentence(),
        maximum: Served::of(&seen.usual),
        asked_per_second: seen.rate,
        offered_per_second: seen.crowded.per_second(|_| true),
        never_sent: seen.never_sent,
        overloaded: Served::of(&seen.crowded),
        closing_before: closing(&seen.usual)?,
        closing_meanwhile: closing(&seen.crowded)?,
        other_failures: seen.crowded.count(|said| matches!(said, Said::Other(_) | Said::Nothing)),
        left_open: closings.left_open(),
        lost: closings.missing(&seen.acknowledged),
        audit,
        missed: Vec::new(),
    };
    report.missed = Bounds::default().missed(&report);
    Ok(report)
}

/// A moment of the tool's clock as one of the shop's.
fn after(begun: Ms, span: Duration) -> Ms {
    begun + i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
