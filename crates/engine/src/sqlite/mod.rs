//! The embedded engine: one `SQLite` file in WAL mode, one writing thread, readers beside it.
//!
//! * Every commit is on disk before anyone hears of it (`synchronous=FULL`).
//! * Checkpoints run on a connection of their own, so the writer never pays for them; the WAL has a ceiling.
//! * An I/O error at commit is an unknown outcome: the process stops and recovers from the file.

mod checkpoint;
mod core;
mod db;
mod lock;
mod migrate;
mod once;
mod outbox;
mod pattern;
mod readers;
mod tx;
mod watch;
mod writer;

pub use crate::KEEP_KEYS_MS;
pub use crate::{Keeps, Migrations};
pub use db::{Db, Options};
pub use lock::DataDir;
pub use once::Keys;
pub use outbox::SqliteOutbox;
pub use pattern::Pattern;
pub use readers::Reader;
pub use tx::Tx;
pub use watch::Watch;

pub(crate) use migrate::known_versions;
