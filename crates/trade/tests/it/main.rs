//! The order service against a real database, with scripted neighbours and a clock that is driven.
#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod access;
mod archive;
mod bounds;
mod checks;
mod close;
mod crash;
mod engines;
mod facts;
mod interleavings;
mod keys;
mod place;
mod postgres;
mod refund;
mod shelf;
mod sweep;
mod till;
mod timers;
mod views;
mod wire;
mod world;
