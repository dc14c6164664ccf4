//! Moves committed pages from the WAL to the file, beside the writer.
//!
//! Under steady load a checkpoint beside the writer never catches up with its last few frames, and only a WAL
//! that is wholly copied is written from its head again. So the bulk is copied here, and once the WAL has
//! grown, it is copied again until little comes meanwhile, and the writer is asked to copy that small rest itself,
//! between two commits, and start over.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;

use crate::{Error, Result};

/// From this size on the WAL is copied, and the writer is asked to start it over.
const WORTH_BYTES: u64 = 32 << 20;
/// As many frames the writer copies itself without anybody noticing.
const FEW_FRAMES: u64 = 256;
/// How often the WAL is copied in a row at most, before the writer is asked whatever is left.
const ROUNDS_MAX: usize = 4;
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Asks the writer to start the WAL over. Clones are the same request.
#[derive(Clone, Debug, Default)]
pub(super) struct StartOver(Arc<AtomicBool>);

impl StartOver {
    /// Whether it was asked for since the last look.
    pub(super) fn take(&self) -> bool {
        self.0.load(Ordering::Relaxed) && self.0.swap(false, Ordering::Relaxed)
    }

    fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Starts the checkpointer of the database at `path`. It ends with the process.
pub(super) fn spawn(path: &Path, start_over: StartOver) -> Result<()> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    let wal = wal_path(path);
    thread::Builder::new()
        .name("sqlite-checkpoint".into())
        .spawn(move || keep_small(&connection, &wal, &start_over))
        .map_err(|error| Error::Unavailable(format!("the checkpoint thread did not start: {error}")))?;
    Ok(())
}

fn wal_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

fn keep_small(connection: &Connection, wal: &Path, start_over: &StartOver) {
    // The file went away: so did the database (a test's directory, an operator's rm).
    while let Ok(file) = wal.metadata() {
        metrics::gauge!("sandglass_wal_bytes").set(as_f64(file.len()));
        match copy(connection) {
            Ok(Rest::WorthIt) => start_over.ask(),
            Ok(Rest::Little) => {}
            Err(error) => tracing::warn!(%error, "a checkpoint did not finish; the next one goes on"),
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// What is in the WAL after a copy.
enum Rest {
    /// It may go on growing.
    Little,
    /// All but a few frames are copied, and there are enough to start over for.
    WorthIt,
}

/// Copies what is in the WAL. Once that is much, again and again, until few frames come meanwhile: while the writer copies
/// what is left, everybody waits.
fn copy(connection: &Connection) -> rusqlite::Result<Rest> {
    let mut copied = checkpoint(connection, "PASSIVE")?;
    if copied.in_wal_bytes() < WORTH_BYTES {
        return Ok(Rest::Little);
    }
    for _ in 0..ROUNDS_MAX {
        let before = copied.in_wal;
        copied = checkpoint(connection, "PASSIVE")?;
        if copied.in_wal.saturating_sub(before) <= FEW_FRAMES {
            break;
        }
    }
    Ok(Rest::WorthIt)
}

/// Copies the rest of the WAL and starts it over, on the writer's own connection between two commits. Gives
/// up at once if a long read still needs the old frames; the next request tries again.
pub(super) fn start_over(writer: &Connection) {
    let patience = |milliseconds| writer.busy_timeout(Duration::from_millis(milliseconds));
    let done = patience(0).and_then(|()| checkpoint(writer, "RESTART"));
    for error in [done.err(), patience(BUSY_MS).err()].into_iter().flatten() {
        tracing::warn!(%error, "the WAL could not be started over; the next try goes on");
    }
}

/// How long the writer waits for a lock at most, in milliseconds.
pub(super) const BUSY_MS: u64 = 10_000;

/// What a checkpoint found.
struct Frames {
    in_wal: u64,
}

impl Frames {
    fn in_wal_bytes(&self) -> u64 {
        const PAGE_BYTES: u64 = 4_096;
        self.in_wal * PAGE_BYTES
    }
}

fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<Frames> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        Ok(Frames { in_wal: u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0) })
    })
}

#[expect(clippy::cast_precision_loss, reason = "a gauge of some hundred megabytes")]
fn as_f64(bytes: u64) -> f64 {
    bytes as f64
}
