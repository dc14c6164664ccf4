//! The engine for many processes, on PostgreSQL.
//!
//! * A service's tables are in a **schema of its own**, which only its own role may read and write.
//! * **Batches**: what arrives together is one transaction of a few statements over arrays ([`Batcher`]). It
//!   locks every row it decides on in sorted order, decides in memory by the same pure functions as the embedded
//!   engine, and sends all its writes and the commit in one round trip ([`Tx::write`]).
//! * Refusals are data. Serialisation failures, deadlocks and two transactions meeting on one unique key run the
//!   whole batch again; a row that makes no sense costs only whoever asked for it.
//! * A lost connection is [`Error::Unavailable`](crate::Error::Unavailable), or
//!   [`Error::Unknown`](crate::Error::Unknown) if it was lost during a commit; the pool connects again by itself.

mod batch;
mod db;
mod durable;
mod failure;
mod keys;
mod migrate;
mod outbox;
mod provision;
mod tx;
mod watch;
mod worker;

pub use batch::{Batch, Batcher};
pub use db::{Conn, Db, Options, Reads};
pub use durable::Keeping;
pub use keys::{KeyBook, Keys};
pub use outbox::{Deposit, PgOutbox};
pub use provision::{Account, provision};
pub use tokio_postgres::Row;
pub use tx::{Params, Tx};
pub use watch::Watch;
pub use worker::Worker;

pub(crate) use failure::{is_of_a_row, sentence};
pub(crate) use migrate::known_versions;

/// The parameters of a statement, owned: `params![order, now.0]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        vec![$(Box::new($value) as Box<dyn $crate::postgres::ToSql + Sync + Send>),*]
    };
}

pub use tokio_postgres::types::{ToSql, Type};
