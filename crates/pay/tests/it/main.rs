//! The payment service against a real database, with scripted neighbours and a clock that is driven.
#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod apply;
mod bank;
mod bills;
mod both;
mod close;
mod facts;
mod holes;
mod http;
mod interleave_postgres;
mod interleavings;
mod late;
mod notices;
mod press;
mod refund;
mod shop;
mod sweep;
mod till;
mod world;
