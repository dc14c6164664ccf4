//! How the command line finds and convinces running processes: two files for each in the data directory, readable
//! by their owner alone.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::secrets::{hex, write_private};

/// Below the data directory, the files of processes that share it.
const PROCESSES: &str = "ops";

/// The files of one process.
pub struct Files {
    address: PathBuf,
    token: PathBuf,
}

impl Files {
    /// Those of the one process that has the data directory `dir` to itself.
    pub fn of_owner(dir: &Path) -> Self {
        Self { address: dir.join("ops.address"), token: dir.join("ops.token") }
    }

    /// Those of the process called `name`, one of several that share `dir`.
    pub fn of_process(dir: &Path, name: &str) -> Self {
        let dir = dir.join(PROCESSES);
        Self { address: dir.join(format!("{name}.address")), token: dir.join(format!("{name}.token")) }
    }

    /// Says where the operator's calls are answered, with the token that was `given` or a new one for this run.
    pub fn create(
        &self,
        address: SocketAddr,
        given: Option<String>,
        random: impl FnOnce(&mut [u8; 32]),
    ) -> Result<String> {
        let token = given.unwrap_or_else(|| {
            let mut secret = [0; 32];
            random(&mut secret);
            hex(&secret)
        });
        if let Some(dir) = self.address.parent() {
            fs::create_dir_all(dir).with_context(|| format!("{} cannot be made", dir.display()))?;
        }
        write_private(&self.token, token.as_bytes())?;
        write_private(&self.address, address.to_string().as_bytes())?;
        Ok(token)
    }

    /// Takes the files away: nobody answers any more.
    pub fn remove(&self) {
        let _ = fs::remove_file(&self.address);
        let _ = fs::remove_file(&self.token);
    }

    /// Where the process answers, and its token.
    pub fn read(&self) -> Option<(SocketAddr, String)> {
        let address = fs::read_to_string(&self.address).ok()?.trim().parse().ok()?;
        let token = fs::read_to_string(&self.token).ok()?.trim().to_owned();
        Some((address, token))
    }
}

/// The processes that share `dir`, by name; some may be dead.
pub fn processes(dir: &Path) -> Vec<(String, SocketAddr, String)> {
    let entries = fs::read_dir(dir.join(PROCESSES)).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| {
        let name = entry.file_name();
        name.to_str()?.strip_suffix(".address").map(str::to_owned)
    });
    let mut found: Vec<_> = names
        .filter_map(|name| {
            let (address, token) = Files::of_process(dir, &name).read()?;
            Some((name, address, token))
        })
        .collect();
    found.sort();
    found
}
