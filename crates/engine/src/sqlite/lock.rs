//! One process per data directory.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// A data directory that is ours until this is dropped (or the process dies, however it dies).
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Creates the directory if need be and locks it.
    pub fn open(path: &Path) -> Result<Self> {
        let unusable = |error: std::io::Error| Error::Directory {
            path: path.display().to_string(),
            reason: error.to_string(),
        };
        fs::create_dir_all(path).map_err(unusable)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("sandglass.lock"))
            .map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Error::Locked(path.display().to_string())),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database file in it.
    pub fn database(&self) -> PathBuf {
        self.path.join("sandglass.db")
    }
}
