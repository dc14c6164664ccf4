//! What an operator can do with the dead letters in RabbitMQ. Each call has a short connection of its own, so it
//! works beside a running bus and without one.

use std::sync::Arc;

use clock::Ms;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicGetOptions, BasicNackOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection};

use crate::again::replayed;
use crate::error::not_found;
use crate::headers::{self, short};
use crate::limits::{CONFIRM_WAIT_MS, DEAD_LETTERS_PAGE, DECLARE_WAIT_MS};
use crate::publisher::{Parcel, Publisher};
use crate::route::error_queue;
use crate::shared::{Link, Shared};
use crate::time::within;
use crate::{Error, connect};

/// What the broker is asked for, in the words of an error.
const ASKED: &str = "count dead letters";

/// A message that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its place in the queue, from 0, when it was looked at.
    pub ordinal: usize,
    /// Its message id. What this bus gave up always has one.
    pub message_id: Option<String>,
    /// The queue it was taken from, and goes back to.
    pub queue: Option<String>,
    /// The exchange it was published to at first.
    pub exchange: Option<String>,
    /// The routing key it was published with at first.
    pub routing_key: Option<String>,
    /// Why it was given up.
    pub error: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was written.
    pub created: Option<Ms>,
    /// When it was given up.
    pub dead: Option<Ms>,
    /// Its trace; empty if there was none.
    pub trace: String,
    /// Its body as it was.
    pub body: Vec<u8>,
}

/// Which dead letters are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those with this message id: copies of one message.
    Id(String),
    /// The one at this place. Places move when letters come or go, and in a queue of more than one look takes.
    Ordinal(usize),
    /// All that one look takes, [`DEAD_LETTERS_PAGE`] at most.
    All,
}

impl Which {
    fn means(&self, ordinal: usize, delivery: &Delivery) -> bool {
        match self {
            Self::Id(id) => delivery.properties.message_id().as_ref().is_some_and(|own| own.as_str() == id),
            Self::Ordinal(wanted) => *wanted == ordinal,
            Self::All => true,
        }
    }
}

/// The dead letters of the services on one broker.
#[derive(Clone)]
pub struct DeadLetters {
    pub(crate) shared: Arc<Shared>,
}

impl DeadLetters {
    /// The first dead letters of `service`, at most `limit`. They stay where they are; while they are looked at,
    /// nobody else sees them.
    pub async fn list(&self, service: &str, limit: usize) -> Result<Vec<DeadLetter>, Error> {
        let look = Look::take(&self.shared, service).await?;
        let letters = look
            .letters
            .iter()
            .enumerate()
            .take(limit)
            .map(|(ordinal, delivery)| read(ordinal, delivery))
            .collect();
        look.leave().await;
        Ok(letters)
    }

    /// How many dead letters of `service` there are, without touching them.
    pub async fn count(&self, service: &str) -> Result<u64, Error> {
        let (settings, clock) = (&self.shared.settings, &*self.shared.clock);
        let queue = error_queue(&format!("{}{service}", settings.prefix));
        // The bus's own connection, where there is one: whoever watches asks again and again.
        let link = self.shared.link.borrow().clone();
        if let Link::Up(publisher) = link {
            return within(clock, DECLARE_WAIT_MS, ASKED, count(publisher.connection(), &queue)).await?;
        }
        let connection =
            connect::open(&settings.address, &format!("{} counts", settings.name), clock).await?;
        let counted = within(clock, DECLARE_WAIT_MS, ASKED, count(&connection, &queue)).await;
        connect::close(&connection, clock).await;
        counted?
    }

    /// Sends dead letters back to the queues they were taken from, with a fresh count of tries; answers how many.
    /// Each leaves the dead letters only after the broker confirmed that it is in its queue again.
    pub async fn replay(&self, service: &str, which: &Which) -> Result<usize, Error> {
        let mut look = Look::take(&self.shared, service).await?;
        let chosen = look.choose(which);
        let replayed = look.replay(&chosen).await;
        look.leave().await;
        replayed
    }

    /// Drops dead letters for good; answers how many.
    pub async fn discard(&self, service: &str, which: &Which) -> Result<usize, Error> {
        let mut look = Look::take(&self.shared, service).await?;
        let chosen = look.choose(which);
        let dropped = drop_all(&chosen).await;
        look.leave().await;
        dropped
    }
}

/// The first dead letters, held while they are looked at. Always as many as there are, up to the page: what is
/// given back goes to the end of the queue, so looking at a few would change their order.
/// Whatever was not acknowledged goes back when it ends.
struct Look {
    shared: Arc<Shared>,
    publisher: Publisher,
    channel: Channel,
    letters: Vec<Delivery>,
}

impl Look {
    async fn take(shared: &Arc<Shared>, service: &str) -> Result<Self, Error> {
        let (settings, clock) = (&shared.settings, &*shared.clock);
        let name = format!("{} looks at dead letters", settings.name);
        let connection = connect::open(&settings.address, &name, clock).await?;
        let queue = error_queue(&format!("{}{service}", settings.prefix));
        let taking = take(&connection, &queue);
        let (channel, letters) = within(clock, DECLARE_WAIT_MS, "list dead letters", taking).await??;
        let publisher = Publisher::new(connection, shared.clone());
        Ok(Self { shared: shared.clone(), publisher, channel, letters })
    }

    fn choose(&mut self, which: &Which) -> Vec<Delivery> {
        let letters = std::mem::take(&mut self.letters).into_iter().enumerate();
        let (chosen, others): (Vec<_>, Vec<_>) =
            letters.partition(|(ordinal, letter)| which.means(*ordinal, letter));
        self.letters = others.into_iter().map(|(_, letter)| letter).collect();
        chosen.into_iter().map(|(_, letter)| letter).collect()
    }

    async fn replay(&self, chosen: &[Delivery]) -> Result<usize, Error> {
        let parcels = chosen.iter().map(parcel).collect::<Result<Vec<_>, _>>()?;
        let sent = self.publisher.send(&parcels).await;
        let mut replayed = 0;
        for (delivery, sent) in chosen.iter().zip(&sent) {
            if sent.is_ok() {
                delivery.ack(BasicAckOptions::default()).await?;
                replayed += 1;
            }
        }
        match sent.into_iter().find_map(Result::err) {
            Some(unsent) => Err(Error::NotReplayed(unsent.to_string())),
            None => Ok(replayed),
        }
    }

    /// Gives back what is still held. Closing would do that too, but in its own time.
    async fn leave(self) {
        let options = BasicNackOptions { requeue: true, multiple: true };
        let giving_back = async {
            if let Some(last) = self.letters.last() {
                last.nack(options).await?;
            }
            self.channel.close(200, "OK".into()).await
        };
        if let Ok(Err(error)) = within(&*self.shared.clock, CONFIRM_WAIT_MS, "give back", giving_back).await {
            tracing::debug!(%error, "dead letters go back as the connection closes");
        }
        connect::close(self.publisher.connection(), &*self.shared.clock).await;
    }
}

/// How many messages wait in `queue`; none if it is not there, since no service has listened yet. A channel of its
/// own, because that answer closes it.
async fn count(connection: &Connection, queue: &str) -> Result<u64, Error> {
    let channel = connection.create_channel().await?;
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    match channel.queue_declare(short(queue), passive, FieldTable::default()).await {
        Ok(found) => {
            let count = found.message_count();
            channel.close(200, "OK".into()).await?;
            Ok(count.into())
        }
        Err(error) if not_found(&error) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

async fn take(connection: &Connection, queue: &str) -> Result<(Channel, Vec<Delivery>), Error> {
    let channel = connection.create_channel().await?;
    let mut letters = Vec::new();
    while letters.len() < DEAD_LETTERS_PAGE {
        match channel.basic_get(short(queue), BasicGetOptions::default()).await {
            Ok(Some(letter)) => letters.push(letter.delivery),
            Ok(None) => break,
            // No service has listened yet, so there are no dead letters either.
            Err(error) if not_found(&error) => return Ok((connection.create_channel().await?, Vec::new())),
            Err(error) => return Err(error.into()),
        }
    }
    Ok((channel, letters))
}

async fn drop_all(chosen: &[Delivery]) -> Result<usize, Error> {
    for delivery in chosen {
        delivery.ack(BasicAckOptions::default()).await?;
    }
    Ok(chosen.len())
}

fn parcel(delivery: &Delivery) -> Result<Parcel, Error> {
    let table = headers::of(&delivery.properties);
    let queue = headers::text(&table, headers::ORIGIN_QUEUE).or(headers::text(&table, "x-first-death-queue"));
    let queue =
        queue.ok_or_else(|| Error::NotReplayed("nothing in it says which queue it came from".into()))?;
    let (properties, body) = (replayed(&delivery.properties), delivery.data.clone());
    Ok(Parcel { exchange: String::new(), routing_key: queue, mandatory: true, properties, body })
}

fn read(ordinal: usize, delivery: &Delivery) -> DeadLetter {
    let table = headers::of(&delivery.properties);
    let text = |name| headers::text(&table, name);
    DeadLetter {
        ordinal,
        message_id: delivery.properties.message_id().as_ref().map(ToString::to_string),
        queue: text(headers::ORIGIN_QUEUE),
        exchange: text(headers::ORIGIN_EXCHANGE),
        routing_key: text(headers::ORIGIN_KEY),
        error: text(headers::ERROR),
        attempts: headers::counter(&table, headers::ATTEMPTS),
        created: headers::integer(&table, headers::CREATED).map(Ms),
        dead: headers::integer(&table, headers::DEAD).map(Ms),
        trace: text(headers::TRACE).unwrap_or_default(),
        body: delivery.data.clone(),
    }
}
