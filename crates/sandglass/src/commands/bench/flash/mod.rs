//! `bench flash`: very many orders due at the same instant, while others go on placing.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use bench::{Sample, SteadyArgs};
use clock::{Clock, Ms, SECOND, SystemClock};
use serde::Serialize;

use super::closings::{Closings, Lateness};
use super::own::Ground;
use super::{fill, print};
use crate::cli::FlashArgs;

/// How long the orders wait; longer than making all of them takes.
const WINDOW: &str = "6h";
/// Orders that are made within a second on a slow machine.
const MADE_A_SECOND: u64 = 2_000;
/// Between the last order made and the instant: the shop starts, buyers register, placing becomes steady.
const LEAD_MS: i64 = 40 * SECOND;
/// How long before the instant placing is watched for its usual latency.
const USUAL_MS: i64 = 10 * SECOND;
/// How long after the instant everything is watched.
const AFTER_MS: i64 = 40 * SECOND;

/// What came out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    orders: u64,
    placing_per_second: u32,
    lateness: Lateness,
    left_open: u64,
    closes_per_second: u64,
    usual: Placing,
    /// Until the last order was closed.
    meanwhile: Placing,
}

/// Latency of new orders in milliseconds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Placing {
    placed: u64,
    p50_ms: f64,
    p99_ms: f64,
}

impl Placing {
    /// Of the samples that were due within `from..to`.
    fn within(samples: &[Sample], from: Duration, to: Duration) -> Self {
        let within = samples.iter().filter(|one| (from..to).contains(&one.due));
        let mut us: Vec<u64> = within.map(|one| one.latency_us).collect();
        us.sort_unstable();
        let at = |hundredth: usize| us.get((us.len() * hundredth / 100).min(us.len().saturating_sub(1)));
        let ms = |hundredth| at(hundredth).map_or(0.0, |us| bench::float(*us) / 1_000.0);
        Self { placed: us.len() as u64, p50_ms: ms(50), p99_ms: ms(99) }
    }
}

/// Makes the orders, places others over the instant, and reads what became of all.
pub(super) fn run(args: &FlashArgs) -> Result<ExitCode> {
    let runtime = crate::commands::runtime()?;
    let ground = Ground::below(&args.below)?;
    let making_ms = i64::try_from(args.orders * 1_000 / MADE_A_SECOND).context("too many orders")?;
    let instant = SystemClock.now() + making_ms + LEAD_MS;
    runtime.block_on(fill::fill_due(ground.config(WINDOW)?, args.orders, |_| instant))?;

    let own = ground.serve()?;
    let load = SteadyArgs { url: own.url.clone(), rate: args.placing, clients: args.clients };
    let begun = SystemClock.now();
    let samples = bench::steadily(&load, span(begun, instant + AFTER_MS))?;
    own.kill()?;

    let closings = runtime.block_on(Closings::read(&ground.config(WINDOW)?, instant, instant))?;
    let end = closings.last().unwrap_or(instant + AFTER_MS);
    let lateness = closings.lateness(Ms(i64::MAX))?;
    let took_ms = u64::try_from(end.0 - instant.0).unwrap_or(0).max(1);
    let report = Report {
        orders: args.orders,
        placing_per_second: args.placing,
        closes_per_second: lateness.closed * 1_000 / took_ms,
        left_open: closings.left_open(),
        usual: Placing::within(&samples, span(begun, instant + -USUAL_MS), span(begun, instant)),
        meanwhile: Placing::within(&samples, span(begun, instant), span(begun, end)),
        lateness,
    };
    print::report(&lines(&report), &report, args.json.as_deref())?;
    Ok(if report.left_open == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// From one moment to a later one.
fn span(from: Ms, to: Ms) -> Duration {
    Duration::from_millis(u64::try_from(to.0 - from.0).unwrap_or(0))
}

fn lines(report: &Report) -> Vec<String> {
    let placing = |name: &str, seen: &Placing| {
        format!("{name:<11} {} new orders, p50 {:.1} ms, p99 {:.1} ms", seen.placed, seen.p50_ms, seen.p99_ms)
    };
    vec![
        format!(
            "{} orders due at one instant, {} placed a second meanwhile",
            report.orders, report.placing_per_second
        ),
        format!("closes      {} a second until the last", report.closes_per_second),
        report.lateness.line("lateness"),
        placing("before", &report.usual),
        placing("meanwhile", &report.meanwhile),
        format!("left open   {}", report.left_open),
    ]
}
