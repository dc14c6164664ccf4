//! The protocol over real connections: what is believed, and what is no answer.
#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod answers;
mod requests;
mod world;
