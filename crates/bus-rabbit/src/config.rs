//! What the bus is told, and the checks of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use delay::Topic;
use lapin::uri::{AMQPScheme, AMQPUri};

use crate::limits::{HEARTBEAT_S, NAME};
use crate::route::Route;
use crate::steps::Steps;
use crate::{Error, headers};

/// Where a message waits until it is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delays {
    /// In one durable quorum queue per delay step. Needs RabbitMQ 3.10 and no plugin.
    #[default]
    Ttl,
    /// In an `x-delayed-message` exchange, where the broker has that plugin. What consumers put off waits in step
    /// queues in this mode too, because it concerns their own queue only.
    Plugin,
}

/// What kind of queues the bus makes for consumers and dead letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueueKind {
    /// Replicated.
    #[default]
    Quorum,
    /// On one node.
    Classic,
}

/// What a [`RabbitBus`](crate::RabbitBus) needs to know.
#[derive(Clone)]
pub struct Config {
    /// The broker, as `amqp://user:password@host:port/vhost` with `%2f` for the vhost `/`.
    pub address: String,
    /// What the connections are called in the broker's lists.
    pub name: String,
    /// The topics that travel, each with its way.
    pub routes: Vec<Route>,
    /// Where messages wait.
    pub delays: Delays,
    /// Delays that deserve a step of their own, in milliseconds: each window and check of the application.
    pub extra_steps_ms: Vec<i64>,
    /// The exchange of the dead letters; each service's name is the routing key to its own.
    pub error_exchange: String,
    /// What consumers' queues are.
    pub queues: QueueKind,
    /// Put before each name of an exchange, queue or service, so that several systems can share a vhost.
    pub prefix: String,
    /// Spreads the waits between attempts to connect; different in each process.
    pub seed: u64,
}

impl Config {
    /// The defaults for a broker and some routes.
    pub fn new(address: impl Into<String>, routes: Vec<Route>) -> Self {
        Self {
            address: address.into(),
            name: "sandglass".into(),
            routes,
            delays: Delays::default(),
            extra_steps_ms: Vec::new(),
            error_exchange: "error.direct".into(),
            queues: QueueKind::default(),
            prefix: String::new(),
            seed: 0,
        }
    }
}

/// A configuration that was checked.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) address: AMQPUri,
    pub(crate) name: String,
    pub(crate) routes: BTreeMap<u16, Arc<Route>>,
    pub(crate) delays: Delays,
    pub(crate) steps: Steps,
    pub(crate) error_exchange: String,
    pub(crate) queues: QueueKind,
    pub(crate) prefix: String,
    pub(crate) seed: u64,
}

impl Settings {
    pub(crate) fn check(config: Config) -> Result<Self, Error> {
        let mut routes = BTreeMap::new();
        for route in config.routes {
            let topic = route.topic;
            let route = Arc::new(route.prefixed(&config.prefix));
            check_names(&route)?;
            if routes.insert(topic.code, route).is_some() {
                return Err(bad(format!("the topic `{}` has two routes; give it one", topic.name)));
            }
        }
        check_queues(routes.values().map(|route| (route.topic, route.queue.as_str())))?;
        Ok(Self {
            address: address(&config.address)?,
            name: config.name,
            routes,
            delays: config.delays,
            steps: Steps::with(&config.extra_steps_ms),
            error_exchange: format!("{}{}", config.prefix, config.error_exchange),
            queues: config.queues,
            prefix: config.prefix,
            seed: config.seed,
        })
    }

    pub(crate) fn route(&self, topic: u16) -> Option<&Arc<Route>> {
        self.routes.get(&topic)
    }
}

/// Reads the address. Its text is in no error: it may hold a password.
pub(crate) fn address(text: &str) -> Result<AMQPUri, Error> {
    let mut address: AMQPUri = text
        .parse()
        .map_err(|_| bad("the address is not of the form amqp://user:password@host:port/vhost".into()))?;
    if address.scheme == AMQPScheme::AMQPS {
        return Err(bad(
            "amqps is not built in; use amqp, through a TLS tunnel where the way is not trusted".into(),
        ));
    }
    address.query.heartbeat.get_or_insert(HEARTBEAT_S);
    Ok(address)
}

fn check_names(route: &Route) -> Result<(), Error> {
    for name in [&route.exchange, &route.routing_key, &route.queue, &route.service] {
        if name.is_empty() || name.len() > NAME {
            let topic = route.topic.name;
            return Err(bad(format!(
                "a name of the topic `{topic}`'s route is empty or over {NAME} bytes: `{name}`"
            )));
        }
    }
    match &route.codec {
        crate::Codec::Body { subject_header } if headers::cut(subject_header, NAME) != subject_header => {
            Err(bad(format!("the header name of the topic `{}` is over {NAME} bytes", route.topic.name)))
        }
        _ => Ok(()),
    }
}

/// Two topics in one queue would be read by the wrong handler half of the time.
fn check_queues<'a>(queues: impl Iterator<Item = (Topic, &'a str)>) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    for (topic, queue) in queues {
        if !seen.insert(queue) {
            return Err(bad(format!(
                "the queue `{queue}` of the topic `{}` is another topic's too",
                topic.name
            )));
        }
    }
    Ok(())
}

fn bad(what: String) -> Error {
    Error::Config(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Topic = Topic { code: 1, name: "one" };
    const TWO: Topic = Topic { code: 2, name: "two" };

    fn refused(address: &str, routes: Vec<Route>) -> String {
        Settings::check(Config::new(address, routes)).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_bad_configuration_is_named_and_tells_no_password() {
        const GOOD: &str = "amqp://127.0.0.1/%2f";
        assert!(refused("amqp//u:secret@host", vec![]).contains("address"));
        assert!(!refused("amqp//u:secret@host", vec![]).contains("secret"));
        assert!(refused("amqps://host", vec![]).contains("amqps"));
        let twice = vec![Route::new(ONE, "e", "q", "s"), Route::new(ONE, "e", "r", "s")];
        assert!(refused(GOOD, twice).contains("`one`"));
        let shared = vec![Route::new(ONE, "e", "q", "s"), Route::new(TWO, "e", "q", "s")];
        assert!(refused(GOOD, shared).contains("`q`"));
        assert!(refused(GOOD, vec![Route::new(ONE, "", "q", "s")]).contains("empty"));
    }

    #[test]
    fn a_prefix_keeps_systems_apart_and_leaves_routing_keys_alone() {
        let config = Config {
            prefix: "shop2.".into(),
            ..Config::new("amqp://h", vec![Route::new(ONE, "e", "q", "s")])
        };
        let settings = Settings::check(config).unwrap();
        let route = settings.route(1).unwrap();
        assert_eq!((route.exchange.as_str(), route.queue.as_str()), ("shop2.e", "shop2.q"));
        assert_eq!(
            (route.routing_key.as_str(), route.error_queue().as_str()),
            ("one", "shop2.s.error.queue")
        );
        assert_eq!(settings.error_exchange, "shop2.error.direct");
    }
}
