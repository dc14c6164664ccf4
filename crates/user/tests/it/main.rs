//! The user service against a real database, with a clock that is driven.
#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod addresses;
mod door;
mod facts;
mod interleave_postgres;
mod ledger;
mod login;
mod passwords;
mod paying;
mod refunds;
mod staff;
mod wire;
mod world;
