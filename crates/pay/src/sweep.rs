//! The sweep: what is owed is done even if every message is lost.
//!
//! It reads the pay orders, not the outbox. Each page is postponed before it is worked on, so neither a
//! crash nor a doubtful row keeps the sweep at its head, and a row that stays unfinished comes back later and
//! later, up to a cap.

use clock::Ms;
use delay::PumpStatus;
use model::pay_order::{Refund, State};
use model::{AttemptId, OrderId, PayOrderId};
use tokio_util::sync::CancellationToken;

use crate::error::Result;
use crate::record::Record;
use crate::store::{Found, Overdue};
use crate::{Config, Service, meter};

/// Runs the sweep in the background.
pub struct Sweep {
    service: Service,
    pump: PumpStatus,
}

impl Sweep {
    /// The sweep of `service`, whose messages `pump` hands over: a late pump is not taken for lost messages.
    pub fn new(service: Service, pump: PumpStatus) -> Self {
        Self { service, pump }
    }

    /// Sweeps until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            let next = self.service.now() + self.service.config().sweep_every_ms;
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.service.parts.clock.sleep_until(next) => {}
            }
            let now = self.service.now();
            self.service.sweep_once(now, self.pump.lag_ms(now)).await;
        }
    }
}

impl Service {
    /// Sweeps all that is overdue at `now`, and forgets old keys. A pump that is `lag_ms` behind is given
    /// that much more time, within a bound: a pump that hangs must not postpone the sweep for ever.
    pub async fn sweep_once(&self, now: Ms, lag_ms: i64) {
        let until = now - lag_ms.clamp(0, self.config().sweep_lag_ms_max);
        if let Err(error) = self.sweep_pages(now, until).await {
            tracing::warn!(%error, "a sweep stopped early; the next one goes on");
        }
        if let Err(error) = self.housekeep(now).await {
            tracing::warn!(%error, "old idempotency keys were not forgotten; the next sweep tries again");
        }
    }

    async fn sweep_pages(&self, now: Ms, until: Ms) -> Result<()> {
        let mut after = None;
        loop {
            let page = self.store().overdue(after, until, self.config().sweep_page).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.cursor);
            self.store().postpone(postponed(&page, now, self.config())).await?;
            self.work_on(&page).await;
        }
    }

    /// What fails here is swept again later, and keeps no other page from its turn.
    async fn work_on(&self, page: &[Overdue]) {
        let attempts: Vec<AttemptId> =
            records(page).filter_map(|record| record.pay_order.in_flight()).collect();
        let refunds: Vec<OrderId> = records(page)
            .filter(|record| is_refunding(record))
            .map(|record| record.pay_order.order)
            .collect();
        meter::swept(attempts.len() + refunds.len());
        self.sweep_attempts(&attempts).await;
        self.sweep_refunds(&refunds).await;
    }

    /// If the storage refuses a page, its rows are tried alone, so that one bad row holds up no other.
    async fn sweep_attempts(&self, attempts: &[AttemptId]) {
        let Err(error) = self.resolve(attempts).await else { return };
        tracing::warn!(%error, attempts = attempts.len(), "attempts stay in flight for now");
        if error.is_of_a_row() {
            for attempt in attempts {
                if let Err(error) = self.resolve(&[*attempt]).await {
                    tracing::error!(%error, %attempt, "an attempt stays in flight; swept again later");
                }
            }
        }
    }

    /// Likewise.
    async fn sweep_refunds(&self, orders: &[OrderId]) {
        let Err(error) = self.resume_refunds(orders).await else { return };
        tracing::warn!(%error, refunds = orders.len(), "refunds stay owed for now");
        if error.is_of_a_row() {
            for order in orders {
                if let Err(error) = self.resume_refunds(&[*order]).await {
                    tracing::error!(%error, %order, "a refund stays owed; swept again later");
                }
            }
        }
    }

    async fn housekeep(&self, now: Ms) -> Result<()> {
        meter::owed(self.store().owed().await?);
        self.store().expire_keys(now, self.config().expire_keys).await?;
        Ok(())
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

/// Doubles with every sweep, up to the cap.
fn rest_ms(sweeps: u32, config: &Config) -> i64 {
    config.sweep_rest_ms.saturating_mul(1 << sweeps.min(20)).min(config.sweep_rest_ms_max)
}
