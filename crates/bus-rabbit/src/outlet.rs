//! The pump's end of the bus: takes due messages out of the outbox and brings them to the broker.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use clock::Ms;
use delay::{Handler, Message, RetryPolicy, Verdict};

use crate::codec::{Wire, encode};
use crate::config::Delays;
use crate::headers;
use crate::limits::{LINK_WAIT_MS, RELAY_CAP_MS};
use crate::publisher::{Parcel, Publisher, Sent};
use crate::route::Route;
use crate::shared::{Link, Shared};
use crate::time::within;
use crate::{Error, topology};

/// The longest the plugin keeps a message, in milliseconds. What is due later is re-armed on arrival.
const PLUGIN_MOST_MS: i64 = i32::MAX as i64;

/// Publishes one topic's messages. Done means that the broker confirmed them.
pub(crate) struct Outlet {
    pub(crate) shared: Arc<Shared>,
    pub(crate) route: Arc<Route>,
}

#[async_trait]
impl Handler for Outlet {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        let sent = match self.link().await {
            Ok(publisher) => self.publish(&publisher, batch).await,
            Err(error) => Err(error),
        };
        match sent {
            Ok(sent) => sent.into_iter().map(verdict).collect(),
            Err(error) => vec![Verdict::Away { error: error.to_string() }; batch.len()],
        }
    }

    fn retry(&self) -> RetryPolicy {
        RetryPolicy::default().capped(RELAY_CAP_MS)
    }
}

fn verdict(sent: Sent) -> Verdict {
    match sent {
        Ok(()) => Verdict::Done,
        Err(unsent) => Verdict::Away { error: unsent.to_string() },
    }
}

impl Outlet {
    /// The way to the broker, waiting a little for it: that is what slows the relay down, and nothing else.
    async fn link(&self) -> Result<Arc<Publisher>, Error> {
        let mut links = self.shared.link.subscribe();
        let up = async { links.wait_for(|link| !matches!(link, Link::Down)).await.map(|link| link.clone()) };
        match within(&*self.shared.clock, LINK_WAIT_MS, "connect", up).await? {
            Ok(Link::Up(publisher)) => Ok(publisher),
            _ => Err(Error::Stopped),
        }
    }

    async fn publish(&self, publisher: &Publisher, batch: &[Message]) -> Result<Vec<Sent>, Error> {
        let now = self.shared.clock.now();
        let planned: Vec<(Parcel, Option<i64>)> =
            batch.iter().map(|message| self.parcel(message, now)).collect();
        let steps: BTreeSet<i64> = planned.iter().filter_map(|(_, step)| *step).collect();
        for step_ms in steps {
            let arguments = topology::waiting(step_ms, &self.route.exchange, &self.route.routing_key);
            publisher.ensure(&self.route.delay_queue(step_ms), arguments).await?;
        }
        let parcels: Vec<Parcel> = planned.into_iter().map(|(parcel, _)| parcel).collect();
        Ok(publisher.send(&parcels).await)
    }

    /// A message's parcel, and the step it waits on first.
    fn parcel(&self, message: &Message, now: Ms) -> (Parcel, Option<i64>) {
        let (route, wire) = (&self.route, encode(&self.route, message));
        let rest_ms = if route.delayed { message.due.since(now) } else { 0 };
        match self.shared.settings.delays {
            Delays::Plugin if route.delayed => (through_plugin(route, wire, rest_ms), None),
            _ => match self.shared.settings.steps.fitting(rest_ms) {
                Some(step_ms) => (to_queue(route.delay_queue(step_ms), wire), Some(step_ms)),
                None => (to_exchange(route, wire), None),
            },
        }
    }
}

fn to_exchange(route: &Route, wire: Wire) -> Parcel {
    let (exchange, routing_key) = (route.exchange.clone(), route.routing_key.clone());
    Parcel { exchange, routing_key, mandatory: true, properties: wire.properties, body: wire.body }
}

fn to_queue(queue: String, wire: Wire) -> Parcel {
    let (properties, body) = (wire.properties, wire.body);
    Parcel { exchange: String::new(), routing_key: queue, mandatory: true, properties, body }
}

/// Never mandatory: the plugin has every such message returned although it will be delivered.
fn through_plugin(route: &Route, wire: Wire, rest_ms: i64) -> Parcel {
    let mut table = headers::of(&wire.properties);
    if rest_ms > 0 {
        headers::put_integer(&mut table, headers::DELAY, rest_ms.min(PLUGIN_MOST_MS));
    }
    let properties = wire.properties.with_headers(table);
    Parcel { mandatory: false, ..to_exchange(route, Wire { properties, body: wire.body }) }
}

#[cfg(test)]
mod tests {
    use clock::ManualClock;
    use delay::Topic;

    use super::*;
    use crate::config::{Config, Settings};

    const CHECK: Topic = Topic { code: 1, name: "check" };
    const NOTICE: Topic = Topic { code: 2, name: "notice" };

    fn outlet(topic: Topic, delays: Delays) -> Outlet {
        let routes = vec![Route::new(CHECK, "e", "q", "s").delayed(), Route::new(NOTICE, "f", "r", "s")];
        let settings = Settings::check(Config { delays, ..Config::new("amqp://h", routes) }).unwrap();
        let route = settings.route(topic.code).unwrap().clone();
        Outlet { shared: Arc::new(Shared::new(settings, Arc::new(ManualClock::at(Ms(0))))), route }
    }

    fn planned(topic: Topic, delays: Delays, due: i64) -> (Parcel, Option<i64>) {
        outlet(topic, delays).parcel(&Message::new(topic, 7, Ms(due), Ms(0)), Ms(0))
    }

    #[test]
    fn a_delayed_message_waits_on_the_step_that_fits() {
        let (parcel, step) = planned(CHECK, Delays::Ttl, 10_000);
        assert_eq!((parcel.exchange.as_str(), parcel.routing_key.as_str()), ("", "q.delay.10000"));
        assert_eq!((step, parcel.mandatory), (Some(10_000), true));
    }

    #[test]
    fn what_is_due_goes_straight_to_its_exchange() {
        for (topic, due) in [(CHECK, 0), (CHECK, -5), (CHECK, 40), (NOTICE, 10_000)] {
            let (parcel, step) = planned(topic, Delays::Ttl, due);
            assert!(!parcel.exchange.is_empty() && parcel.mandatory && step.is_none());
        }
    }

    #[test]
    fn the_plugin_gets_the_delay_and_no_mandatory_publish() {
        let (parcel, step) = planned(CHECK, Delays::Plugin, 10_000);
        assert_eq!((parcel.exchange.as_str(), parcel.mandatory, step), ("e", false, None));
        assert_eq!(headers::integer(&headers::of(&parcel.properties), headers::DELAY), Some(10_000));
        let (far, _) = planned(CHECK, Delays::Plugin, i64::MAX);
        assert_eq!(headers::integer(&headers::of(&far.properties), headers::DELAY), Some(PLUGIN_MOST_MS));
        assert!(planned(NOTICE, Delays::Plugin, 0).0.mandatory);
    }
}
