//! The handle services hold.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;

use super::checkpoint;
use super::core::Closure;
use super::readers::{Reader, Readers};
use super::writer::Writer;
use super::{Tx, Watch, migrate};
use crate::{Error, Migrations, Result};

/// Statements kept prepared on the writer.
const STATEMENTS: usize = 512;

/// How to open a database.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Run units on their caller instead of a writing thread: deterministic, no grouping.
    pub inline: bool,
    /// Wait for the disk at every commit. Off only in tests that do not cut the power.
    pub durable: bool,
    /// The writer's page cache, in KiB.
    pub cache_kib: i64,
    /// How long the writer waits at most while somebody else (a person with a database shell) holds the
    /// write lock, in milliseconds.
    pub busy_ms: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { inline: false, durable: true, cache_kib: 48 * 1_024, busy_ms: checkpoint::BUSY_MS }
    }
}

impl Options {
    /// For tests: deterministic, and not waiting for the disk.
    pub fn for_tests() -> Self {
        Self { inline: true, durable: false, ..Self::default() }
    }
}

/// A database. Clones share its writer and readers.
#[derive(Clone)]
pub struct Db {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
    inline: bool,
    watch: Option<Arc<dyn Watch>>,
}

impl Db {
    /// Opens or creates the file at `path` and brings every service's tables up to date.
    pub fn open(path: &Path, options: Options, services: &[Migrations]) -> Result<Self> {
        create_private(path)?;
        let mut connection = Connection::open(path)?;
        configure(&connection, options)?;
        for service in services {
            migrate::run(&mut connection, service)?;
        }
        let writer = if options.inline {
            Writer::inline(connection)
        } else {
            let start_over = checkpoint::StartOver::default();
            checkpoint::spawn(path, start_over.clone())?;
            Writer::spawn(connection, start_over)?
        };
        Ok(Self {
            writer: Arc::new(writer),
            readers: Readers::new(path),
            inline: options.inline,
            watch: None,
        })
    }

    /// The same database with somebody beside its commits; for simulations. Clones made before are not watched.
    #[must_use]
    pub fn watched(self, watch: Arc<dyn Watch>) -> Self {
        Self { watch: Some(watch), ..self }
    }

    /// Runs `work` in a transaction and answers once it is committed. An `Err` from `work` undoes it alone.
    /// `work` must not wait for anything; what arrives together shares one commit. Where another's work in the
    /// same commit fails, all of it is undone and each is run once more, so it must change nothing but the transaction.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let Some(watch) = &self.watch else { return self.commit(work).await };
        let unit = std::any::type_name::<F>();
        watch.before(unit).await?;
        let committed = self.commit(work).await;
        watch.after(unit).await;
        committed
    }

    async fn commit<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (unit, answer) = Closure::boxed(work);
        self.writer.submit(unit)?;
        answer.await.unwrap_or_else(|_| Err(Error::Unavailable("the writer has stopped".into())))
    }

    /// Reads on the calling thread: for look-ups by key that take microseconds.
    pub fn read<T>(&self, look: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        look(&*self.readers.borrow()?)
    }

    /// Reads on a thread where it may take its time: for lists, searches and scans.
    pub async fn scan<T, F>(&self, look: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        if self.inline {
            return self.read(look);
        }
        let db = self.clone();
        tokio::task::spawn_blocking(move || db.read(look))
            .await
            .unwrap_or_else(|_| Err(Error::Unavailable("the read was interrupted".into())))
    }

    /// Borrows a reading connection, such as for a snapshot over many statements.
    pub fn reader(&self) -> Result<Reader> {
        self.readers.borrow()
    }

    /// The next worker number for making ids, unique among all starts that share this file.
    pub async fn lease_worker(&self) -> Result<u16> {
        self.write(|tx| {
            let sql = "INSERT INTO engine_meta (name, value) VALUES ('worker', 1)
                       ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value";
            let count: i64 = tx.query_row(sql, [], |row| row.get(0))?;
            Ok(u16::try_from(count % i64::from(clock::WORKERS)).unwrap_or(0))
        })
        .await
    }
}

/// Makes a file that is not there yet, for its owner's eyes only: it will hold password hashes and addresses.
/// `SQLite` gives its companions, the WAL and its index, the same mode.
fn create_private(path: &Path) -> Result<()> {
    let opened = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path);
    opened.map(drop).map_err(|error| Error::Directory {
        path: path.parent().unwrap_or(path).display().to_string(),
        reason: error.to_string(),
    })
}

fn configure(connection: &Connection, options: Options) -> Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", if options.durable { "FULL" } else { "OFF" })?;
    connection.pragma_update(None, "wal_autocheckpoint", if options.inline { 1_000 } else { 0 })?;
    connection.pragma_update(None, "cache_size", -options.cache_kib)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.busy_timeout(std::time::Duration::from_millis(options.busy_ms))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}
