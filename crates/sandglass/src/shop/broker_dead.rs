//! The dead letters in a broker, as an operator sees all others: by number.

use api::topics;
use async_trait::async_trait;
use bus_rabbit::{DeadLetter as Found, DeadLetters as Queue, Which};
use clock::Ms;
use delay::{DeadLetter, DeadLetters, Message, Topic, Unavailable};

/// How many a look takes.
const LOOK: usize = 1_000;

/// One service's dead letters in the broker.
pub(super) struct BrokerDead {
    pub(super) queue: Queue,
    pub(super) service: &'static str,
}

impl BrokerDead {
    async fn look(&self) -> Result<Vec<Found>, Unavailable> {
        self.queue.list(self.service, LOOK).await.map_err(away)
    }

    /// Which letter has this number now.
    async fn which(&self, id: i64) -> Result<Option<Which>, Unavailable> {
        let found = self.look().await?.into_iter().find(|letter| number(letter) == id);
        Ok(found.map(|letter| letter.message_id.map_or(Which::Ordinal(letter.ordinal), Which::Id)))
    }
}

#[async_trait]
impl DeadLetters for BrokerDead {
    async fn list(&self, after: i64, limit: usize) -> Result<Vec<DeadLetter>, Unavailable> {
        let mut letters: Vec<DeadLetter> = self.look().await?.iter().map(letter).collect();
        letters.retain(|letter| letter.id > after);
        letters.sort_by_key(|letter| letter.id);
        letters.truncate(limit);
        Ok(letters)
    }

    async fn count(&self) -> Result<i64, Unavailable> {
        let count = self.queue.count(self.service).await.map_err(away)?;
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }

    async fn replay(&self, id: i64, _: Ms) -> Result<bool, Unavailable> {
        let Some(which) = self.which(id).await? else { return Ok(false) };
        Ok(self.queue.replay(self.service, &which).await.map_err(away)? > 0)
    }

    async fn discard(&self, id: i64) -> Result<bool, Unavailable> {
        let Some(which) = self.which(id).await? else { return Ok(false) };
        Ok(self.queue.discard(self.service, &which).await.map_err(away)? > 0)
    }
}

/// A broker numbers nothing: the number is made of the message's id, so it stays while others come and go.
fn number(found: &Found) -> i64 {
    let Some(id) = &found.message_id else { return i64::try_from(found.ordinal).unwrap_or(i64::MAX) };
    let mut short = [0; 8];
    short.copy_from_slice(&blake3::hash(id.as_bytes()).as_bytes()[..8]);
    // Short enough to type, long enough that two of a thousand hardly ever meet.
    i64::from_be_bytes(short).unsigned_abs().cast_signed() % 1_000_000_000_000
}

fn letter(found: &Found) -> DeadLetter {
    let key = found.routing_key.as_deref().unwrap_or("");
    let known = topics::OF_TRADE.iter().chain(topics::OF_PAY).find(|topic| topic.name == key);
    let topic = known.copied().unwrap_or(Topic { code: 0, name: "unknown" });
    let subject = std::str::from_utf8(&found.body).ok().and_then(|text| text.trim().parse().ok());
    let at = found.created.unwrap_or_default();
    DeadLetter {
        id: number(found),
        died: found.dead.unwrap_or(at),
        message: Message {
            body: found.body.clone(),
            attempts: found.attempts,
            trace: found.trace.clone(),
            ..Message::new(topic, subject.unwrap_or(0), at, at)
        },
        error: found.error.clone().unwrap_or_default(),
    }
}

fn away(error: impl std::fmt::Display) -> Unavailable {
    Unavailable(error.to_string())
}
