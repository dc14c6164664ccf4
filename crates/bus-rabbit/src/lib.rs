#![doc = include_str!("../README.md")]

mod acks;
mod again;
mod backoff;
mod bus;
mod codec;
mod config;
mod connect;
mod dead;
mod desk;
mod error;
#[cfg(test)]
mod fuzz;
pub mod headers;
pub mod limits;
mod listener;
mod next;
mod outlet;
mod publisher;
mod route;
mod session;
mod settle;
mod shared;
mod status;
mod steps;
mod time;
mod topology;

pub use bus::RabbitBus;
pub use config::{Config, Delays, QueueKind};
pub use dead::{DeadLetter, DeadLetters, Which};
pub use error::Error;
pub use route::{Codec, ExchangeKind, Route};
pub use status::BusStatus;
pub use steps::STEPS_MS;
