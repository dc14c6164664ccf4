//! The whole shop, from the door inward: real services and real storage.
//!
//! The cases are about orders and run on three kinds of shop, unchanged: in this process on the embedded database or
//! on `PostgreSQL`, with a clock driven by hand; and on the processes of `cargo xtask cluster up`, where time passes
//! by itself and the operator's port is all a test knows beside the door. What is about one process or meddles with
//! tables says by name that it is skipped there. [`world::told`] is where the choice is read.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod address;
mod archive;
mod channel;
#[cfg(feature = "otlp")]
#[path = "../collector/mod.rs"]
mod collector;
mod data;
mod hangups;
mod keeping;
mod kill;
mod kills;
mod metrics;
mod moving;
mod ops;
mod outages;
mod pages;
mod placing;
mod poison;
mod races;
#[path = "../web/reader.rs"]
mod reader;
mod refunds;
mod staff;
mod synced;
mod timeouts;
#[cfg(feature = "otlp")]
mod traces;
mod world;
