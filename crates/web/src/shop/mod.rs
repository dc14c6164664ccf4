//! The seam: a page knows the shop by its HTTP interface and nothing else.
//!
//! [`Shop`] takes a question and answers what the interface answered. In one process that is the door's own router
//! ([`Inside`]); in a process of its own, a client of the gateway's replicas ([`Afar`]).

mod afar;
mod inside;

use std::net::IpAddr;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, StatusCode};

pub use afar::Afar;
pub use inside::Inside;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum As {
    /// Nobody in particular.
    Nobody,
    /// The owner of this token.
    Token(String),
    /// The pages themselves, for the few questions the interface has for them.
    Web,
}

/// A question to the shop's HTTP interface. It may hold a password: no `Debug`.
#[derive(Clone)]
pub struct Ask {
    /// Method.
    pub method: Method,
    /// Path with query.
    pub target: String,
    /// Who asks.
    pub who: As,
    /// In which language problems are told: a language tag.
    pub language: &'static str,
    /// The idempotency key of a write.
    pub key: Option<String>,
    /// The JSON body, if there is one.
    pub body: Option<Bytes>,
    /// Where the visitor is, for limits by address.
    pub from: IpAddr,
    /// Under which id the visitor's request is logged; empty: none.
    pub request_id: String,
    /// The trace it belongs to; empty: none.
    pub trace: String,
}

/// What the interface answered.
#[derive(Clone, Debug)]
pub struct Told {
    /// Status.
    pub status: StatusCode,
    /// After how many seconds asking again makes sense, where that was said.
    pub retry_after: Option<u32>,
    /// The whole body.
    pub body: Bytes,
}

/// Nobody answered. Whether the question had an effect is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silent;

/// The shop's HTTP interface.
#[async_trait]
pub trait Shop: Send + Sync + 'static {
    /// Asks, and reads the whole answer.
    async fn ask(&self, ask: Ask) -> Result<Told, Silent>;
}
