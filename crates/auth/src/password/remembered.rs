//! Right passwords, remembered for some minutes without keeping them.
//!
//! What is kept is a keyed hash over user, password and the stored hash it was right for. The key is random and
//! never leaves the process, so the memory of it is worth nothing elsewhere; a changed password changes the stored
//! hash and thereby voids what was remembered. Wrong passwords are never remembered.

use clock::Ms;
use quick_cache::sync::Cache;

use super::{Password, Verified};

pub(super) struct Remembered {
    key: [u8; 32],
    span_ms: i64,
    /// One for each user, since a user has one password.
    checks: Cache<u64, Check>,
}

#[derive(Clone, Copy)]
struct Check {
    mac: blake3::Hash,
    verified: Verified,
    from: Ms,
}

impl Remembered {
    pub(super) fn new(key: &[u8; 32], span_ms: i64, users_max: usize) -> Self {
        Self { key: *key, span_ms, checks: Cache::new(users_max) }
    }

    pub(super) fn recall(&self, user: u64, password: &Password, stored: &str, now: Ms) -> Option<Verified> {
        let check = self.checks.get(&user)?;
        // A clock set back makes it forgotten, not remembered longer.
        let fresh = (check.from..check.from + self.span_ms).contains(&now);
        // `blake3::Hash` compares in constant time.
        (fresh && check.mac == self.mac(user, password, stored)).then_some(check.verified)
    }

    pub(super) fn remember(&self, user: u64, password: &Password, stored: &str, now: Ms, verified: Verified) {
        let mac = self.mac(user, password, stored);
        self.checks.insert(user, Check { mac, verified, from: now });
    }

    pub(super) fn forget(&self, user: u64) {
        self.checks.remove(&user);
    }

    fn mac(&self, user: u64, password: &Password, stored: &str) -> blake3::Hash {
        let mut mac = blake3::Hasher::new_keyed(&self.key);
        mac.update(&user.to_le_bytes());
        // With its length before it, so that no other split of the same bytes gives the same input.
        mac.update(&password.expose().len().to_le_bytes());
        mac.update(password.expose().as_bytes());
        mac.update(stored.as_bytes());
        mac.finalize()
    }
}
