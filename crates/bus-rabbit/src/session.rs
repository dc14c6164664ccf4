//! One life of the connection to the broker, and the loop that starts the next one.
//!
//! A session has two connections. A broker that is short of memory or disk stops reading from those that publish;
//! acknowledgements come in on the other and keep flowing.

use std::sync::Arc;

use futures_util::StreamExt;
use lapin::{Connection, Event};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::limits::{DECLARE_WAIT_MS, DRAIN_WAIT_MS, LOOK_MS, STEADY_MS};
use crate::listener::Listener;
use crate::publisher::Publisher;
use crate::settle::Settler;
use crate::shared::{Link, Shared};
use crate::time::within;
use crate::{Error, connect, topology};

/// Why a session ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Stopped,
    Resubscribed,
}

/// Keeps a session alive until `stop`.
pub(crate) async fn supervise(shared: Arc<Shared>, stop: CancellationToken) {
    let mut backoff = Backoff::new(shared.settings.seed);
    while !stop.is_cancelled() {
        let began = shared.clock.now();
        let ended = run(&shared, &stop).await;
        let now = shared.clock.now();
        match ended {
            Ok(_) => drop(shared.status.down(now, None)),
            Err(error) => {
                if now.since(began) >= STEADY_MS {
                    backoff.reset();
                }
                let wait_ms = if error.needs_a_human() { backoff.longest_ms() } else { backoff.next_ms() };
                report(&shared, &error, wait_ms);
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = shared.clock.sleep_until(now + wait_ms) => {}
                }
            }
        }
    }
    shared.link.send_replace(Link::Stopped);
}

/// Says it once; as long as the cause stays the same, further attempts are no news.
fn report(shared: &Shared, error: &Error, wait_ms: i64) {
    if shared.status.down(shared.clock.now(), Some(error.to_string())) {
        tracing::warn!(%error, wait_ms, "no connection to RabbitMQ; trying again, messages wait meanwhile");
    } else {
        tracing::debug!(%error, wait_ms, "still no connection to RabbitMQ");
    }
}

async fn run(shared: &Arc<Shared>, stop: &CancellationToken) -> Result<End, Error> {
    let mut subscriptions = shared.subscriptions.subscribe();
    subscriptions.mark_unchanged();
    let started = tokio::select! {
        () = stop.cancelled() => return Ok(End::Stopped),
        started = Session::start(shared) => started?,
    };
    started.run(&mut subscriptions, stop).await
}

struct Session {
    shared: Arc<Shared>,
    publisher: Arc<Publisher>,
    consuming: Connection,
    listeners: JoinSet<Result<(), Error>>,
    stop_listening: CancellationToken,
}

impl Session {
    async fn start(shared: &Arc<Shared>) -> Result<Self, Error> {
        let (settings, clock) = (&shared.settings, &*shared.clock);
        let publishing =
            connect::open(&settings.address, &format!("{} publishes", settings.name), clock).await?;
        let consuming =
            connect::open(&settings.address, &format!("{} consumes", settings.name), clock).await?;
        let publisher = Arc::new(Publisher::new(publishing, shared.clone()));
        let mut session = Self {
            shared: shared.clone(),
            publisher,
            consuming,
            listeners: JoinSet::new(),
            stop_listening: CancellationToken::new(),
        };
        within(clock, DECLARE_WAIT_MS, "declare exchanges and queues", session.set_up()).await??;
        Ok(session)
    }

    async fn set_up(&mut self) -> Result<(), Error> {
        topology::exchanges(self.publisher.connection(), &self.shared.settings).await?;
        let handlers = self.shared.handlers.read().clone();
        for (topic, handler) in handlers {
            let Some(route) = self.shared.settings.route(topic).cloned() else { continue };
            topology::consumer(self.publisher.connection(), &self.shared, &route).await?;
            let settler = Settler {
                shared: self.shared.clone(),
                route,
                publisher: self.publisher.clone(),
                acks: Arc::default(),
            };
            let listener = Listener::open(&self.consuming, settler, handler).await?;
            self.listeners.spawn(listener.run(self.stop_listening.clone()));
        }
        Ok(())
    }

    async fn run(
        mut self,
        subscriptions: &mut watch::Receiver<u64>,
        stop: &CancellationToken,
    ) -> Result<End, Error> {
        self.shared.status.up(self.shared.clock.now());
        self.shared.link.send_replace(Link::Up(self.publisher.clone()));
        tracing::info!(consumers = self.listeners.len(), "connected to RabbitMQ");
        let ended = self.watch(subscriptions, stop).await;
        self.shared.link.send_replace(Link::Down);
        if ended.is_ok() {
            self.drain().await;
        }
        let clock = &*self.shared.clock;
        tokio::join!(
            connect::close(self.publisher.connection(), clock),
            connect::close(&self.consuming, clock)
        );
        self.publisher.retire();
        ended
    }

    async fn watch(
        &mut self,
        subscriptions: &mut watch::Receiver<u64>,
        stop: &CancellationToken,
    ) -> Result<End, Error> {
        let shared = self.shared.clone();
        let ended = async {
            match self.listeners.join_next().await {
                Some(Ok(Err(error))) => error,
                Some(_) => Error::GivenUp,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = stop.cancelled() => Ok(End::Stopped),
            Ok(()) = subscriptions.changed() => Ok(End::Resubscribed),
            () = self.publisher.broken() => Err(Error::GivenUp),
            error = ended => Err(error),
            error = fault(self.publisher.connection(), &shared) => Err(error),
            error = fault(&self.consuming, &shared) => Err(error),
        }
    }

    /// Lets what is being handled end, and be settled; and what is being published be confirmed.
    async fn drain(&mut self) {
        self.stop_listening.cancel();
        let ending = async {
            while self.listeners.join_next().await.is_some() {}
            self.publisher.quiesce().await;
        };
        if within(&*self.shared.clock, DRAIN_WAIT_MS, "finish", ending).await.is_err() {
            tracing::warn!("messages were still on their way at the end; they will come again");
        }
    }
}

/// Returns when the connection fails; notes on the way when the broker asks for a pause in publishing.
async fn fault(connection: &Connection, shared: &Shared) -> Error {
    let mut events = connection.events_listener();
    loop {
        tokio::select! {
            event = events.next() => match event {
                // A refused declaration closes its own channel only, and whoever asked for it knows.
                Some(Event::Error(error)) if !error.is_amqp_soft_error() => return error.into(),
                Some(Event::ConnectionBlocked(reason)) => {
                    shared.status.set_blocked(true);
                    tracing::warn!(reason, "RabbitMQ accepts no messages for now; they wait in their outboxes");
                }
                Some(Event::ConnectionUnblocked) => {
                    shared.status.set_blocked(false);
                    tracing::info!("RabbitMQ accepts messages again");
                }
                Some(_) => {}
                None => return Error::GivenUp,
            },
            () = shared.clock.sleep_until(shared.clock.now() + LOOK_MS) => {
                if !connection.status().connected() {
                    return Error::GivenUp;
                }
            }
        }
    }
}
