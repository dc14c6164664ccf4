//! The sweep: asks `trade` about holds that nobody ended.
//!
//! In good weather every hold is settled long before. A hold whose order has ended is brought to that end; a
//! hold without an order is released once it is old enough that no order can be on its way; everything else,
//! and above all *no answer*, keeps the hold and puts off the next look.

use api::calls::{OrderFate, SettleAnswer, SettleRequest};
use engine::Result;
use model::hold::End;
use model::{Ms, OrderId};
use tokio_util::sync::CancellationToken;

use crate::config::{EXPIRE_PAGE, SWEEP_PAGE};
use crate::ledger::DueHold;
use crate::{Service, meter};

/// What one sweep found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Holds that nobody had ended for too long.
    pub seen: usize,
    /// Of these, brought to their end. The others are kept and asked about again later.
    pub finished: usize,
}

impl Service {
    /// Sweeps every [`crate::Config::sweep_every_ms`] until `stop`.
    pub async fn sweep_forever(&self, stop: CancellationToken) {
        let every_ms = self.parts.config.sweep_every_ms;
        while self.rounds().next(self.parts.clock.as_ref(), every_ms, &stop).await {
            let swept = self.sweep_once().await;
            let report = swept.as_ref().ok().map(|report| (report.seen, report.finished));
            self.rounds().ended(self.now(), report);
            match swept {
                Ok(report) if report.seen > 0 => tracing::info!(?report, "swept old holds"),
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "the sweep was interrupted; the next one goes on"),
            }
            if let Err(error) = self.store().expire_keys(self.now(), EXPIRE_PAGE).await {
                tracing::warn!(%error, "old idempotency keys could not be dropped; the next sweep tries again");
            }
        }
    }

    /// Looks at every hold that is due, page by page.
    pub async fn sweep_once(&self) -> Result<SweepReport> {
        let now = self.now();
        let mut report = SweepReport::default();
        loop {
            let due = self.store().due_holds(now, SWEEP_PAGE).await?;
            if due.is_empty() {
                return Ok(report);
            }
            report.seen += due.len();
            let fates = self.fates(&due).await;
            self.watch.heard(&due, fates.as_deref().unwrap_or_default(), now);
            let finished = self.settle_swept(&due, fates.as_deref(), now).await?;
            report.finished += finished;
            meter::swept(finished);
            // Whoever does not answer now will not a moment later; what is still due comes first next time.
            if fates.is_none() {
                return Ok(report);
            }
        }
    }

    /// What became of the orders of some holds; `None` without an answer.
    async fn fates(&self, due: &[DueHold]) -> Option<Vec<OrderFate>> {
        let orders: Vec<OrderId> = due.iter().map(|hold| hold.order).collect();
        match self.parts.trade.fates(orders).await {
            Ok(fates) => Some(fates).filter(|fates| fates.len() == due.len()),
            Err(none) => {
                tracing::warn!(%none, holds = due.len(), "old holds are kept: trade does not answer");
                None
            }
        }
    }

    /// Settles what has an end and puts off everything that still stands afterwards, a hold with a corrupt
    /// row too: so the next page is another one, and nothing stands at its head for ever.
    async fn settle_swept(&self, due: &[DueHold], fates: Option<&[OrderFate]>, now: Ms) -> Result<usize> {
        let ends: Vec<SettleRequest> = due
            .iter()
            .zip(fates.unwrap_or_default())
            .filter_map(|(hold, fate)| {
                let end = self.end_of(hold, *fate, now)?;
                Some(SettleRequest { order_id: hold.order, end })
            })
            .collect();
        let answers = self.settle_batch(&ends).await?;
        let config = &self.parts.config;
        let later = due.iter().map(|hold| (hold.order, now + config.sweep_again_ms(hold.sweeps)));
        self.store().postpone(later.collect()).await?;
        Ok(answers.into_iter().filter(|answer| *answer == SettleAnswer::Settled).count())
    }

    /// The end to be told, if there is one.
    fn end_of(&self, hold: &DueHold, fate: OrderFate, now: Ms) -> Option<End> {
        let old = now.since(hold.created) >= self.parts.config.release_unknown_after_ms;
        match fate {
            OrderFate::Ended(end) => Some(end),
            OrderFate::Unknown if old => Some(End::Released),
            OrderFate::Unknown | OrderFate::Open => None,
        }
    }
}
