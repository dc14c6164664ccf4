//! Which way a topic's messages take through the broker.

use delay::Topic;

/// The kind of a route's exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeKind {
    /// Routes by the exact routing key.
    Direct,
    /// Routes by patterns of routing keys.
    Topic,
}

impl ExchangeKind {
    /// Its name in the protocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Topic => "topic",
        }
    }
}

/// How a message's content is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Codec {
    /// The subject is all there is to say: the body is the subject as a JSON number.
    Id,
    /// The body is the message's own JSON as it is; the subject travels in a header.
    Body {
        /// The header's name. A message without it is about subject 0.
        subject_header: String,
    },
}

/// Where the messages of one topic go and how they look there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The topic.
    pub topic: Topic,
    /// The exchange it is published to.
    pub exchange: String,
    /// The exchange's kind.
    pub kind: ExchangeKind,
    /// The routing key it is published with, and the queue is bound by.
    pub routing_key: String,
    /// The queue its handler listens to.
    pub queue: String,
    /// Who handles it. The service's dead letters lie in `<service>.error.queue`.
    pub service: String,
    /// Whether its messages wait in the broker until they are due, instead of in the outbox.
    pub delayed: bool,
    /// How its content is written.
    pub codec: Codec,
    /// The `__TypeId__` header for Spring's message converters, if any.
    pub type_id: Option<String>,
}

impl Route {
    /// A route through a direct exchange under the topic's own name, for messages that are all said by their
    /// subject and are handed over when they are due.
    pub fn new(topic: Topic, exchange: &str, queue: &str, service: &str) -> Self {
        Self {
            topic,
            exchange: exchange.into(),
            kind: ExchangeKind::Direct,
            routing_key: topic.name.into(),
            queue: queue.into(),
            service: service.into(),
            delayed: false,
            codec: Codec::Id,
            type_id: None,
        }
    }

    /// The same through a topic exchange.
    #[must_use]
    pub fn through_topic_exchange(self) -> Self {
        Self { kind: ExchangeKind::Topic, ..self }
    }

    /// The same, but its messages wait in the broker until they are due.
    #[must_use]
    pub fn delayed(self) -> Self {
        Self { delayed: true, ..self }
    }

    /// The same, but its messages have a body, and the subject travels in the header `subject_header`.
    #[must_use]
    pub fn with_body(self, subject_header: &str) -> Self {
        Self { codec: Codec::Body { subject_header: subject_header.into() }, ..self }
    }

    /// The same with a `__TypeId__`.
    #[must_use]
    pub fn with_type_id(self, type_id: &str) -> Self {
        Self { type_id: Some(type_id.into()), ..self }
    }

    /// The queue its dead letters lie in.
    pub(crate) fn error_queue(&self) -> String {
        error_queue(&self.service)
    }

    /// The queue where what its publisher sends waits for `step_ms`, on the way to the exchange.
    pub(crate) fn delay_queue(&self, step_ms: i64) -> String {
        format!("{}.delay.{step_ms}", self.queue)
    }

    /// The queue where what its consumer put off waits for `step_ms`, on the way back to its own queue only.
    pub(crate) fn retry_queue(&self, step_ms: i64) -> String {
        format!("{}.retry.{step_ms}", self.queue)
    }

    pub(crate) fn prefixed(self, prefix: &str) -> Self {
        let name = |plain: &str| format!("{prefix}{plain}");
        Self {
            exchange: name(&self.exchange),
            queue: name(&self.queue),
            service: name(&self.service),
            ..self
        }
    }
}

/// The queue of a service's dead letters.
pub(crate) fn error_queue(service: &str) -> String {
    format!("{service}.error.queue")
}
