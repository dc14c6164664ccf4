//! Storage engines under the services.
//!
//! A service hands the engine **units of work**: closures over one transaction. What arrives together is
//! committed together, so the price of a durable commit is shared by all who wait for it; each caller gets
//! its answer only after the commit that holds its unit. One unit that fails is undone alone.
//!
//! * [`sqlite`] is the embedded engine: one file, one writing thread, readers beside it.
//! * [`postgres`] is for many processes: each service has a schema and a role of its own, and units that arrive
//!   together become a few statements over arrays in one transaction.
//! * [`transfer`] moves tables from the one into the other.

mod error;
mod idempotency;
mod migrations;
pub mod postgres;
pub mod sqlite;
pub mod testing;
pub mod transfer;

pub use error::Error;
pub use idempotency::{IdempotencyKey, KEEP_KEYS_MS, Once};
pub use migrations::{Keeps, Migrations};

/// The result of a unit of work or a read.
pub type Result<T, E = Error> = std::result::Result<T, E>;
