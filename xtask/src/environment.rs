//! What the machine and whoever calls tell a chore. This is the one place that reads the environment.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::Result;

/// The variable's value, if it is set to something.
#[expect(clippy::disallowed_methods, reason = "chores are told by the environment where the servers are")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The variables that `sandglass` would take for its configuration.
pub(crate) fn of_sandglass() -> impl Iterator<Item = OsString> {
    std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("SANDGLASS_"))
}

/// The root of the repository.
pub(crate) fn repository() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    variable("CARGO_TARGET_DIR").map_or_else(|| repository().join("target"), |dir| repository().join(dir))
}

/// Whether we may install packages here: as root, on Debian or what descends from it.
pub(crate) fn is_root_on_debian() -> bool {
    is_root() && Path::new("/etc/debian_version").exists()
}

/// Whether we are root.
pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// A fresh secret of letters and digits.
pub(crate) fn secret() -> Result<String> {
    use std::io::Read;
    let mut bytes = [0; 18];
    let read = fs::File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut bytes));
    read.map_err(|error| format!("no secret can be made, /dev/urandom does not answer: {error}"))?;
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or('0');
    Ok(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect())
}
