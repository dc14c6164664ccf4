//! Where a shop of ours keeps its files: `target/cluster/` for the one people use, directories beside it for those
//! that chores make for themselves.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::{Result, environment};

const PRIVATE_FILE: u32 = 0o600;
const PRIVATE_DIR: u32 = 0o700;

/// The files of one shop.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// What the shop is called: its directory, and a part of its database's name.
    name: &'static str,
    target: PathBuf,
}

impl Layout {
    /// That of the shop called `name`.
    pub(crate) fn of(name: &'static str) -> Self {
        Self { name, target: environment::target() }
    }

    /// The database, and the broker's virtual host.
    pub(crate) fn database(&self) -> String {
        format!("sandglass_{}", self.name)
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.target.join(self.name)
    }

    /// Passwords. All shops share them, since roles and users belong to the server and not to one database.
    pub(crate) fn secrets(&self) -> PathBuf {
        self.target.join("cluster").join("secrets")
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.dir().join("cluster.toml")
    }

    /// The broker's address with its password.
    pub(crate) fn broker_file(&self) -> PathBuf {
        self.secrets().join(format!("{}.broker", self.name))
    }

    /// The database's address as its owner, with a password where one is needed.
    pub(crate) fn owner_file(&self) -> PathBuf {
        self.secrets().join(format!("{}.owner", self.name))
    }

    /// The password of the database role of `role`, which may be `{role}` itself.
    pub(crate) fn password_file(&self, role: &str) -> PathBuf {
        self.secrets().join(format!("database.{role}"))
    }

    /// The staff user's password.
    pub(crate) fn staff_file(&self) -> PathBuf {
        self.secrets().join(format!("{}.staff", self.name))
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.dir().join("keys")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir().join("data")
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.dir().join("logs")
    }

    /// Which replicas there are, and where.
    pub(crate) fn replicas(&self) -> PathBuf {
        self.dir().join("replicas")
    }

    /// A replica's process id.
    pub(crate) fn pid_file(&self, replica: &str) -> PathBuf {
        self.dir().join("pids").join(replica)
    }

    /// What a replica said on its standard output since its last start.
    pub(crate) fn said(&self, replica: &str) -> PathBuf {
        self.logs().join(format!("{replica}.out"))
    }

    /// What it logged.
    pub(crate) fn log(&self, replica: &str) -> PathBuf {
        self.logs().join(format!("{replica}.log"))
    }

    /// Makes the directories.
    pub(crate) fn make(&self) -> Result<()> {
        let private = [self.secrets(), self.keys(), self.data()];
        for dir in private.iter().chain(&[self.logs(), self.dir().join("pids")]) {
            fs::create_dir_all(dir).map_err(|error| cannot("made", dir, &error))?;
        }
        for dir in &private {
            let closed = fs::set_permissions(dir, Permissions::from_mode(PRIVATE_DIR));
            closed.map_err(|error| cannot("closed to others", dir, &error))?;
        }
        Ok(())
    }

    /// Removes everything but the passwords that other shops share.
    pub(crate) fn remove(&self) -> Result<()> {
        for file in [self.staff_file(), self.owner_file(), self.broker_file()] {
            // It need not be there.
            let _ = fs::remove_file(file);
        }
        let Ok(entries) = fs::read_dir(self.dir()) else { return Ok(()) };
        for entry in entries.flatten().map(|entry| entry.path()).filter(|path| *path != self.secrets()) {
            let removed = if entry.is_dir() { fs::remove_dir_all(&entry) } else { fs::remove_file(&entry) };
            removed.map_err(|error| cannot("removed", &entry, &error))?;
        }
        Ok(())
    }
}

/// Writes a file of which nobody else may know the content.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<()> {
    let write = || {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(PRIVATE_FILE).open(path)?;
        file.set_permissions(Permissions::from_mode(PRIVATE_FILE))?;
        file.write_all(text.as_bytes())
    };
    let written: std::io::Result<()> = write();
    written.map_err(|error| cannot("written", path, &error))
}

/// The secret in the file; where there is none yet, a fresh one is made and kept there.
pub(crate) fn kept_secret(path: &Path) -> Result<String> {
    match fs::read_to_string(path) {
        Ok(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        _ => {
            let fresh = environment::secret()?;
            write_private(path, &fresh)?;
            Ok(fresh)
        }
    }
}

/// Writes a file.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| cannot("written", path, &error))
}

fn cannot(be: &str, path: &Path, error: &std::io::Error) -> String {
    format!("{} cannot be {be}: {error}", path.display())
}
