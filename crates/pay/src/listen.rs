//! The duties `pay` owes to itself, handed over as they come due.

use std::sync::Arc;

use api::topics;
use async_trait::async_trait;
use delay::{Bus, Handler, Message, RetryPolicy, Verdict};
use model::{AttemptId, OrderId, PayOrderId};

use crate::bill::Tended;
use crate::resolve::Resolved;
use crate::{Service, meter};

impl Service {
    /// Registers the handlers of the service's own duties.
    pub fn subscribe(&self, bus: &dyn Bus) {
        bus.subscribe(topics::ATTEMPT_DUTY, Arc::new(AttemptDuty(self.clone())));
        bus.subscribe(topics::REFUND_DUTY, Arc::new(RefundDuty(self.clone())));
        bus.subscribe(topics::BILL_DUTY, Arc::new(BillDuty(self.clone())));
    }

    fn retry(&self) -> RetryPolicy {
        RetryPolicy::default().capped(self.config().retry_cap_ms)
    }
}

/// Finds out how an attempt ended. Subject: the attempt.
struct AttemptDuty(Service);

#[async_trait]
impl Handler for AttemptDuty {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        let ids: Vec<AttemptId> = batch.iter().map(|message| AttemptId(message.subject)).collect();
        match self.0.resolve(&ids).await {
            Ok(resolved) => resolved.into_iter().map(verdict).collect(),
            Err(error) => vec![error.verdict(); batch.len()],
        }
    }

    fn retry(&self) -> RetryPolicy {
        self.0.retry()
    }
}

fn verdict(resolved: Resolved) -> Verdict {
    match resolved {
        Resolved::Ended => Verdict::Done,
        Resolved::Unknown => {
            meter::unknown(topics::ATTEMPT_DUTY.name);
            tracing::warn!("a duty names an attempt that does not exist; acknowledged");
            Verdict::Done
        }
        Resolved::Corrupt => Verdict::Reject { error: "the attempt or its pay order is corrupt".into() },
    }
}

/// Gives money back. Subject: the order.
struct RefundDuty(Service);

#[async_trait]
impl Handler for RefundDuty {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        let orders: Vec<OrderId> = batch.iter().map(|message| OrderId(message.subject)).collect();
        let verdict = match self.0.resume_refunds(&orders).await {
            Ok(_) => Verdict::Done,
            Err(error) => error.verdict(),
        };
        vec![verdict; batch.len()]
    }

    fn retry(&self) -> RetryPolicy {
        self.0.retry()
    }
}

/// Does what is owed at a provider. Subject: the pay order.
struct BillDuty(Service);

#[async_trait]
impl Handler for BillDuty {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        let ids: Vec<PayOrderId> = batch.iter().map(|message| PayOrderId(message.subject)).collect();
        match self.0.tend(&ids).await {
            Ok(tended) => tended.into_iter().map(bill_verdict).collect(),
            Err(error) => vec![error.verdict(); batch.len()],
        }
    }

    fn retry(&self) -> RetryPolicy {
        RetryPolicy::default().capped(self.0.config().channel_retry_cap_ms)
    }
}

/// A provider that answers, and does not do it, is left to the sweep, which asks less and less often.
fn bill_verdict(tended: Tended) -> Verdict {
    match tended {
        Tended::Ended | Tended::Same => Verdict::Done,
        Tended::Away(error) => Verdict::Away { error },
        Tended::Unknown => {
            meter::unknown(topics::BILL_DUTY.name);
            tracing::warn!("a duty names a pay order without a bill; acknowledged");
            Verdict::Done
        }
        Tended::Corrupt => Verdict::Reject { error: "the pay order is corrupt".into() },
    }
}
