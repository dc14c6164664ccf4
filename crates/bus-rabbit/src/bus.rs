//! The bus itself: a handle over what a session does.

use std::sync::Arc;

use clock::Clock;
use delay::{Bus, Handler, Topic};
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Settings};
use crate::dead::DeadLetters;
use crate::outlet::Outlet;
use crate::shared::Shared;
use crate::status::BusStatus;
use crate::{Error, connect, session, topology};

/// Delayed messages over RabbitMQ. Clones are the same bus.
#[derive(Clone)]
pub struct RabbitBus {
    shared: Arc<Shared>,
}

impl RabbitBus {
    /// A bus with this configuration. It does nothing until it [runs](RabbitBus::run).
    pub fn new(config: Config, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        Ok(Self { shared: Arc::new(Shared::new(Settings::check(config)?, clock)) })
    }

    /// Keeps the bus connected and its handlers fed until `stop`; then finishes what is being handled. Never gives
    /// up: without a broker it tries again, with capped waits.
    pub async fn run(self, stop: CancellationToken) {
        session::supervise(self.shared, stop).await;
    }

    /// A live view of it.
    pub fn status(&self) -> BusStatus {
        self.shared.status.clone()
    }

    /// Whether a topic travels through this bus.
    pub fn carries(&self, topic: u16) -> bool {
        self.shared.settings.route(topic).is_some()
    }

    /// The dead letters.
    pub fn dead_letters(&self) -> DeadLetters {
        DeadLetters { shared: self.shared.clone() }
    }

    /// Finds out whether the broker has the exchange type that [`Delays::Plugin`](crate::Delays::Plugin) needs;
    /// [`Error::NoDelayPlugin`] says that it has not.
    pub async fn probe_plugin(&self) -> Result<(), Error> {
        let (settings, clock) = (&self.shared.settings, &*self.shared.clock);
        // A connection of its own: to name an unknown type costs the connection.
        let connection =
            connect::open(&settings.address, &format!("{} probes", settings.name), clock).await?;
        let probed = topology::probe(&connection, &settings.prefix).await;
        connect::close(&connection, clock).await;
        probed
    }
}

impl Bus for RabbitBus {
    fn subscribe(&self, topic: Topic, handler: Arc<dyn Handler>) {
        if !self.carries(topic.code) {
            tracing::error!(topic = topic.name, "no route leads to this handler; it will hear nothing");
            return;
        }
        self.shared.handlers.write().insert(topic.code, handler);
        self.shared.subscriptions.send_modify(|count| *count += 1);
    }

    fn outlet(&self, topic: u16) -> Option<Arc<dyn Handler>> {
        let route = self.shared.settings.route(topic)?.clone();
        Some(Arc::new(Outlet { shared: self.shared.clone(), route }))
    }

    fn holds_delays(&self, topic: u16) -> bool {
        self.shared.settings.route(topic).is_some_and(|route| route.delayed)
    }
}
