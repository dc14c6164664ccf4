//! What can go wrong with a broker.

use lapin::ErrorKind;
use lapin::protocol::{AMQPErrorKind, AMQPHardError, AMQPSoftError};

/// Why the broker could not be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The configuration cannot work.
    #[error("the RabbitMQ configuration cannot work: {0}")]
    Config(String),
    /// The connection failed, or the broker refused something.
    #[error("RabbitMQ is not usable now: {0}")]
    Broker(#[from] lapin::Error),
    /// The broker did not answer in time.
    #[error("RabbitMQ did not answer within {wait_ms} ms to: {to}")]
    Silent {
        /// What was asked.
        to: &'static str,
        /// How long it was waited for.
        wait_ms: i64,
    },
    /// The broker asked for a pause.
    #[error("RabbitMQ accepts no messages for now: it is short of memory or disk")]
    Blocked,
    /// The bus was told to stop.
    #[error("the bus has stopped")]
    Stopped,
    /// The connection was closed, or did not do its work any more.
    #[error("the connection to RabbitMQ was lost or given up")]
    GivenUp,
    /// A queue's consumer was ended by the broker, as when the queue is deleted.
    #[error("RabbitMQ ended the consumer of the queue `{queue}`")]
    ConsumerEnded {
        /// The queue.
        queue: String,
    },
    /// An exchange exists with another type.
    #[error(
        "the exchange `{exchange}` exists as another type than `{kind}`; delete it, or choose the delay mode it was \
         made for ({answer})"
    )]
    ExchangeDiffers {
        /// The exchange.
        exchange: String,
        /// The type it should have.
        kind: String,
        /// What the broker said.
        answer: String,
    },
    /// The broker lacks the plugin.
    #[error(
        "the broker has no exchange type `x-delayed-message`; install and enable the plugin \
         rabbitmq_delayed_message_exchange, or use the delay mode `ttl`, which needs no plugin"
    )]
    NoDelayPlugin,
    /// A dead letter could not be published again.
    #[error("a dead letter could not be replayed and stays where it is: {0}")]
    NotReplayed(String),
}

impl Error {
    /// Whether trying again soon is pointless, because a human has to mend it.
    pub(crate) fn needs_a_human(&self) -> bool {
        matches!(self, Self::Config(_) | Self::ExchangeDiffers { .. } | Self::NoDelayPlugin)
    }
}

/// Whether the broker refused a declaration because the thing exists with other properties.
pub(crate) fn exists_otherwise(error: &lapin::Error) -> bool {
    soft(error, &AMQPSoftError::PRECONDITIONFAILED)
}

/// Whether the broker does not have what was named.
pub(crate) fn not_found(error: &lapin::Error) -> bool {
    soft(error, &AMQPSoftError::NOTFOUND)
}

/// Whether the broker does not know an exchange type.
pub(crate) fn unknown_type(error: &lapin::Error) -> bool {
    let wanted = [AMQPHardError::COMMANDINVALID, AMQPHardError::NOTALLOWED].map(AMQPErrorKind::Hard);
    matches!(error.kind(), ErrorKind::ProtocolError(error) if wanted.contains(error.kind()))
}

fn soft(error: &lapin::Error, wanted: &AMQPSoftError) -> bool {
    matches!(error.kind(), ErrorKind::ProtocolError(error)
        if matches!(error.kind(), AMQPErrorKind::Soft(kind) if kind == wanted))
}
