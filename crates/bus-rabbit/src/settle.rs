//! Carries out what was decided of deliveries: publish, have it confirmed, acknowledge, in this order.

use std::collections::BTreeSet;
use std::sync::Arc;

use clock::Ms;

use crate::acks::Acks;
use crate::again::{Origin, buried, put_off};
use crate::desk::Inbound;
use crate::limits::HOLD_MS;
use crate::next::Next;
use crate::publisher::{Parcel, Publisher, Unsent};
use crate::route::Route;
use crate::shared::Shared;
use crate::status::count;
use crate::topology;

/// Settles the deliveries of one route within one session.
#[derive(Clone)]
pub(crate) struct Settler {
    pub(crate) shared: Arc<Shared>,
    pub(crate) route: Arc<Route>,
    pub(crate) publisher: Arc<Publisher>,
    pub(crate) acks: Arc<Acks>,
}

impl Settler {
    pub(crate) async fn settle(&self, decided: Vec<(Inbound, Next)>) {
        let now = self.shared.clock.now();
        let (done, open): (Vec<_>, Vec<_>) =
            decided.into_iter().partition(|(_, next)| *next == Next::Acknowledge);
        let done: Vec<Inbound> = done.into_iter().map(|(inbound, _)| inbound).collect();
        self.acks.acknowledge(&done).await;
        count(&self.shared.status.counters().consumed, done.len());
        let held = self.publish(open, now).await;
        self.give_back(held).await;
    }

    /// Publishes what goes on, and acknowledges what was confirmed. Answers what was not.
    async fn publish(&self, open: Vec<(Inbound, Next)>, now: Ms) -> Vec<Inbound> {
        if let Err(error) = self.ensure_steps(&open).await {
            tracing::warn!(queue = self.route.queue, %error, "could not make the queue for putting messages off");
            return open.into_iter().map(|(inbound, _)| inbound).collect();
        }
        let parcels: Vec<Parcel> =
            open.iter().filter_map(|(inbound, next)| self.parcel(inbound, next, now)).collect();
        let sent = self.publisher.send(&parcels).await;
        let (mut confirmed, mut held) = (Vec::new(), Vec::new());
        for ((inbound, next), sent) in open.into_iter().zip(sent) {
            match sent {
                Ok(()) => {
                    self.note(&inbound, &next);
                    confirmed.push(inbound);
                }
                Err(unsent) => {
                    self.lost(&unsent, &next);
                    held.push(inbound);
                }
            }
        }
        self.acks.acknowledge(&confirmed).await;
        held
    }

    async fn ensure_steps(&self, open: &[(Inbound, Next)]) -> Result<(), crate::Error> {
        let steps = open.iter().filter_map(|(_, next)| match next {
            Next::PutOff { step_ms, .. } => Some(*step_ms),
            _ => None,
        });
        for step_ms in steps.collect::<BTreeSet<_>>() {
            let back = topology::waiting(step_ms, "", &self.route.queue);
            self.publisher.ensure(&self.route.retry_queue(step_ms), back).await?;
        }
        Ok(())
    }

    fn parcel(&self, inbound: &Inbound, next: &Next, now: Ms) -> Option<Parcel> {
        let (message, delivery) = (&inbound.message, &inbound.delivery);
        let (exchange, routing_key, properties) = match next {
            Next::Acknowledge => return None,
            Next::PutOff { due, step_ms, tried } => {
                let properties = put_off(&delivery.properties, message, *due, tried);
                (String::new(), self.route.retry_queue(*step_ms), properties)
            }
            Next::Bury { error } => {
                let origin = Origin {
                    queue: &self.route.queue,
                    exchange: &self.route.exchange,
                    routing_key: &self.route.routing_key,
                    delivery: delivery.delivery_tag,
                    seed: self.shared.settings.seed,
                };
                let properties = buried(&delivery.properties, message, &origin, now, error);
                (self.shared.settings.error_exchange.clone(), self.route.service.clone(), properties)
            }
        };
        Some(Parcel { exchange, routing_key, mandatory: true, properties, body: delivery.data.clone() })
    }

    fn note(&self, inbound: &Inbound, next: &Next) {
        let counters = self.shared.status.counters();
        match next {
            Next::Acknowledge => {}
            Next::PutOff { .. } => count(&counters.put_off, 1),
            Next::Bury { error } => {
                count(&counters.buried, 1);
                let (topic, subject) = (self.route.topic.name, inbound.message.subject);
                tracing::error!(topic, subject, error, "a message became a dead letter");
            }
        }
    }

    fn lost(&self, unsent: &Unsent, next: &Next) {
        tracing::debug!(queue = self.route.queue, %unsent, "a message could not be settled; it will come again");
        if *unsent == Unsent::Returned && matches!(next, Next::Bury { .. }) {
            // Somebody removed the queue of the dead letters: a new session makes it again.
            self.publisher.give_up();
        }
    }

    /// Has the broker deliver again what could not be settled, but not at once: that would be a hot loop.
    async fn give_back(&self, held: Vec<Inbound>) {
        if held.is_empty() {
            return;
        }
        let clock = &self.shared.clock;
        clock.sleep_until(clock.now() + HOLD_MS).await;
        self.acks.give_back(&held).await;
    }
}
