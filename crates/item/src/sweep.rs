//! The sweep: asks `trade` about holds that nobody ended.
//!
//! In good weather every hold is settled long before. A hold whose order has ended is brought to that end; a
//! hold without an order is released once it is old enough that no order can be on its way; everything else,
//! and above all *no answer*, keeps the hold and puts off the next look.

use api::calls::{OrderFate, SettleRequest};
use engine::Result;
use model::hold::End;
use model::{Ms, OrderId};
use tokio_util::sync::CancellationToken;

use crate::Service;
use crate::config::{EXPIRE_PAGE, SWEEP_PAGE};
use crate::ledger::DueHold;

/// What one round of the sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Holds brought to the end of their order, or released for want of one.
    pub settled: usize,
    /// Holds that are kept and will be looked at again.
    pub kept: usize,
}

impl Service {
    /// Sweeps at regular times until `stop`.
    pub async fn run_sweep(self, stop: CancellationToken) {
        loop {
            let next = self.now() + self.parts.config.sweep_every_ms;
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.parts.clock.sleep_until(next) => {}
            }
            if let Err(error) = self.sweep_once(self.now()).await {
                tracing::warn!(%error, "the sweep over old holds did not finish; it starts again soon");
            }
        }
    }

    /// Looks at every hold due at `now`, page by page, and forgets old idempotency keys.
    pub async fn sweep_once(&self, now: Ms) -> Result<Swept> {
        let mut swept = Swept::default();
        loop {
            let due = self.store().due_holds(now, SWEEP_PAGE).await?;
            if due.is_empty() {
                break;
            }
            let answered = self.sweep_page(&due, now, &mut swept).await?;
            // Whoever does not answer now will not a moment later; what is still due comes first next time.
            if !answered {
                break;
            }
        }
        self.store().expire_keys(now, EXPIRE_PAGE).await?;
        Ok(swept)
    }

    /// Every hold of the page is settled or put off afterwards, so the next page is another one.
    async fn sweep_page(&self, due: &[DueHold], now: Ms, swept: &mut Swept) -> Result<bool> {
        let orders: Vec<OrderId> = due.iter().map(|hold| hold.order).collect();
        let fates = match self.parts.trade.fates(orders).await {
            Ok(fates) if fates.len() == due.len() => Some(fates),
            Ok(_) => None,
            Err(none) => {
                tracing::warn!(%none, holds = due.len(), "old holds are kept: trade does not answer");
                None
            }
        };
        let answered = fates.is_some();
        let fates = fates.unwrap_or_else(|| vec![OrderFate::Open; due.len()]);
        let (ends, kept) = self.decide(due, &fates, now);
        swept.settled += ends.len();
        swept.kept += kept.len();
        self.settle_swept(&ends, kept, now).await?;
        Ok(answered)
    }

    /// Splits a page into ends to be settled and holds to be looked at again later.
    fn decide(
        &self,
        due: &[DueHold],
        fates: &[OrderFate],
        now: Ms,
    ) -> (Vec<SettleRequest>, Vec<(OrderId, Ms)>) {
        let config = &self.parts.config;
        let (mut ends, mut kept) = (Vec::new(), Vec::new());
        for (hold, fate) in due.iter().zip(fates) {
            let old = now.since(hold.created) >= config.release_unknown_after_ms;
            match fate {
                OrderFate::Ended(end) => ends.push(SettleRequest { order_id: hold.order, end: *end }),
                OrderFate::Unknown if old => {
                    ends.push(SettleRequest { order_id: hold.order, end: End::Released });
                }
                _ => kept.push((hold.order, now + config.sweep_again_ms(hold.sweeps))),
            }
        }
        (ends, kept)
    }

    /// An end that could not be settled is put off too: a bad row must not stand at the head for ever.
    async fn settle_swept(
        &self,
        ends: &[SettleRequest],
        mut kept: Vec<(OrderId, Ms)>,
        now: Ms,
    ) -> Result<()> {
        self.settle_batch(ends).await?;
        let later = now + self.parts.config.sweep_again_cap_ms;
        kept.extend(ends.iter().map(|end| (end.order_id, later)));
        self.store().postpone(kept).await
    }
}
