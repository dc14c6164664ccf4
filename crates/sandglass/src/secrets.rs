//! Secrets of a data directory: made at the first start, readable by their owner alone.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Bytes of a secret.
const LEN: usize = 32;

/// Reads the secret called `name` below `dir`, making it with `random` if it is not there.
pub fn load_or_create(dir: &Path, name: &str, random: impl FnOnce(&mut [u8; LEN])) -> Result<[u8; LEN]> {
    let path = dir.join(name);
    if let Some(secret) = read(&path)? {
        return Ok(secret);
    }
    let mut secret = [0; LEN];
    random(&mut secret);
    create_private(&path, hex(&secret).as_bytes())?;
    // What counts is what is in the file: another process may have been faster.
    read(&path)?.with_context(|| format!("the secret {} vanished at once", path.display()))
}

/// Writes a file that is not there yet; one that is there by now is left alone.
fn create_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?; // mode 0600
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(path) {
            Err(lost) if lost.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            Err(failed) => Err(failed.error),
            Ok(_) => Ok(()),
        }
    };
    write().with_context(|| format!("{} cannot be written", path.display()))
}

fn read(path: &PathBuf) -> Result<Option<[u8; LEN]>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("the secret {} cannot be read", path.display()));
        }
    };
    let secret = unhex(text.trim()).with_context(|| {
        format!(
            "the secret {} is damaged; restore it from a backup, or delete it to get a new one",
            path.display()
        )
    })?;
    Ok(Some(secret))
}

/// Writes `bytes` to a file only its owner can read: whole, or not at all.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let fresh = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, path)
    };
    write().with_context(|| format!("{} cannot be written", path.display()))
}

/// Lower-case hexadecimal text.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        text
    })
}

fn unhex(text: &str) -> Result<[u8; LEN]> {
    anyhow::ensure!(text.len() == LEN * 2 && text.is_ascii(), "it is not {LEN} bytes of hexadecimal");
    let mut bytes = [0; LEN];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[index * 2..index * 2 + 2], 16)?;
    }
    Ok(bytes)
}
