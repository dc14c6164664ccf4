//! The clients against small services that do one thing wrong.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answers;
mod replicas;
mod requests;
mod silence;
mod world;
