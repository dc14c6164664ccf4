//! The auditor over what a shop is kept in.
//!
//! Every service tells its own facts from its own tables; here they are put together over *one* snapshot of
//! the database, embedded or PostgreSQL, so that no two of them are of different moments.

mod embedded;
pub mod ended;
mod schemas;

use audit::{Report, Times};
use clock::Ms;
use engine::postgres::Db as PgDb;
use engine::sqlite::Db;

pub use embedded::{Apart, Snapshot};
pub use schemas::Schemas;

/// How long whatever must happen in time may take, in milliseconds: the sweeps' interval and grace, and some
/// more for what they find.
pub const GRACE_MS: i64 = 2 * clock::MINUTE;

/// Audits the whole database as of `now`. Takes as long as reading everything takes: call it where that
/// bothers nobody.
pub fn audit(db: &Db, now: Ms, grace_ms: i64) -> audit::Result<Report> {
    let snapshot = Snapshot::take(db)?;
    audit::audit(&snapshot, Times { now, grace_ms })
}

/// Audits all schemas of a PostgreSQL database as of `now`, as a role that may read them.
pub async fn audit_schemas(db: &PgDb, now: Ms, grace_ms: i64) -> audit::Result<Report> {
    let snapshot = Schemas::take(db).await.map_err(audit::Error::unreadable)?;
    let audited = tokio::task::spawn_blocking(move || audit::audit(&snapshot, Times { now, grace_ms })).await;
    audited.unwrap_or_else(|stopped| Err(audit::Error::unreadable(stopped)))
}
