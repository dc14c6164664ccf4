//! The one door for passwords: limit, memory, hash, in this order.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clock::{MINUTE, Ms};
use tokio::sync::{Mutex, MutexGuard};

use super::Password;
use super::hasher::{BadCost, Cost, Hasher, Mismatch, Salt, Verified};
use super::pool::{Busy, Place, Pool, Threads};
use super::remembered::Remembered;
use crate::limit::{Limiter, Limits, TooMany};

/// In how many lines the attempts stand; those on one account always stand in the same.
const LINES: u64 = 64;

/// How passwords are checked.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What a new hash costs.
    pub cost: Cost,
    /// Where hashes are computed, and how many at once.
    pub threads: Threads,
    /// How many may wait beyond those that run; the next is told [`Refused::Busy`].
    pub waiting_max: usize,
    /// For how long a right password is remembered, in milliseconds.
    pub remember_ms: i64,
    /// Of how many users.
    pub remembered_max: usize,
    /// How many wrong ones are let through.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cost: Cost::default(),
            threads: Threads::default(),
            waiting_max: 256,
            remember_ms: 5 * MINUTE,
            remembered_max: 50_000,
            limits: Limits::default(),
        }
    }
}

/// Somebody gives a password.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// The name of the account, as the limit counts it: whether or not it exists, in one spelling.
    pub account: &'a str,
    /// From where.
    pub from: IpAddr,
    /// The password given.
    pub password: &'a Password,
}

/// What is stored of the account's password.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    /// The user.
    pub user: u64,
    /// The hash, argon2 or bcrypt.
    pub hash: &'a str,
}

/// Why an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The password is wrong, or there is no such account.
    #[error("the password is wrong")]
    Wrong,
    /// Too many wrong ones before; this one was not even looked at.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// Too many are being checked.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The stored hash cannot be read: not the caller's fault.
    #[error("the stored password hash cannot be read")]
    Unreadable,
}

/// Checks passwords. Clones share everything.
#[derive(Clone)]
pub struct PasswordChecker {
    inner: Arc<Inner>,
}

struct Inner {
    hasher: Arc<Hasher>,
    pool: Pool,
    limiter: Limiter,
    remembered: Remembered,
    lines: Vec<Mutex<()>>,
    full_checks: AtomicU64,
}

impl PasswordChecker {
    /// A checker. `key` is random, made for this process and kept nowhere.
    pub fn new(options: Options, key: &[u8; 32]) -> Result<Self, BadCost> {
        let inner = Inner {
            hasher: Arc::new(Hasher::new(options.cost)?),
            pool: Pool::new(options.threads, options.waiting_max),
            limiter: Limiter::new(options.limits),
            remembered: Remembered::new(key, options.remember_ms, options.remembered_max),
            lines: (0..LINES).map(|_| Mutex::default()).collect(),
            full_checks: AtomicU64::new(0),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Checks a password against what is stored, or against nothing if there is no such account, which takes as
    /// long.
    pub async fn check(
        &self,
        attempt: Attempt<'_>,
        stored: Option<Stored<'_>>,
        now: Ms,
    ) -> Result<Verified, Refused> {
        let inner = &*self.inner;
        // Before the memory: else it would answer a guesser who has used up all attempts.
        inner.limiter.check(attempt.account, attempt.from, now)?;
        if let Some(verified) = inner.recall(attempt.password, stored, now) {
            return Ok(verified);
        }
        let place = inner.pool.place()?;
        let _turn = inner.turn(attempt.account).await;
        inner.check_in_turn(place, attempt, stored, now).await
    }

    /// The text to store for a new password.
    pub async fn hash(&self, password: Password, salt: Salt) -> Result<String, Busy> {
        let hasher = self.inner.hasher.clone();
        self.inner.pool.place()?.run(move || hasher.hash(&password, salt)).await
    }

    /// Drops what is remembered of a user, as after a change of password.
    pub fn forget(&self, user: u64) {
        self.inner.remembered.forget(user);
    }

    /// How many checks have cost a full hash so far.
    pub fn full_checks(&self) -> u64 {
        self.inner.full_checks.load(Ordering::Relaxed)
    }
}

impl Inner {
    /// One attempt at a time on each account: the limit then counts exactly, and of many right ones at once the
    /// first costs a hash and the others find it remembered.
    async fn turn(&self, account: &str) -> MutexGuard<'_, ()> {
        let sum = account.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        let line = usize::try_from(sum % LINES).unwrap_or_default();
        self.lines[line].lock().await
    }

    async fn check_in_turn(
        &self,
        place: Place,
        attempt: Attempt<'_>,
        stored: Option<Stored<'_>>,
        now: Ms,
    ) -> Result<Verified, Refused> {
        self.limiter.charge(attempt.account, attempt.from, now)?;
        let verified = match self.recall(attempt.password, stored, now) {
            Some(verified) => verified,
            None => self.full_check(place, attempt.password, stored, now).await?,
        };
        self.limiter.succeeded(attempt.account, attempt.from);
        Ok(verified)
    }

    fn recall(&self, password: &Password, stored: Option<Stored<'_>>, now: Ms) -> Option<Verified> {
        let Stored { user, hash } = stored?;
        self.remembered.recall(user, password, hash, now)
    }

    async fn full_check(
        &self,
        place: Place,
        password: &Password,
        stored: Option<Stored<'_>>,
        now: Ms,
    ) -> Result<Verified, Refused> {
        self.full_checks.fetch_add(1, Ordering::Relaxed);
        let (hasher, given) = (self.hasher.clone(), password.clone());
        let hash = stored.map(|stored| stored.hash.to_owned());
        let verified = place
            .run(move || match hash {
                Some(hash) => hasher.verify(&given, &hash),
                None => Err(hasher.verify_dummy(&given)),
            })
            .await??;
        if let Some(Stored { user, hash }) = stored {
            self.remembered.remember(user, password, hash, now, verified);
        }
        Ok(verified)
    }
}

impl From<Mismatch> for Refused {
    fn from(mismatch: Mismatch) -> Self {
        match mismatch {
            Mismatch::Wrong => Self::Wrong,
            Mismatch::Unreadable => Self::Unreadable,
        }
    }
}
