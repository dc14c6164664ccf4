//! A message and its key.

use clock::Ms;

/// What a message is about. `code` is what the database stores; `name` is what people and brokers see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic {
    /// Unique among all topics of the system, and never reused.
    pub code: u16,
    /// The routing key.
    pub name: &'static str,
}

/// Identifies a message in its outbox, and orders messages by the time they come due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// When it comes due.
    pub due: Ms,
    /// Its topic's code.
    pub topic: u16,
    /// What it is about, such as an order. The same subject, topic and time is the same message.
    pub subject: u64,
}

/// A message's place in a pump's queue: by the time it is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    pub(crate) ready: Ms,
    pub(crate) key: Key,
}

/// A message waiting for its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it is about.
    pub topic: Topic,
    /// Whom it is about; handlers of id-only messages need nothing else.
    pub subject: u64,
    /// When it is to be handled; not before.
    pub due: Ms,
    /// When its pump hands it over: when it is due, or sooner where the bus itself waits until then
    /// ([`crate::Bus::holds_delays`]).
    pub ready: Ms,
    /// Further content, usually JSON; empty where the subject says it all.
    pub body: Vec<u8>,
    /// How often it was tried already.
    pub attempts: u32,
    /// How many of these tries failed through its own fault rather than an absent other side's.
    pub rejects: u32,
    /// When it was written.
    pub created: Ms,
    /// W3C `traceparent` of what led to it; empty if there was none.
    pub trace: String,
}

impl Message {
    /// A message of `topic` about `subject`, due at `due`, without content.
    pub fn new(topic: Topic, subject: u64, due: Ms, created: Ms) -> Self {
        Self {
            topic,
            subject,
            due,
            ready: due,
            body: Vec::new(),
            attempts: 0,
            rejects: 0,
            created,
            trace: String::new(),
        }
    }

    /// The same with content.
    #[must_use]
    pub fn with_body(self, body: Vec<u8>) -> Self {
        Self { body, ..self }
    }

    /// Its key.
    pub fn key(&self) -> Key {
        Key { due: self.due, topic: self.topic.code, subject: self.subject }
    }

    pub(crate) fn place(&self) -> Place {
        Place { ready: self.ready, key: self.key() }
    }
}
