//! The shop as processes: every service behind a listener of its own, reached by the others over HTTP alone.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod address;
#[cfg(feature = "otlp")]
#[path = "../collector/mod.rs"]
mod collector;
mod conformance;
mod keys;
mod story;
mod town;
#[cfg(feature = "otlp")]
mod traces;
