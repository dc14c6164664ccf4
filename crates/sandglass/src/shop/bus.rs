//! The bus of a process among others: some topics stay here, the others travel.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::topics;
use bus_rabbit::{Config as RabbitConfig, Delays, RabbitBus, Route};
use delay::{Bus, EmbeddedBus, Handler, Topic};

use crate::config::{BrokerMode, Config};

/// The type header of the reference's messages that are an id.
const LONG: &str = "java.lang.Long";
/// The header of a clear-cart message that says for which order it is.
const ORDER_ID: &str = "x-order-id";

/// Hands a message to its handler here, or to the way to it.
pub(super) struct Crossing {
    /// Topics that stay in this process: a service's duties to itself.
    here: EmbeddedBus,
    way: Way,
}

/// How messages reach other processes.
pub(super) enum Way {
    /// Into the inbox of the service that handles them, in the same database.
    Inboxes {
        /// Where each topic's messages are put, in the processes that send them.
        deposits: BTreeMap<u16, Arc<dyn Handler>>,
        /// The handlers of what lies in this process's own inboxes.
        arrivals: Arc<EmbeddedBus>,
    },
    /// Through a broker.
    Broker(RabbitBus),
}

impl Crossing {
    pub(super) fn over(way: Way) -> Self {
        Self { here: EmbeddedBus::default(), way }
    }
}

impl Bus for Crossing {
    fn subscribe(&self, topic: Topic, handler: Arc<dyn Handler>) {
        match &self.way {
            Way::Inboxes { arrivals, .. } if is_another_services(topic.code) => {
                arrivals.subscribe(topic, handler);
            }
            Way::Broker(broker) if broker.carries(topic.code) => broker.subscribe(topic, handler),
            _ => self.here.subscribe(topic, handler),
        }
    }

    fn outlet(&self, topic: u16) -> Option<Arc<dyn Handler>> {
        let travels = match &self.way {
            Way::Inboxes { deposits, .. } => deposits.get(&topic).cloned(),
            Way::Broker(broker) => broker.outlet(topic),
        };
        travels.or_else(|| self.here.outlet(topic))
    }

    fn holds_delays(&self, topic: u16) -> bool {
        matches!(&self.way, Way::Broker(broker) if broker.holds_delays(topic))
    }
}

/// Whether a topic's messages are written by one service and handled by another.
fn is_another_services(topic: u16) -> bool {
    [topics::PAY_SUCCESS.code, topics::ORDER_CREATED.code].contains(&topic)
}

/// What travels through a broker, under the names that existing clients know.
pub(super) fn rabbit(config: &Config, address: String, seed: u64) -> RabbitConfig {
    let routes = vec![
        Route::new(topics::ORDER_CHECK, "trade.delay.direct", "trade.delay.order.queue", "trade")
            .delayed()
            .with_type_id(LONG),
        Route::new(topics::PAY_SUCCESS, "pay.direct", "trade.pay.success.queue", "trade").with_type_id(LONG),
        Route::new(topics::ORDER_CREATED, "trade.topic", "cart.clear.queue", "cart")
            .through_topic_exchange()
            .with_body(ORDER_ID),
    ];
    let checks = config.check_delays.iter().map(|delay| delay.ms());
    RabbitConfig {
        delays: match config.broker_mode {
            BrokerMode::Ttl => Delays::Ttl,
            BrokerMode::Plugin => Delays::Plugin,
        },
        extra_steps_ms: config.windows_ms().into_iter().chain(checks).collect(),
        seed,
        ..RabbitConfig::new(address, routes)
    }
}
