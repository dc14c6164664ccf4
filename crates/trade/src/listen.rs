//! Messages that wake orders.

use std::sync::Arc;

use api::topics;
use async_trait::async_trait;
use clock::Ms;
use delay::{Bus, Handler, Message, RetryPolicy, Verdict};
use model::order::{Order, Wake};
use model::{Actor, Cause, OrderId};
use mutants::Mutant;

use crate::Service;
use crate::drive::Driven;

/// The longest wait before an order in doubt is tried again, in milliseconds: what `pay` decides after an
/// outage should reach the order soon.
const RETRY_CAP_MS: i64 = 1_500;

impl Service {
    /// Subscribes to every message that concerns orders.
    pub fn subscribe(&self, bus: &dyn Bus) {
        let listener = |wake, actor| Arc::new(Listener { service: self.clone(), wake, actor });
        bus.subscribe(topics::ORDER_CHECK, listener(Wake::Check, Actor::Timer));
        bus.subscribe(topics::ORDER_DUTY, listener(Wake::Due, Actor::Timer));
        bus.subscribe(topics::PAY_SUCCESS, listener(Wake::Notice, Actor::Notice));
    }
}

/// Drives the orders that messages name. The message itself is retried until its order is at rest, so no
/// further duty is written beside it.
struct Listener {
    service: Service,
    wake: Wake,
    actor: Actor,
}

#[async_trait]
impl Handler for Listener {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        let woken = batch.iter().map(|message| (OrderId(message.subject), message.trace.clone())).collect();
        let cause = Cause::of(self.actor);
        match self.service.drive_traced(woken, self.wake, &cause, true).await {
            Ok(driven) => {
                batch.iter().zip(driven).map(|(message, driven)| self.verdict(message, driven)).collect()
            }
            Err(error) => batch.iter().map(|_| Verdict::Away { error: error.to_string() }).collect(),
        }
    }

    fn retry(&self) -> RetryPolicy {
        RetryPolicy::default().capped(RETRY_CAP_MS)
    }
}

impl Listener {
    fn verdict(&self, message: &Message, driven: Driven) -> Verdict {
        match driven {
            Driven::AtRest(_) => Verdict::Done,
            Driven::Waits(order) => self.later(message, &order),
            Driven::Doubt(_) if mutants::on(Mutant::AcknowledgeBeforeCommit) => Verdict::Done,
            Driven::Doubt(error) => Verdict::Away { error },
            Driven::Unknown => {
                metrics::counter!("sandglass_unknown_orders_total").increment(1);
                tracing::warn!(
                    order = message.subject,
                    topic = message.topic.name,
                    "a message names an unknown order"
                );
                Verdict::Done
            }
            Driven::Contradiction(error) => Verdict::Reject { error },
        }
    }

    /// An order that waits needs this message again if it came early (by another machine's clock, or before
    /// the clock was set back), or as its next check; its deadline has a timer of its own.
    fn later(&self, message: &Message, order: &Order) -> Verdict {
        let early = Some(message.due).filter(|due| *due > self.service.clock.now());
        let check = || (self.wake == Wake::Check).then(|| self.next_check(order)).flatten();
        let next = early.or_else(check);
        next.map_or(Verdict::Done, |due| Verdict::Later { due })
    }

    fn next_check(&self, order: &Order) -> Option<Ms> {
        let (applied, now) = (order.applied_at?, self.service.clock.now());
        let times = self.service.config.check_delays_ms.iter().map(|delay_ms| applied + *delay_ms);
        times.into_iter().find(|at| *at > now && *at < order.deadline)
    }
}
