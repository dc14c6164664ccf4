//! Publishing in batches: a whole batch goes out, then all its confirms are awaited.
//!
//! A batch has a channel to itself. The broker says that it returned a message before it confirms that message, but
//! with many in flight nothing ties the two together except their order on the channel; so returns are matched by
//! message id among the batch that had the channel.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::future::join_all;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Confirmation, Connection};
use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, Notify, Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;

use crate::headers::short;
use crate::limits::{CONFIRM_WAIT_MS, DECLARE_WAIT_MS, LINK_WAIT_MS, PUBLISH_CHANNELS};
use crate::shared::Shared;
use crate::status::count;
use crate::time::within;
use crate::{Error, topology};

/// A message with its destination.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    pub(crate) exchange: String,
    pub(crate) routing_key: String,
    /// Whether the broker is to return what it has no queue for.
    pub(crate) mandatory: bool,
    pub(crate) properties: BasicProperties,
    pub(crate) body: Vec<u8>,
}

/// Why a message is not in the broker's hands, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unsent {
    /// No queue wants it.
    Returned,
    /// Not confirmed.
    Doubtful(String),
}

impl std::fmt::Display for Unsent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Returned => f.write_str("RabbitMQ has no queue bound for it yet"),
            Self::Doubtful(error) => f.write_str(error),
        }
    }
}

pub(crate) type Sent = Result<(), Unsent>;

pub(crate) struct Publisher {
    connection: Connection,
    shared: Arc<Shared>,
    permits: Semaphore,
    idle: Mutex<Vec<Channel>>,
    /// The step queues that are known to be there.
    declared: AsyncMutex<BTreeSet<String>>,
    /// Told when this connection should be given up.
    broken: Notify,
    retired: CancellationToken,
}

impl Publisher {
    pub(crate) fn new(connection: Connection, shared: Arc<Shared>) -> Self {
        Self {
            connection,
            shared,
            permits: Semaphore::new(PUBLISH_CHANNELS),
            idle: Mutex::default(),
            declared: AsyncMutex::default(),
            broken: Notify::new(),
            retired: CancellationToken::new(),
        }
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Returns when the connection should be given up although it did not fail.
    pub(crate) async fn broken(&self) {
        self.broken.notified().await;
    }

    /// Gives the connection up, so that everything is declared anew.
    pub(crate) fn give_up(&self) {
        self.broken.notify_one();
    }

    /// Makes sure that a step's queue is there.
    pub(crate) async fn ensure(&self, queue: &str, arguments: FieldTable) -> Result<(), Error> {
        let ensuring = async {
            let mut declared = self.declared.lock().await;
            if !declared.contains(queue) {
                topology::queue(&self.connection, &self.shared, queue, arguments).await?;
                declared.insert(queue.to_owned());
            }
            Ok(())
        };
        within(&*self.shared.clock, DECLARE_WAIT_MS, "declare a queue", ensuring).await?
    }

    /// Publishes and says for each parcel, in the same order, whether the broker has it for sure.
    pub(crate) async fn send(&self, parcels: &[Parcel]) -> Vec<Sent> {
        if parcels.is_empty() {
            return Vec::new();
        }
        let sent = tokio::select! {
            sent = self.in_turn(parcels) => sent,
            () = self.retired.cancelled() => doubt(parcels, &Error::GivenUp.to_string()),
        };
        self.note(parcels, &sent).await;
        sent
    }

    async fn in_turn(&self, parcels: &[Parcel]) -> Vec<Sent> {
        match self.turn().await {
            Ok(_turn) => self.batch_in_time(parcels).await,
            Err(error) => doubt(parcels, &error.to_string()),
        }
    }

    /// Ends what is still being published: its connection is closed, or would not even close.
    pub(crate) fn retire(&self) {
        self.retired.cancel();
    }

    /// Waits for what is being published, so that nothing is sent twice only because the connection ends.
    pub(crate) async fn quiesce(&self) {
        let all = u32::try_from(PUBLISH_CHANNELS).unwrap_or(u32::MAX);
        drop(self.permits.acquire_many(all).await);
    }

    /// Waits until it is this batch's turn: a little while the broker wants a pause, so that its relay slows down,
    /// and as long as a confirm may take for one of the channels.
    async fn turn(&self) -> Result<SemaphorePermit<'_>, Error> {
        let clock = &*self.shared.clock;
        if self.connection.status().blocked() {
            clock.sleep_until(clock.now() + LINK_WAIT_MS).await;
        }
        if self.connection.status().blocked() {
            return Err(Error::Blocked);
        }
        let permit =
            within(clock, CONFIRM_WAIT_MS, "publish what came before", self.permits.acquire()).await?;
        permit.map_err(|_| Error::Stopped)
    }

    async fn batch_in_time(&self, parcels: &[Parcel]) -> Vec<Sent> {
        let _flight = Flight::start(&self.shared, parcels.len());
        let clock = &*self.shared.clock;
        match within(clock, CONFIRM_WAIT_MS, "confirm what is published", self.batch(parcels)).await {
            Ok(Ok(sent)) => sent,
            Ok(Err(error)) => doubt(parcels, &error.to_string()),
            Err(silent) => {
                // A pause the broker asked for passes; any other silence needs a new connection.
                if !self.connection.status().blocked() {
                    self.give_up();
                }
                doubt(parcels, &silent.to_string())
            }
        }
    }

    async fn batch(&self, parcels: &[Parcel]) -> Result<Vec<Sent>, Error> {
        let channel = self.channel().await?;
        let confirms = join_all(parcels.iter().map(|parcel| publish(&channel, parcel))).await;
        if confirms.iter().all(Result::is_ok) {
            self.idle.lock().push(channel);
        } else {
            // As when an exchange is gone: a new session declares everything anew.
            self.give_up();
        }
        Ok(judge(parcels, confirms))
    }

    async fn channel(&self) -> Result<Channel, Error> {
        let idle = self.idle.lock().pop();
        if let Some(channel) = idle {
            return Ok(channel);
        }
        let channel = self.connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(channel)
    }

    async fn note(&self, parcels: &[Parcel], sent: &[Sent]) {
        let counters = self.shared.status.counters();
        count(&counters.confirmed, sent.iter().filter(|sent| sent.is_ok()).count());
        let returned = || sent.iter().zip(parcels).filter(|(sent, _)| **sent == Err(Unsent::Returned));
        count(&counters.returned, returned().count());
        // Sent straight to a queue that is gone: the next message makes it again.
        if returned().any(|(_, parcel)| parcel.exchange.is_empty()) {
            self.declared.lock().await.clear();
        }
    }
}

/// Counts a batch while it is in flight, however that ends.
struct Flight<'a> {
    shared: &'a Shared,
    messages: usize,
}

impl<'a> Flight<'a> {
    fn start(shared: &'a Shared, messages: usize) -> Self {
        count(&shared.status.counters().published, messages);
        count(&shared.status.counters().in_flight, messages);
        Self { shared, messages }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.shared.status.counters().in_flight.fetch_sub(self.messages as u64, Ordering::Relaxed);
    }
}

async fn publish(channel: &Channel, parcel: &Parcel) -> lapin::Result<Confirmation> {
    let options = BasicPublishOptions { mandatory: parcel.mandatory, immediate: false };
    let (exchange, key) = (short(&parcel.exchange), short(&parcel.routing_key));
    channel.basic_publish(exchange, key, options, &parcel.body, parcel.properties.clone()).await?.await
}

fn judge(parcels: &[Parcel], confirms: Vec<lapin::Result<Confirmation>>) -> Vec<Sent> {
    let mut returned = BTreeSet::new();
    let confirmed: Vec<Sent> =
        confirms.into_iter().map(|confirm| confirmed(confirm, &mut returned)).collect();
    let came_back = |parcel: &Parcel| parcel.mandatory && returned.contains(&id(&parcel.properties));
    let each = confirmed.into_iter().zip(parcels);
    each.map(|(sent, parcel)| if sent.is_ok() && came_back(parcel) { Err(Unsent::Returned) } else { sent })
        .collect()
}

fn confirmed(confirm: lapin::Result<Confirmation>, returned: &mut BTreeSet<Option<String>>) -> Sent {
    let confirm = confirm.map_err(|error| Unsent::Doubtful(error.to_string()))?;
    let refused = !confirm.is_ack();
    if let Some(message) = confirm.take_message() {
        returned.insert(id(&message.properties));
    }
    if refused {
        return Err(Unsent::Doubtful("RabbitMQ refused it: its queue is full or has no leader".into()));
    }
    Ok(())
}

fn id(properties: &BasicProperties) -> Option<String> {
    properties.message_id().as_ref().map(ToString::to_string)
}

fn doubt(parcels: &[Parcel], error: &str) -> Vec<Sent> {
    vec![Err(Unsent::Doubtful(error.to_owned())); parcels.len()]
}
