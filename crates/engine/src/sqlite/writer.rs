//! The one writer: a thread that commits what arrives together.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;

use parking_lot::Mutex;
use rusqlite::Connection;

use super::checkpoint::{self, StartOver};
use super::core::{Care, Unit, run_batch};
use crate::{Error, Result};

/// How many units may wait for the writer; one more is refused.
pub(super) const QUEUE: usize = 8_192;
/// How many units one commit takes at most.
const BATCH: usize = 512;

/// Where units go.
pub(super) enum Writer {
    /// To a thread of its own, which groups them.
    Thread(SyncSender<Box<dyn Unit>>),
    /// Nowhere: each is run and committed by its caller. Deterministic, for tests and simulation.
    Inline(Box<Mutex<(Connection, Care)>>),
}

impl Writer {
    pub(super) fn spawn(connection: Connection, wal: StartOver) -> Result<Self> {
        let (queue, units) = sync_channel(QUEUE);
        thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || write_all(&connection, &units, &wal))
            .map_err(|error| Error::Unavailable(format!("the writer thread did not start: {error}")))?;
        Ok(Writer::Thread(queue))
    }

    pub(super) fn inline(connection: Connection) -> Self {
        Writer::Inline(Box::new(Mutex::new((connection, Care::default()))))
    }

    pub(super) fn submit(&self, unit: Box<dyn Unit>) -> Result<()> {
        match self {
            Writer::Thread(queue) => queue.try_send(unit).map_err(|refused| match refused {
                TrySendError::Full(_) => Error::Overloaded,
                TrySendError::Disconnected(_) => Error::Unavailable("the writer has stopped".into()),
            }),
            Writer::Inline(inline) => {
                let (connection, care) = &mut *inline.lock();
                run_batch(connection, vec![unit], care).unwrap_or_else(|error| stop_process(&error));
                Ok(())
            }
        }
    }
}

fn write_all(connection: &Connection, units: &Receiver<Box<dyn Unit>>, wal: &StartOver) {
    let mut care = Care::default();
    while let Ok(first) = units.recv() {
        let mut batch = vec![first];
        batch.extend(units.try_iter().take(BATCH - 1));
        if let Err(error) = run_batch(connection, batch, &mut care) {
            stop_process(&error);
        }
        if wal.take() {
            checkpoint::start_over(connection);
        }
    }
}

/// A commit whose outcome is unknown leaves no honest answer to give. The file knows what happened; the next
/// start reads it from there.
#[expect(clippy::exit, reason = "going on would mean guessing whether a commit happened")]
fn stop_process(error: &Error) {
    tracing::error!(%error, "a commit failed with an unknown outcome; stopping, so that the next start recovers");
    std::process::exit(1);
}
