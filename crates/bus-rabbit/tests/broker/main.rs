//! The bus against a real broker. Each test has names of its own there and removes what it made.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod dead;
mod delays;
mod delivery;
mod outages;
mod plugin;
mod proxy;
mod pump;
mod recorder;
mod spring;
mod world;
