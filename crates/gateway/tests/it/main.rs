//! The forwarding door in front of small services that tell what they were sent.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod admission;
mod inside;
mod limits;
mod owners;
mod passing;
mod world;
