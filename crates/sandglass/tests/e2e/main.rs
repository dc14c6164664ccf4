//! The whole shop, from the door inward: real services, real storage, a clock driven by hand where time
//! matters.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod address;
#[cfg(feature = "otlp")]
#[path = "../collector/mod.rs"]
mod collector;
mod data;
mod hangups;
mod kill;
mod metrics;
mod moving;
mod outages;
mod races;
mod refunds;
mod timeouts;
#[cfg(feature = "otlp")]
mod traces;
mod world;
