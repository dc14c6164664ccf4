//! Storage engines under the services.
//!
//! A service hands the engine **units of work**: closures over one transaction. What arrives together is
//! committed together, so the price of a durable commit is shared by all who wait for it; each caller gets
//! its answer only after the commit that holds its unit. One unit that fails is undone alone.
//!
//! [`sqlite`] is the embedded engine: one file, one writing thread, readers beside it.

mod error;
mod idempotency;
pub mod sqlite;

pub use error::Error;
pub use idempotency::{IdempotencyKey, Once};

/// The result of a unit of work or a read.
pub type Result<T, E = Error> = std::result::Result<T, E>;
