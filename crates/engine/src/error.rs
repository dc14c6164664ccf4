//! What can go wrong in storage. A refusal by a rule is not an error: it is data a unit returns.

/// A storage error. Unless said otherwise nothing of the unit was committed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The writer's queue is full: too many units wait. Try again shortly.
    #[error("too many writes are waiting")]
    Overloaded,
    /// The engine cannot write at present, such as with a full disk. The sentence says what to do.
    #[error("{0}")]
    Unavailable(String),
    /// The unit of work panicked: a mistake in the program. It was undone.
    #[error("the unit of work stopped at a mistake of its own and was undone")]
    Broken,
    /// A stored value makes no sense. The row is left as it is.
    #[error("table {table}, row {row}: the stored value is corrupt")]
    Corrupt {
        /// Which table.
        table: &'static str,
        /// Which row, as its key.
        row: String,
    },
    /// The data was written by a newer version.
    #[error(
        "the data of `{service}` is at version {found}, but this program knows only up to {known}; \
         start the newer program, or restore a backup made before the upgrade"
    )]
    NewerData {
        /// Which service's tables.
        service: &'static str,
        /// The version found.
        found: usize,
        /// The newest version this program knows.
        known: usize,
    },
    /// The data directory is in use.
    #[error("the data directory {0} is in use by another process; stop that one, or give another --data")]
    Locked(String),
    /// The data directory cannot be used.
    #[error("the data directory {path} cannot be used: {reason}; give a writable directory with --data")]
    Directory {
        /// The directory.
        path: String,
        /// What the operating system says.
        reason: String,
    },
    /// The database went away while it committed: whether it did is not known. Ask again with the same key.
    #[error("the database went away during a commit; whether it happened is not known")]
    Unknown,
    /// The database engine said no.
    #[error("database error: {0}")]
    Sql(#[from] rusqlite::Error),
    /// The database server said no.
    #[error("database error: {}", crate::postgres::sentence(.0))]
    Postgres(#[from] tokio_postgres::Error),
}

impl Error {
    /// Whether the disk is full.
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Error::Sql(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull))
    }

    /// Whether a stored row is at fault rather than the storage: corrupt, of a wrong type, or in the way.
    pub fn is_of_a_row(&self) -> bool {
        match self {
            Error::Corrupt { .. } => true,
            Error::Sql(error) => {
                error.sqlite_error_code().is_none_or(|code| code == rusqlite::ErrorCode::ConstraintViolation)
            }
            Error::Postgres(error) => crate::postgres::is_of_a_row(error),
            _ => false,
        }
    }

    /// A corrupt value of `table` at `row`.
    pub fn corrupt(table: &'static str, row: impl std::fmt::Display) -> Self {
        Error::Corrupt { table, row: row.to_string() }
    }
}
