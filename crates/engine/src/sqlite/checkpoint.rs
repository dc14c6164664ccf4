//! Moves committed pages from the WAL to the file, beside the writer.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;

use crate::{Error, Result};

/// Below this size of the WAL a checkpoint is not worth its sync.
const WORTH_BYTES: u64 = 8 << 20;
/// Above this size the WAL must be emptied even if the writer has to wait for it.
const CEILING_BYTES: u64 = 512 << 20;
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Starts the checkpointer of the database at `path`. It ends with the process.
pub(super) fn spawn(path: &Path) -> Result<()> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(2))?;
    let wal = wal_path(path);
    thread::Builder::new()
        .name("sqlite-checkpoint".into())
        .spawn(move || keep_small(&connection, &wal))
        .map_err(|error| Error::Unavailable(format!("the checkpoint thread did not start: {error}")))?;
    Ok(())
}

fn wal_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

fn keep_small(connection: &Connection, wal: &Path) {
    let mut done_at = 0;
    // The file went away: so did the database (a test's directory, an operator's rm).
    while let Ok(file) = wal.metadata() {
        let size = file.len();
        metrics::gauge!("sandglass_wal_bytes").set(size_as_f64(size));
        // The file keeps its size after a checkpoint that lets the writer start over at its head.
        if size >= CEILING_BYTES {
            checkpoint(connection, "TRUNCATE");
        } else if size >= WORTH_BYTES || size != done_at {
            checkpoint(connection, "PASSIVE");
            done_at = size;
        }
        thread::sleep(LOOK_EVERY);
    }
}

fn checkpoint(connection: &Connection, mode: &str) {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    if let Err(error) = connection.query_row(&sql, [], |_| Ok(())) {
        tracing::warn!(%error, mode, "a checkpoint did not finish; the next one goes on");
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge of some hundred megabytes")]
fn size_as_f64(size: u64) -> f64 {
    size as f64
}
