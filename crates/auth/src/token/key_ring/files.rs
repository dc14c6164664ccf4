//! Files of public keys: which there are, whose keys they may hold, and how one is put in its place.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::{key_use, verifier};
use crate::token::{KeyError, PublicKey, PublicKeys};

/// The largest file of public keys that is read, in bytes.
const FILE_BYTES_MAX: u64 = 64 * 1_024;
/// The most files of public keys that are read.
const FILES_MAX: usize = 64;
const SUFFIX: &str = ".pub.json";

/// What each file holds, or why it cannot be believed, by its name without the suffix.
pub(super) type Read = Vec<(String, Result<Vec<PublicKey>, KeyError>)>;

/// All files of public keys in `dir`.
pub(super) fn read_all(dir: &Path) -> Result<Read, KeyError> {
    let names = names(dir).map_err(|source| KeyError::Read { path: dir.to_owned(), source })?;
    let read = |name: String| read(&path(dir, &name), role_of(&name)).transpose().map(|keys| (name, keys));
    Ok(names.into_iter().filter_map(read).collect())
}

fn names(dir: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)?.take(FILES_MAX * 4) {
        let name = entry?.file_name();
        names.extend(name.to_str().and_then(|name| name.strip_suffix(SUFFIX)).map(str::to_owned));
    }
    names.sort();
    names.truncate(FILES_MAX);
    Ok(names)
}

fn path(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{name}{SUFFIX}"))
}

/// Whose keys lie in a file of this name: `user` and `user.old` are both `user`'s.
fn role_of(name: &str) -> &str {
    name.split_once('.').map_or(name, |(role, _)| role)
}

/// The keys in one file of `role`'s; none if the file is gone, as a link is whose target was taken away. Only those
/// of `user` vouch for buyers and staff, and none for another role.
fn read(path: &Path, role: &str) -> Result<Option<Vec<PublicKey>>, KeyError> {
    let Some(text) = text(path).map_err(|source| KeyError::Read { path: path.to_owned(), source })? else {
        return Ok(None);
    };
    let keys = PublicKeys::from_json(&text).ok().map(|document| document.keys);
    let keys = keys.ok_or_else(|| KeyError::BadDocument { path: path.to_owned() })?;
    if let Some(foreign) = keys.iter().find(|key| key.issuer != role || key.key_use != key_use(role)) {
        return Err(KeyError::Foreign { path: path.to_owned(), issuer: foreign.issuer.clone() });
    }
    verifier(&[(String::new(), keys.clone())].into())?;
    Ok(Some(keys))
}

fn text(path: &Path) -> io::Result<Option<String>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let mut text = String::new();
    file.take(FILE_BYTES_MAX).read_to_string(&mut text).map(|_| Some(text))
}

/// Puts the public key of `role` in its place, whole; readers see the old file or the new one. Where one of the role's
/// files has it already, perhaps beside the key after it, nothing is changed.
pub(super) fn publish(dir: &Path, role: &str, key: &PublicKey) -> Result<(), KeyError> {
    let lies_in = |(name, keys): &(String, Result<Vec<PublicKey>, KeyError>)| {
        role_of(name) == role && keys.as_ref().is_ok_and(|keys| keys.contains(key))
    };
    if read_all(dir)?.iter().any(lies_in) {
        return Ok(());
    }
    let (path, text) = (path(dir, role), PublicKeys { keys: vec![key.clone()] }.to_json());
    write(&path, &text).map_err(|source| KeyError::Create { path, source })
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error)?;
    File::open(dir)?.sync_all()
}
