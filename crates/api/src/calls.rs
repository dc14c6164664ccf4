//! What services ask of each other.
//!
//! Calls that close or settle come in batches: a thousand orders due at one instant are a few calls, not a
//! thousand. A batch is answered item by item, in the order it was asked.

mod items;
mod link;
mod pay;
mod trade;
mod users;
mod wire;

pub use items::{HoldAnswer, HoldLine, HoldRefusal, HoldRequest, Items, Quote, SettleAnswer, SettleRequest};
pub use link::Link;
pub use pay::{Pay, PayStatus, RefundAnswer};
pub use trade::{OrderFate, Payable, Trade};
pub use users::{Address, Debit, RefundRequest, SettleDebit, Users};
pub use wire::{BadOutcome, Orders, OutcomeBody, WATCHED_MAX, Watched};

/// The other side did not answer: it is down, too slow, or cut off. Whether it did what was asked is
/// *unknown*. Doubt never cancels and never charges twice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no answer from {service}: {reason}")]
pub struct NoAnswer {
    /// Who was asked.
    pub service: &'static str,
    /// What was seen, for the operator.
    pub reason: String,
}

impl NoAnswer {
    /// No answer from `service` because of `reason`.
    pub fn from(service: &'static str, reason: impl std::fmt::Display) -> Self {
        Self { service, reason: reason.to_string() }
    }
}

/// An answer, or none.
pub type Answer<T> = Result<T, NoAnswer>;

/// How many items one batch call may carry.
pub const BATCH_MAX: usize = 512;

/// How many items one look-up of quotes may name over HTTP, where their ids stand in the URL.
pub const QUOTES_MAX: usize = 200;
