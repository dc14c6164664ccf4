//! The auditor over the embedded engine.
//!
//! Every service tells its own facts from its own tables; here they are put together over *one* snapshot of
//! the database, so that no two of them are of different moments.

mod source;

use audit::{Report, Times};
use clock::Ms;
use engine::sqlite::Db;

pub use source::Snapshot;

/// How long whatever must happen in time may take, in milliseconds: the sweeps' interval and grace, and some
/// more for what they find.
pub const GRACE_MS: i64 = 2 * clock::MINUTE;

/// Audits the whole database as of `now`. Takes as long as reading everything takes: call it where that
/// bothers nobody.
pub fn audit(db: &Db, now: Ms, grace_ms: i64) -> audit::Result<Report> {
    let snapshot = Snapshot::take(db)?;
    audit::audit(&snapshot, Times { now, grace_ms })
}
