//! Looking around in a large catalogue, and placing beside much data.

use anyhow::Result;
use bench::report::{Made, Outputs};
use bench::{SearchArgs, SearchReport};

use super::plan::{Plan, median};
use super::row::{Outcome, Row, Seen};
use crate::cli::{Grows, GrowthArgs};
use crate::commands::bench::growth;
use crate::commands::bench::own::Ground;
use crate::commands::bench::say;
use crate::commands::bench::supply::PLENTY;

/// Searches and items' pages a second, and the p99 of either in milliseconds.
const LOOKS: f64 = 5_000.0;
const LOOKS_P99_MS: f64 = 30.0;
/// The placing rate beside much data as a share of that beside none.
const KEPT: f64 = 0.85;
/// Orders in the data of a quick run.
const QUICK_ORDERS: u64 = 500;

/// Searches and items' pages.
pub(super) fn search(plan: &mut Plan) -> Result<Outcome> {
    let (sizes, ground) = (plan.sizes, Ground::below(&plan.below)?);
    ground.supplied(sizes.search_items, PLENTY)?;
    let own = ground.serve()?;
    let args = SearchArgs {
        url: own.url.clone(),
        clients: sizes.search_clients,
        seconds: sizes.seconds,
        warmup: sizes.warmup,
        outputs: Outputs::default(),
    };
    let mut reports = Vec::new();
    for number in 1..=plan.runs {
        say(&format!("  run {number} of {}", plan.runs));
        reports.push(bench::looks(&args)?);
    }
    own.kill()?;
    let rates: Vec<f64> = reports.iter().map(SearchReport::looks_per_second).collect();
    let report = reports.swap_remove(median(&rates));
    let (rate, p99) = (report.looks_per_second(), report.p99_ms());
    let seen = Seen {
        told: format!("{rate:.0}/s, p99 {p99:.1} ms"),
        figures: [("looksPerSecond", rate), ("p99Ms", p99)].into(),
        met: rate >= LOOKS && p99 <= LOOKS_P99_MS,
        sound: report.failed() == 0 && reports.iter().all(|one| one.failed() == 0),
    };
    let command = format!(
        "sandglass import --items {}; sandglass bench search --clients {} --seconds {} --warmup {}",
        sizes.search_items, args.clients, args.seconds, args.warmup
    );
    let what = format!("Searches and item pages over {} items, median of {}", sizes.search_items, plan.runs);
    let row = Row::new(plan, what, "≥ 5,000/s, p99 ≤ 30 ms", seen, command);
    let section = report.sheet(Made::now()).sections.into_iter().next().unwrap_or_default();
    Ok(Outcome::new(row, section))
}

/// Placing beside very many orders, against placing beside none.
pub(super) fn growth(plan: &mut Plan) -> Result<Outcome> {
    let orders_up_to = if plan.quick { QUICK_ORDERS } else { plan.orders_up_to };
    let args = GrowthArgs {
        only: vec![Grows::Orders],
        orders_up_to,
        state: None,
        items_up_to: 0,
        clients_up_to: 0,
        seconds: plan.sizes.seconds,
        warmup: plan.sizes.warmup,
        below: plan.below.clone(),
        outputs: Outputs::default(),
    };
    let growth = growth::measure(&args)?;
    let kept = growth.last_to_first("orders").unwrap_or_default();
    let seen = Seen {
        told: format!("{:.0} %", kept * 100.0),
        figures: [("kept", kept)].into(),
        met: kept >= KEPT,
        sound: growth.clean(),
    };
    let command = format!(
        "sandglass bench growth --only orders --orders-up-to {orders_up_to} --seconds {} --warmup {}",
        args.seconds, args.warmup
    );
    let what = format!("Placing with {orders_up_to} orders in the data, of that with none");
    let row = Row::new(plan, what, "≥ 85 %", seen, command);
    let sections = growth.sheet(Made::now()).sections;
    Ok(Outcome::new(row, sections.into_iter().next().unwrap_or_default()))
}
