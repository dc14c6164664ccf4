//! The sweep: what is owed is done even if every message is lost.
//!
//! It reads the pay orders, not the outbox. Each page is postponed before it is worked on, so neither a
//! crash nor a doubtful row keeps the sweep at its head, and a row that stays unfinished comes back later and
//! later, up to a cap.

use delay::PumpStatus;
use model::pay_order::{Bill, Refund, State};
use model::{AttemptId, Ms, OrderId, PayOrderId};
use tokio_util::sync::CancellationToken;

use crate::bill::Tended;
use crate::error::Result;
use crate::record::Record;
use crate::resolve::Resolved;
use crate::store::{Found, Overdue};
use crate::{Config, Service, meter};

/// What one sweep found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Rows that owed something for too long.
    pub seen: usize,
    /// Of these, brought to rest. The others are swept again later.
    pub finished: usize,
}

impl Service {
    /// Sweeps every [`Config::sweep_every_ms`] until `stop`. `timers` tells how late the messages are.
    pub async fn sweep_forever(&self, timers: PumpStatus, stop: CancellationToken) {
        while self.rounds().next(self.parts.clock.as_ref(), self.config().sweep_every_ms, &stop).await {
            let swept = self.sweep_once(timers.lag_ms(self.now())).await;
            let report = swept.as_ref().ok().map(|report| (report.seen, report.finished));
            self.rounds().ended(self.now(), report);
            match swept {
                Ok(report) if report.seen > 0 => tracing::info!(?report, "swept payments"),
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "the sweep was interrupted; the next one goes on"),
            }
            if let Err(error) = self.housekeep().await {
                tracing::warn!(%error, "old idempotency keys could not be dropped; the next sweep tries again");
            }
        }
    }

    /// Sweeps all that is overdue. Messages that are `timer_lag_ms` late are given that much more time,
    /// within a bound: a pump that hangs must not postpone the sweep for ever.
    pub async fn sweep_once(&self, timer_lag_ms: i64) -> Result<SweepReport> {
        let now = self.now();
        let until = now - timer_lag_ms.clamp(0, self.config().sweep_lag_ms_max);
        let mut report = SweepReport::default();
        let mut after = None;
        loop {
            let page = self.store().overdue(after, until, self.config().sweep_page).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.cursor);
            self.store().postpone(postponed(&page, now, self.config())).await?;
            let finished = self.work_on(&page).await;
            meter::swept(finished);
            report.seen += page.len();
            report.finished += finished;
        }
        self.sweep_bills(until, now, &mut report).await?;
        Ok(report)
    }

    /// The same with bills: what is owed at providers, and those that may be paid without anybody telling.
    async fn sweep_bills(&self, until: Ms, now: Ms, report: &mut SweepReport) -> Result<()> {
        let mut after = None;
        loop {
            let page = self.store().overdue_bills(after, until, self.config().sweep_page).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.cursor);
            self.store().postpone_bills(postponed_bills(&page, now, self.config())).await?;
            let owing = records(&page).filter(|record| owes(record)).count();
            let ids: Vec<PayOrderId> = page.iter().map(|row| row.cursor.id).collect();
            let finished = self.sweep_bill(&ids).await.min(owing);
            meter::swept(finished);
            report.seen += owing;
            report.finished += finished;
        }
    }

    /// Likewise.
    async fn sweep_bill(&self, ids: &[PayOrderId]) -> usize {
        match self.tend(ids).await {
            Ok(tended) => tended.iter().filter(|tended| **tended == Tended::Ended).count(),
            Err(error) if error.is_of_a_row() && ids.len() > 1 => {
                let mut finished = 0;
                for id in ids {
                    finished += Box::pin(self.sweep_bill(&[*id])).await;
                }
                finished
            }
            Err(error) => {
                tracing::warn!(%error, ?ids, "bills stay as they are; swept again later");
                0
            }
        }
    }

    /// Forgets old keys and says how much is owed.
    async fn housekeep(&self) -> Result<()> {
        meter::owed(self.store().owed().await?, self.now());
        self.store().expire_keys(self.now(), self.config().expire_keys).await?;
        Ok(())
    }

    /// What fails here is swept again later, and keeps no other page from its turn. Answers how many rows
    /// came to rest.
    async fn work_on(&self, page: &[Overdue]) -> usize {
        let attempts: Vec<AttemptId> =
            records(page).filter_map(|record| record.pay_order.in_flight()).collect();
        let refunds: Vec<OrderId> = records(page)
            .filter(|record| is_refunding(record))
            .map(|record| record.pay_order.order)
            .collect();
        self.sweep_attempts(&attempts).await + self.sweep_refunds(&refunds).await
    }

    /// If the storage refuses a page, its rows are tried alone, so that one bad row holds up no other.
    async fn sweep_attempts(&self, attempts: &[AttemptId]) -> usize {
        match self.resolve(attempts).await {
            Ok(resolved) => resolved.iter().filter(|resolved| **resolved == Resolved::Ended).count(),
            Err(error) if error.is_of_a_row() && attempts.len() > 1 => {
                let mut finished = 0;
                for attempt in attempts {
                    finished += Box::pin(self.sweep_attempts(&[*attempt])).await;
                }
                finished
            }
            Err(error) => {
                tracing::warn!(%error, ?attempts, "attempts stay in flight; swept again later");
                0
            }
        }
    }

    /// Likewise.
    async fn sweep_refunds(&self, orders: &[OrderId]) -> usize {
        match self.resume_refunds(orders).await {
            Ok(finished) => finished,
            Err(error) if error.is_of_a_row() && orders.len() > 1 => {
                let mut finished = 0;
                for order in orders {
                    finished += Box::pin(self.sweep_refunds(&[*order])).await;
                }
                finished
            }
            Err(error) => {
                tracing::warn!(%error, ?orders, "refunds stay owed; swept again later");
                0
            }
        }
    }
}

fn records(page: &[Overdue]) -> impl Iterator<Item = &Record> {
    page.iter().filter_map(|row| match &row.record {
        Found::Some(record) => Some(record.as_ref()),
        Found::None | Found::Corrupt => None,
    })
}

fn is_refunding(record: &Record) -> bool {
    record.pay_order.state == State::Success { refund: Refund::Refunding }
}

fn postponed(page: &[Overdue], now: Ms, config: &Config) -> Vec<(PayOrderId, Ms)> {
    page.iter().map(|row| (row.cursor.id, now + rest_ms(row.sweeps, config))).collect()
}

/// Whether something is owed, rather than looked at out of caution.
fn owes(record: &Record) -> bool {
    record.pay_order.bill.owes() && record.pay_order.bill != Bill::Open
}

fn postponed_bills(page: &[Overdue], now: Ms, config: &Config) -> Vec<(PayOrderId, Option<Ms>)> {
    page.iter().map(|row| (row.cursor.id, next_look(row, now, config))).collect()
}

/// A bill that its provider has closed is looked at less and less often, and after a time no more.
fn next_look(row: &Overdue, now: Ms, config: &Config) -> Option<Ms> {
    let Found::Some(record) = &row.record else { return Some(now + config.sweep_rest_ms_max) };
    if record.pay_order.bill != Bill::Closed {
        return Some(now + rest_ms(row.sweeps, config));
    }
    let since = record.bill.as_ref().map_or(now, |bill| bill.since);
    let next = now + config.bill_look_ms.saturating_mul(1 << row.sweeps.min(20));
    (next.since(since) <= config.closed_look_ms).then_some(next)
}

/// Doubles with every sweep, up to the cap.
fn rest_ms(sweeps: u32, config: &Config) -> i64 {
    config.sweep_rest_ms.saturating_mul(1 << sweeps.min(20)).min(config.sweep_rest_ms_max)
}
