//! The keys of all processes in one directory: each puts its public half there and reads the others'.
//!
//! `<role>.key` is a role's private key, for its owner's eyes only; `<role>.pub.json` is what the others may know.
//! A role may have further public keys, in that document or in files called `<role>.<name>.pub.json`: so the tokens
//! of a key that was replaced are believed until they run out.
//!
//! Nobody has to be running for its tokens to be checked, so orders close while `user` is down. What lies in the
//! directory is looked at once a second, so that a key taken away is forgotten without a restart; and at once for a
//! token that names an unknown key, if a file has come or gone since. A role that starts later, or with a new key,
//! is known at once, and strangers' tokens cost a look at the directory's date.

mod files;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use clock::{Ms, SECOND};
use parking_lot::{Mutex, RwLock};
use rand::CryptoRng;

use super::{Claims, KeyError, KeyUse, PublicKey, Signer, TokenError, Verifier};

/// How long the ring waits before it reads a directory again in which no file came or went, in milliseconds.
const REREAD_MS: i64 = SECOND;
/// The role whose keys vouch for buyers and staff.
const USERS: &str = "user";

/// The directory of keys as one process sees it.
pub struct KeyRing {
    dir: PathBuf,
    verifier: RwLock<Arc<Verifier>>,
    shelf: Mutex<Shelf>,
}

/// The public keys of each file, by its name without the suffix.
type Keys = BTreeMap<String, Vec<PublicKey>>;

/// What was read last.
struct Shelf {
    keys: Keys,
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
        files::publish(dir, role, signer.public())?;
        // The date before the files: what comes between the two is then seen as new.
        let dated = date(dir);
        let keys = files::read_all(dir)?.into_iter().map(|(name, keys)| Ok((name, keys?)));
        let keys = keys.collect::<Result<Keys, KeyError>>()?;
        let verifier = RwLock::new(Arc::new(verifier(&keys)?));
        let shelf = Mutex::new(Shelf { keys, read_at: now, dated });
        let ring = Self { dir: dir.to_owned(), verifier, shelf };
        Ok((ring, signer))
    }

    /// What `token` (without `Bearer `) says, if it is to be believed at `now`.
    pub fn verify(&self, token: &str, now: Ms) -> Result<Arc<Claims>, TokenError> {
        self.keep_up(now);
        match self.current().verify(token, now) {
            Err(TokenError::UnknownKey) => self.look_again(token, now),
            known => known,
        }
    }

    fn current(&self) -> Arc<Verifier> {
        self.verifier.read().clone()
    }

    /// Reads again when it is time. Whoever comes while another reads does not wait: known keys will do.
    fn keep_up(&self, now: Ms) {
        if let Some(mut shelf) = self.shelf.try_lock()
            && is_due(shelf.read_at, now)
        {
            self.read_again(&mut shelf, date(&self.dir), now);
        }
    }

    /// Whoever comes while another reads waits for it: a good token is not refused because of bad timing.
    fn look_again(&self, token: &str, now: Ms) -> Result<Arc<Claims>, TokenError> {
        let mut shelf = self.shelf.lock();
        let dated = date(&self.dir);
        match self.current().verify(token, now) {
            Err(TokenError::UnknownKey) if dated != shelf.dated || is_due(shelf.read_at, now) => {}
            known => return known,
        }
        self.read_again(&mut shelf, dated, now);
        self.current().verify(token, now)
    }

    /// Takes over what lies there now. A directory that cannot be read leaves what was known.
    fn read_again(&self, shelf: &mut Shelf, dated: Option<SystemTime>, now: Ms) {
        (shelf.read_at, shelf.dated) = (now, dated);
        let Ok(read) = files::read_all(&self.dir) else { return };
        let keys = merged(read, &shelf.keys);
        if keys != shelf.keys
            && let Ok(fresh) = verifier(&keys)
        {
            *self.verifier.write() = Arc::new(fresh);
            shelf.keys = keys;
        }
    }
}

/// What files say, and of those that cannot be understood what they said before (`known`), if anything. One that is
/// gone takes its keys with it.
fn merged(read: files::Read, known: &Keys) -> Keys {
    let believed = |(name, keys): (String, Result<_, KeyError>)| {
        let keys = keys.ok().or_else(|| known.get(&name).cloned())?;
        Some((name, keys))
    };
    read.into_iter().filter_map(believed).collect()
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

fn verifier(keys: &Keys) -> Result<Verifier, KeyError> {
    Verifier::new(keys.values().flatten().cloned())
}

#[cfg(test)]
mod tests;
