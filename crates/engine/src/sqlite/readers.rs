//! Reading connections beside the writer.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags};

use crate::Result;

/// How many idle connections are kept; more are opened under load and closed afterwards.
const IDLE: usize = 8;
const CACHE_KIB: i64 = 2_048;
const STATEMENTS: usize = 128;

/// Idle reading connections.
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

/// A borrowed reading connection; goes back to the pool when dropped.
pub struct Reader {
    connection: Option<Connection>,
    home: Arc<Readers>,
}

impl Readers {
    pub(super) fn new(path: &Path) -> Arc<Self> {
        Arc::new(Self { path: path.to_owned(), idle: Mutex::default() })
    }

    pub(super) fn borrow(self: &Arc<Self>) -> Result<Reader> {
        let idle = self.idle.lock().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.open()?,
        };
        Ok(Reader { connection: Some(connection), home: self.clone() })
    }

    fn open(&self) -> Result<Connection> {
        let connection = Connection::open_with_flags(
            &self.path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    }
}

impl Deref for Reader {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("present until drop")
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        let mut idle = self.home.idle.lock();
        if idle.len() < IDLE && connection.is_autocommit() {
            idle.push(connection);
        }
    }
}
