//! The keys of all processes in one directory: each puts its public half there and reads the others'.
//!
//! `<role>.key` is a role's private key, for its owner's eyes only; `<role>.pub.json` is what the others may know.
//! Nobody has to be running for its tokens to be checked, so orders close while `user` is down. A token signed
//! with a key not seen before makes the ring read the directory again, if a file has come or gone since, and
//! otherwise at most once a second: a role that starts later, or with a new key, is known at once and without a
//! restart, and strangers' tokens cost a look at the directory's date.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use clock::{Ms, SECOND};
use parking_lot::{Mutex, RwLock};
use rand::CryptoRng;

use super::{Claims, KeyError, KeyUse, PublicKey, PublicKeys, Signer, TokenError, Verifier};

/// How long the ring waits before it reads a directory again in which no file came or went, in milliseconds.
const REREAD_MS: i64 = SECOND;
/// The largest file of public keys that is read, in bytes.
const FILE_BYTES_MAX: u64 = 64 * 1_024;
/// The most files of public keys that are read.
const FILES_MAX: usize = 64;
const SUFFIX: &str = ".pub.json";
/// The role whose key vouches for buyers and staff.
const USERS: &str = "user";

/// The directory of keys as one process sees it.
pub struct KeyRing {
    dir: PathBuf,
    verifier: RwLock<Arc<Verifier>>,
    shelf: Mutex<Shelf>,
}

/// What was read last.
struct Shelf {
    keys: BTreeMap<String, Vec<PublicKey>>,
    read_at: Ms,
    /// The directory's date then.
    dated: Option<SystemTime>,
}

impl KeyRing {
    /// The ring in `dir`, and the signer of this process's `role`. Makes the directory and the role's key if they
    /// are not there, and publishes the public half.
    pub fn join(
        dir: &Path,
        role: &str,
        rng: &mut impl CryptoRng,
        now: Ms,
    ) -> Result<(Self, Signer), KeyError> {
        fs::create_dir_all(dir).map_err(|source| KeyError::Create { path: dir.to_owned(), source })?;
        let signer = Signer::load_or_create(&dir.join(format!("{role}.key")), role, key_use(role), rng)?;
        publish(&dir.join(format!("{role}{SUFFIX}")), signer.public())?;
        // The date before the files: what comes between the two is then seen as new.
        let dated = date(dir);
        let keys = read_all(dir, &BTreeMap::new())?;
        let verifier = RwLock::new(Arc::new(verifier(&keys)?));
        let shelf = Mutex::new(Shelf { keys, read_at: now, dated });
        let ring = Self { dir: dir.to_owned(), verifier, shelf };
        Ok((ring, signer))
    }

    /// What `token` (without `Bearer `) says, if it is to be believed at `now`.
    pub fn verify(&self, token: &str, now: Ms) -> Result<Arc<Claims>, TokenError> {
        match self.current().verify(token, now) {
            Err(TokenError::UnknownKey) => self.look_again(token, now),
            known => known,
        }
    }

    fn current(&self) -> Arc<Verifier> {
        self.verifier.read().clone()
    }

    /// Whoever comes while another reads waits for it: a good token is not refused because of bad timing.
    fn look_again(&self, token: &str, now: Ms) -> Result<Arc<Claims>, TokenError> {
        let mut shelf = self.shelf.lock();
        let dated = date(&self.dir);
        match self.current().verify(token, now) {
            Err(TokenError::UnknownKey) if dated != shelf.dated || is_due(shelf.read_at, now) => {}
            known => return known,
        }
        (shelf.read_at, shelf.dated) = (now, dated);
        // A directory that cannot be read, or makes no sense, leaves what was known.
        if let Ok(keys) = read_all(&self.dir, &shelf.keys)
            && keys != shelf.keys
            && let Ok(fresh) = verifier(&keys)
        {
            *self.verifier.write() = Arc::new(fresh);
            shelf.keys = keys;
        }
        self.current().verify(token, now)
    }
}

/// When a file last came into the directory or went from it.
fn date(dir: &Path) -> Option<SystemTime> {
    fs::metadata(dir).and_then(|dir| dir.modified()).ok()
}

/// Whether it is time to read again; also after the clock was set back.
fn is_due(read_at: Ms, now: Ms) -> bool {
    !(read_at..read_at + REREAD_MS).contains(&now)
}

fn key_use(role: &str) -> KeyUse {
    if role == USERS { KeyUse::Users } else { KeyUse::Service }
}

fn verifier(keys: &BTreeMap<String, Vec<PublicKey>>) -> Result<Verifier, KeyError> {
    Verifier::new(keys.values().flatten().cloned())
}

/// All roles' keys. A file that cannot be understood counts as it did before (`known`), or is an error if it was
/// never understood; one that is gone takes its keys with it.
fn read_all(
    dir: &Path,
    known: &BTreeMap<String, Vec<PublicKey>>,
) -> Result<BTreeMap<String, Vec<PublicKey>>, KeyError> {
    let mut all = BTreeMap::new();
    for role in roles(dir).map_err(|source| KeyError::Read { path: dir.to_owned(), source })? {
        let read = read(&dir.join(format!("{role}{SUFFIX}")), &role);
        let keys = match (read, known.get(&role)) {
            (Ok(keys), _) => keys,
            (Err(_), Some(before)) => before.clone(),
            (Err(error), None) => return Err(error),
        };
        all.insert(role, keys);
    }
    Ok(all)
}

fn roles(dir: &Path) -> io::Result<Vec<String>> {
    let mut roles = Vec::new();
    for entry in fs::read_dir(dir)?.take(FILES_MAX * 4) {
        let name = entry?.file_name();
        roles.extend(name.to_str().and_then(|name| name.strip_suffix(SUFFIX)).map(str::to_owned));
    }
    roles.sort();
    roles.truncate(FILES_MAX);
    Ok(roles)
}

/// The keys in one role's file. Only `user`'s vouch for buyers and staff, and none for another role.
fn read(path: &Path, role: &str) -> Result<Vec<PublicKey>, KeyError> {
    let failed = |source| KeyError::Read { path: path.to_owned(), source };
    let mut text = String::new();
    File::open(path).map_err(failed)?.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
    let bad = |_| KeyError::BadDocument { path: path.to_owned() };
    let keys = PublicKeys::from_json(&text).map_err(bad)?.keys;
    match keys.iter().find(|key| key.issuer != role || key.key_use != key_use(role)) {
        Some(foreign) => Err(KeyError::Foreign { path: path.to_owned(), issuer: foreign.issuer.clone() }),
        None => Ok(keys),
    }
}

/// Puts the public key in its place, whole; readers see the old file or the new one.
fn publish(path: &Path, key: &PublicKey) -> Result<(), KeyError> {
    let text = PublicKeys { keys: vec![key.clone()] }.to_json();
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    write(path, &text).map_err(|source| KeyError::Create { path: path.to_owned(), source })
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

#[cfg(test)]
mod tests;
