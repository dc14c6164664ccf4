//! What became of orders that were due, read from the data itself.

use anyhow::{Context, Result};
use bench::report::{Axis, Latency, Plot, Series, distributions, histogram_plot};
use clock::{Ms, SECOND};
use engine::sqlite::{DataDir, Db, Options};
use hdrhistogram::Histogram;
use model::order::State;
use model::{Actor, OrderId};
use serde::Serialize;

use crate::config::Config;
use crate::shop::MIGRATIONS;

/// Orders read at once.
const PAGE: usize = 1_000;
/// The longest lateness told apart, in milliseconds: an hour.
const LATE_MAX_MS: u64 = 3_600_000;

/// One order that was due.
struct Closing {
    deadline: Ms,
    /// When it was closed, and whether the sweep had to ask for it.
    closed: Option<(Ms, bool)>,
}

/// The orders that were due within a span of time.
pub(super) struct Closings(Vec<Closing>);

/// How late they were closed, in milliseconds, and how fast.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Lateness {
    pub(super) due: u64,
    pub(super) closed: u64,
    pub(super) by_sweep: u64,
    #[serde(flatten)]
    pub(super) latency: Latency,
    #[serde(skip)]
    late: Histogram<u64>,
    /// How many were closed in each second since the first that was.
    closes: Vec<u64>,
}

impl Closings {
    /// Reads every order of `config`'s data that was due from `from` to `to`, both included.
    pub(super) async fn read(config: &Config, from: Ms, to: Ms) -> Result<Self> {
        let dir = DataDir::open(&config.data)?;
        let db = Db::open(&dir.database(), Options::default(), &MIGRATIONS)
            .context("the bench's data cannot be read")?;
        let (mut after, mut found) = (OrderId(0), Vec::new());
        loop {
            let page = db.scan(move |connection| trade::facts::orders(connection, after, PAGE)).await?;
            let Some(last) = page.last() else { return Ok(Self(found)) };
            after = last.order.id;
            let due = page.into_iter().filter(|fact| (from..=to).contains(&fact.order.deadline));
            found.extend(due.map(|fact| {
                let by_sweep = fact.order.close_asked.is_some_and(|asked| asked.actor == Actor::Sweep);
                let end = fact.history.iter().find(|step| step.to == State::Closed);
                Closing { deadline: fact.order.deadline, closed: end.map(|step| (step.at, by_sweep)) }
            }));
        }
    }

    /// The earliest close that came at `after` or later.
    pub(super) fn first_after(&self, after: Ms) -> Option<Ms> {
        self.ends().map(|(at, _)| at).filter(|at| *at >= after).min()
    }

    /// The latest close.
    pub(super) fn last(&self) -> Option<Ms> {
        self.ends().map(|(at, _)| at).max()
    }

    fn ends(&self) -> impl Iterator<Item = (Ms, bool)> {
        self.0.iter().filter_map(|closing| closing.closed)
    }

    /// How late those were that were due before `until`.
    pub(super) fn lateness(&self, until: Ms) -> Result<Lateness> {
        let mut late = Histogram::<u64>::new_with_bounds(1, LATE_MAX_MS, 3)?;
        let due = || self.0.iter().filter(|closing| closing.deadline < until);
        for (deadline, (at, _)) in due().filter_map(|one| Some((one.deadline, one.closed?))) {
            late.saturating_record(u64::try_from(at.0 - deadline.0).unwrap_or(0));
        }
        Ok(Lateness {
            due: due().count() as u64,
            closed: late.len(),
            by_sweep: due().filter(|one| one.closed.is_some_and(|(_, by_sweep)| by_sweep)).count() as u64,
            latency: Latency::of_ms(&late),
            closes: self.by_second(),
            late,
        })
    }

    fn by_second(&self) -> Vec<u64> {
        let (Some(first), Some(last)) = (self.ends().map(|(at, _)| at).min(), self.last()) else {
            return Vec::new();
        };
        let second = |at: Ms| usize::try_from((at.0 - first.0) / SECOND).unwrap_or(0);
        let mut closes = vec![0; second(last) + 1];
        self.ends().for_each(|(at, _)| closes[second(at)] += 1);
        closes
    }

    /// How many were due and are still open.
    pub(super) fn left_open(&self) -> u64 {
        self.0.iter().filter(|closing| closing.closed.is_none()).count() as u64
    }
}

impl Lateness {
    /// A line about it, begun with `name`.
    pub(super) fn line(&self, name: &str) -> String {
        let Self { due, closed, by_sweep, latency, .. } = self;
        format!(
            "{name:<11} {closed} of {due} closed, p50 {:.0} ms, p99 {:.0} ms, longest {:.0} ms after the deadline; \
             {by_sweep} found by the sweep alone",
            latency.p50_ms, latency.p99_ms, latency.max_ms
        )
    }

    /// Closes over time, how late they were, and the distribution of that.
    pub(super) fn plots(&self) -> Vec<Plot> {
        let closes = Series::even("closed", self.closes.iter().map(|count| bench::float(*count)));
        vec![
            Plot::lines("Orders closed a second", "closes/s", Axis::plain("s"), vec![closes]),
            histogram_plot("Closed so many ms after the deadline", &self.late, 1),
            distributions("Lateness of closes", vec![self.latency.series("closed")]),
        ]
    }
}
