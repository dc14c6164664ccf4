//! The sweep: looks at the rows themselves and ends what no message brought to its end.

use clock::Ms;
use delay::PumpStatus;
use engine::{Error, Result};
use model::order::Wake;
use model::{Actor, Cause, OrderId};
use mutants::Mutant;
use tokio_util::sync::CancellationToken;

use crate::Service;
use crate::config::{SWEEP_BACKOFF_MAX_MS, SWEEP_PAGE, TIMER_LAG_MAX_MS};
use crate::drive::Driven;
use crate::store::Unfinished;
use crate::story;

/// What one sweep found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Unfinished orders looked at.
    pub seen: usize,
    /// Of these, brought to rest.
    pub finished: usize,
    /// Of these, left for later because somebody did not answer or something contradicts.
    pub postponed: usize,
}

impl Service {
    /// Sweeps every [`crate::Config::sweep_interval_ms`] until `stop`. `timers` tells how late the timers are.
    pub async fn sweep_forever(&self, timers: PumpStatus, stop: CancellationToken) {
        while self.rounds().next(self.clock.as_ref(), self.config.sweep_interval_ms, &stop).await {
            let lag_ms = timers.lag_ms(self.clock.now());
            let swept = self.sweep_once(lag_ms).await;
            let report = swept.as_ref().ok().map(|report| (report.seen, report.finished));
            self.rounds().ended(self.clock.now(), report);
            match swept {
                Ok(report) if report.seen > 0 => tracing::info!(?report, "swept unfinished orders"),
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "the sweep was interrupted; the next one goes on"),
            }
            if let Err(error) = self.forget_keys().await {
                tracing::warn!(%error, "old idempotency keys could not be dropped; the next sweep tries again");
            }
        }
    }

    /// One sweep, from the oldest unfinished order to the newest that is old enough. The grace follows
    /// `timer_lag_ms`: what the timers have merely not come to is not taken for lost.
    pub async fn sweep_once(&self, timer_lag_ms: i64) -> Result<SweepReport> {
        let capped = !mutants::on(Mutant::SweepWaitsForTimers);
        let lag_ms = if capped { timer_lag_ms.min(TIMER_LAG_MAX_MS) } else { timer_lag_ms };
        let until = self.clock.now() - self.config.sweep_grace_ms - lag_ms;
        let mut report = SweepReport::default();
        let mut after = (Ms(i64::MIN), OrderId(0));
        loop {
            let page = self.store.unfinished(until, after, SWEEP_PAGE).await?;
            let Some(last) = page.last() else { return Ok(report) };
            after = (last.since, last.order);
            self.sweep_page(&page, &mut report).await?;
            if mutants::on(Mutant::SweepStarvesBehindDoubt) {
                return Ok(report);
            }
        }
    }

    async fn sweep_page(&self, page: &[Unfinished], report: &mut SweepReport) -> Result<()> {
        let orders: Vec<OrderId> = page.iter().map(|row| row.order).collect();
        let (stories, cause) = (self.stories(&orders).await, Cause::of(Actor::Sweep));
        let woken = orders.iter().zip(&stories).map(|(order, trace)| (*order, trace.clone())).collect();
        let driving = self.drive_traced(woken, Wake::Due, &cause, false);
        let driven = story::telling(&orders, stories).scope(driving).await?;
        let mut doubtful = Vec::new();
        for (row, driven) in page.iter().zip(driven) {
            match driven {
                Driven::Contradiction(why) if mutants::on(Mutant::SweepStopsAtError) => {
                    return Err(Error::corrupt("trade_orders", why));
                }
                Driven::Doubt(_) => doubtful.push(*row),
                Driven::Contradiction(why) => {
                    tracing::error!(order = row.order.0, why, "an order needs an operator");
                    doubtful.push(*row);
                }
                Driven::AtRest(_) | Driven::Waits(_) | Driven::Unknown => report.finished += 1,
            }
        }
        report.seen += page.len();
        report.postponed += doubtful.len();
        self.postpone(doubtful).await
    }

    /// Forgets every key past its age, a page a commit, so that no request waits behind all of them.
    async fn forget_keys(&self) -> Result<()> {
        let now = self.clock.now();
        while self.store.expire_keys(now).await? > 0 {}
        Ok(())
    }

    /// Lets doubtful orders rest, longer with every sweep that could not finish them, up to a cap.
    async fn postpone(&self, doubtful: Vec<Unfinished>) -> Result<()> {
        if doubtful.is_empty() {
            return Ok(());
        }
        let (now, grace_ms) = (self.clock.now(), self.config.sweep_grace_ms.max(1));
        // The next sweep adds the grace again.
        let until = |row: &Unfinished| now + rest_ms(row.sweeps, grace_ms) - grace_ms;
        self.store.postpone(doubtful.iter().map(|row| (row.order, until(row))).collect()).await
    }
}

/// Doubles from the grace up to the cap.
fn rest_ms(sweeps: u32, grace_ms: i64) -> i64 {
    let doubled = grace_ms.saturating_mul(1 << sweeps.min(20));
    doubled.clamp(grace_ms, SWEEP_BACKOFF_MAX_MS.max(grace_ms))
}
