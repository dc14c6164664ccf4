//! Orders of many buyers at once.

use anyhow::Result;
use bench::report::{Made, Moment, OrdersReport, Section, Table};

use super::plan::{Plan, median};
use super::row::{Outcome, Row, Seen};
use crate::commands::bench::load;
use crate::commands::bench::own::Ground;
use crate::commands::bench::say;
use crate::commands::bench::supply::{PLENTY, STAFF};

/// Orders placed a second over many items, and their p99 in milliseconds.
const PLACED: f64 = 5_000.0;
const PLACED_P99_MS: f64 = 60.0;
/// One item that everybody wants, as a share of that.
const HOT_SHARE: f64 = 0.8;
/// At half of what can be placed.
const OPEN_P50_MS: f64 = 5.0;
const OPEN_P99_MS: f64 = 25.0;
/// Whole lives a second, in every minute.
const LIVES: f64 = 2_000.0;
const MINUTE: usize = 60;

/// Runs that are alike, on one shop.
struct Runs {
    reports: Vec<OrdersReport>,
    rate: f64,
    p50_ms: f64,
    p99_ms: f64,
}

impl Runs {
    fn of(reports: Vec<OrdersReport>) -> Self {
        let middle = |of: &dyn Fn(&OrdersReport) -> f64| {
            let values: Vec<f64> = reports.iter().map(of).collect();
            values.get(median(&values)).copied().unwrap_or(0.0)
        };
        let (rate, p50_ms, p99_ms) = (
            middle(&OrdersReport::placed_per_second),
            middle(&|one| one.placing().map_or(0.0, |latency| latency.p50_ms)),
            middle(&|one| one.placing().map_or(0.0, |latency| latency.p99_ms)),
        );
        Self { reports, rate, p50_ms, p99_ms }
    }

    fn clean(&self) -> bool {
        !self.reports.is_empty() && self.reports.iter().all(OrdersReport::clean)
    }

    fn seen(&self, told: String, met: bool) -> Seen {
        let figures = [("placedPerSecond", self.rate), ("p50Ms", self.p50_ms), ("p99Ms", self.p99_ms)].into();
        Seen { told, figures, met, sound: self.clean() }
    }

    /// The plots of the run in the middle, and a table of all.
    fn section(&self) -> Section {
        let rates: Vec<f64> = self.reports.iter().map(OrdersReport::placed_per_second).collect();
        let shown = self.reports.get(median(&rates)).map(|report| report.sheet(Made::now()));
        let mut section = shown.and_then(|sheet| sheet.sections.into_iter().next()).unwrap_or_default();
        let mut table = Table::new("Every run", &["", "placed/s", "p50 ms", "p99 ms", "verdict"]);
        for (number, report) in (1..).zip(&self.reports) {
            let latency = report.placing();
            table.push([
                format!("run {number}"),
                format!("{:.0}", report.placed_per_second()),
                latency.map_or("–".to_owned(), |latency| format!("{:.1}", latency.p50_ms)),
                latency.map_or("–".to_owned(), |latency| format!("{:.1}", latency.p99_ms)),
                if report.clean() { "clean" } else { "not clean" }.to_owned(),
            ]);
        }
        section.tables.push(table);
        section
    }
}

/// What the short runs have in common.
fn usual(plan: &Plan, items: u64) -> String {
    let sizes = plan.sizes;
    format!(
        "--seconds {} --warmup {} --clients {} --users {} --items {items}",
        sizes.seconds, sizes.warmup, sizes.clients, sizes.users
    )
}

/// Runs the same again and again on one shop with `items` items.
fn runs(plan: &Plan, items: u64, line: &str) -> Result<Runs> {
    let ground = Ground::below(&plan.below)?;
    ground.supplied(items, PLENTY)?;
    let own = ground.serve()?;
    let mut reports = Vec::new();
    for number in 1..=plan.runs {
        say(&format!("  run {number} of {}: {line}", plan.runs));
        reports.push(load::place(&ground, &own, &load::words(line))?);
    }
    own.kill()?;
    Ok(Runs::of(reports))
}

/// What was placed a second over many items; measured now if it is not known yet.
fn spread_rate(plan: &mut Plan) -> Result<f64> {
    if plan.spread.is_none() {
        spread(plan)?;
    }
    Ok(plan.spread.unwrap_or_default())
}

/// Orders over many items, as fast as they are answered.
pub(super) fn spread(plan: &mut Plan) -> Result<Outcome> {
    let line = usual(plan, plan.sizes.items);
    let runs = runs(plan, plan.sizes.items, &line)?;
    plan.spread = Some(runs.rate);
    let met = runs.rate >= PLACED && runs.p99_ms <= PLACED_P99_MS;
    let told = format!("{:.0}/s, p50 {:.1} ms, p99 {:.1} ms", runs.rate, runs.p50_ms, runs.p99_ms);
    let what = format!("Orders placed, {} clients, median of {}", plan.sizes.clients, plan.runs);
    let command = load::command(&load::words(&line));
    let row = Row::new(plan, what, "≥ 5,000/s, p99 ≤ 60 ms", runs.seen(told, met), command);
    Ok(Outcome::new(row, runs.section()))
}

/// Everybody wants the same item: how fast, and whether exactly what there is is sold.
pub(super) fn hot(plan: &mut Plan) -> Result<Outcome> {
    let spread = spread_rate(plan)?;
    let line = format!("{} --hot", usual(plan, 1));
    let runs = runs(plan, 1, &line)?;
    let (sold, of, clean) = sold_out(plan, &line)?;
    let share = if spread > 0.0 { runs.rate / spread } else { 0.0 };
    let exact = i64::try_from(sold).is_ok_and(|sold| sold == of);
    let told = format!(
        "{:.0}/s, {:.0} % of it; {sold} of {of} pieces sold, verdict {}",
        runs.rate,
        share * 100.0,
        if clean { "clean" } else { "not clean" }
    );
    let mut seen = runs.seen(told, share >= HOT_SHARE);
    seen.figures.extend([("share", share), ("sold", bench::float(sold))]);
    seen.sound &= exact && clean;
    let what = "Everybody orders one item".to_owned();
    let command = load::command(&load::words(&line));
    let row = Row::new(plan, what, "≥ 80 % of many items, sold exactly", seen, command);
    Ok(Outcome::new(row, runs.section()))
}

/// Sells an item out: how many were acknowledged of how many there were, and whether the verdict is clean.
fn sold_out(plan: &Plan, line: &str) -> Result<(u64, i64, bool)> {
    let (ground, stock) = (Ground::below(&plan.below)?, plan.sizes.sold_out);
    ground.supplied(1, stock)?;
    let own = ground.serve()?;
    say(&format!("  until {stock} pieces are sold"));
    let report = load::place(&ground, &own, &load::words(line))?;
    own.kill()?;
    Ok((report.acknowledged(), stock, report.clean()))
}

/// Orders that come by the clock, at half of what can be placed.
pub(super) fn open(plan: &mut Plan) -> Result<Outcome> {
    let rate = (spread_rate(plan)? / 2.0).max(1.0);
    let line = format!("{} --mode open --rate {rate:.0}", usual(plan, plan.sizes.items));
    let runs = runs(plan, plan.sizes.items, &line)?;
    let met = runs.p50_ms <= OPEN_P50_MS && runs.p99_ms <= OPEN_P99_MS;
    let told = format!("p50 {:.1} ms, p99 {:.1} ms at {rate:.0}/s", runs.p50_ms, runs.p99_ms);
    let what = format!("Open loop at half of the maximum, median of {}", plan.runs);
    let command = load::command(&load::words(&line));
    let row = Row::new(plan, what, "p50 ≤ 5 ms, p99 ≤ 25 ms", runs.seen(told, met), command);
    Ok(Outcome::new(row, runs.section()))
}

/// Half of the orders are paid, the others run out of time and are closed.
pub(super) fn lifecycle(plan: &mut Plan) -> Result<Outcome> {
    let (sizes, ground) = (plan.sizes, Ground::below(&plan.below)?);
    let supply = ground.supplied(sizes.items, PLENTY)?;
    let window = ["--payment-window", sizes.lifecycle_window];
    let own = ground.serve_with(&window)?;
    let line = format!(
        "--mix lifecycle --paid 50 --seconds {} --warmup {} --clients {} --users {} --items {}",
        sizes.lifecycle_seconds, sizes.warmup, sizes.clients, sizes.users, sizes.items
    );
    say(&format!("  {line}"));
    let staff = ["--staff-user", STAFF, "--staff-password", &supply.password].map(str::to_owned);
    let report = load::place(&ground, &own, &[load::words(&line), staff.to_vec()].concat())?;
    own.kill()?;
    let slowest = slowest(report.timeline(), MINUTE);
    let runs = Runs::of(vec![report]);
    let told = format!("{:.0}/s, slowest minute {slowest:.0}/s, p99 {:.1} ms", runs.rate, runs.p99_ms);
    let mut seen = runs.seen(told, slowest >= LIVES);
    seen.figures.insert("slowestPerSecond", slowest);
    let what = format!("Whole lives over {} s, half paid", sizes.lifecycle_seconds);
    let shop = format!("sandglass up {}; SANDGLASS_STAFF_PASSWORD=… ", window.join(" "));
    let command = shop + &load::command(&load::words(&line));
    let row = Row::new(plan, what, "≥ 2,000/s in every minute", seen, command);
    Ok(Outcome::new(row, runs.section()))
}

/// The lowest rate of `span` seconds on end, or of all where there are fewer.
fn slowest(timeline: &[Moment], span: usize) -> f64 {
    let span = span.min(timeline.len()).max(1);
    let sums = timeline.windows(span).map(|seconds| seconds.iter().map(|second| second.done).sum::<u64>());
    sums.min().map_or(0.0, |sum| bench::float(sum) / bench::float(span as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(done: &[u64]) -> Vec<Moment> {
        done.iter().map(|done| Moment { done: *done, p50_ms: 1.0, p99_ms: 2.0 }).collect()
    }

    #[test]
    fn the_slowest_span_is_found_wherever_it_begins() {
        for (done, span, rate) in
            [(&[9, 9, 1, 3, 9][..], 2, 2.0), (&[4, 6], 60, 5.0), (&[7, 7, 7, 0], 1, 0.0), (&[], 60, 0.0)]
        {
            assert!((slowest(&seconds(done), span) - rate).abs() < 1e-9, "{done:?}");
        }
    }
}
