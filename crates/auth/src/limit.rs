//! Wrong passwords are limited, and a stranger cannot lock the owner out.
//!
//! Every attempt is charged before its password is checked and given back if it was right, so neither parallel
//! guesses nor callers that hang up escape. There are two budgets: a tight one for each account *and* address,
//! and a looser one for the account over all addresses, which stops guessing from many. An address at which the
//! right password was once given is outside the second: whoever burns it from elsewhere does not reach the owner.
//!
//! Each budget is a leaky bucket kept as one instant, the time at which it will be full again (GCRA).

mod address;

use std::net::{IpAddr, Ipv6Addr};

use clock::{Ms, SECOND};
use parking_lot::Mutex;
use quick_cache::unsync::Cache;

pub use address::AddressLimiter;

/// A budget of attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// So many at once.
    pub burst: u32,
    /// And then one more each time this many milliseconds have passed.
    pub refill_ms: i64,
}

/// The limiter's budgets and its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of one account at one address.
    pub per_address: Rate,
    /// Of one account at all addresses where its password was never given.
    pub per_account: Rate,
    /// How many accounts, and how many pairs of account and address, are kept; the least used give way.
    pub entries_max: usize,
}

impl Default for Limits {
    /// Five a minute at one address, and fifty, then ten a minute, at all together.
    fn default() -> Self {
        Self {
            per_address: Rate { burst: 5, refill_ms: 12 * SECOND },
            per_account: Rate { burst: 50, refill_ms: 6 * SECOND },
            entries_max: 50_000,
        }
    }
}

/// The budget is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many tries; try again in {retry_after_s} s")]
pub struct TooMany {
    /// When the next attempt is allowed, in whole seconds from now, at least 1.
    pub retry_after_s: u64,
}

impl TooMany {
    fn unless(wait_ms: i64) -> Result<(), Self> {
        match wait_ms {
            0 => Ok(()),
            wait_ms => Err(Self { retry_after_s: wait_ms.cast_unsigned().div_ceil(1_000) }),
        }
    }
}

/// Counts attempts by account and address. Accounts are names as the owner types them, whether or not such an
/// account exists: that only real ones are limited would tell which are.
pub struct Limiter {
    limits: Limits,
    state: Mutex<State>,
}

struct State {
    pairs: Cache<(Account, IpAddr), Pair>,
    accounts: Cache<Account, Bucket>,
}

/// A digest, so that long names take no more room than short ones.
type Account = blake3::Hash;

/// When the bucket will be full again.
type Bucket = Ms;

#[derive(Clone, Copy, Default)]
struct Pair {
    bucket: Bucket,
    /// The right password was given here.
    known: bool,
}

impl Limiter {
    /// A limiter with nothing counted yet.
    pub fn new(limits: Limits) -> Self {
        let state = State { pairs: Cache::new(limits.entries_max), accounts: Cache::new(limits.entries_max) };
        Self { limits, state: Mutex::new(state) }
    }

    /// Whether an attempt would be allowed; counts nothing.
    pub fn check(&self, account: &str, from: IpAddr, now: Ms) -> Result<(), TooMany> {
        let key = key(account, from);
        let state = self.state.lock();
        self.limits.allow(state.pair(&key), state.account(&key.0), now)
    }

    /// Counts an attempt before its password is checked, or refuses it.
    pub fn charge(&self, account: &str, from: IpAddr, now: Ms) -> Result<(), TooMany> {
        let key = key(account, from);
        let mut state = self.state.lock();
        let (pair, bucket) = (state.pair(&key), state.account(&key.0));
        self.limits.allow(pair, bucket, now)?;
        if !pair.known {
            state.accounts.insert(key.0, self.limits.per_account.taken(bucket, now));
        }
        let bucket = self.limits.per_address.taken(pair.bucket, now);
        state.pairs.insert(key, Pair { bucket, ..pair });
        Ok(())
    }

    /// The attempt charged before was right: the pair starts afresh, the account gets its attempt back.
    pub fn succeeded(&self, account: &str, from: IpAddr) {
        let key = key(account, from);
        let mut state = self.state.lock();
        if !state.pair(&key).known {
            let bucket = state.account(&key.0) - self.limits.per_account.refill_ms;
            state.accounts.insert(key.0, bucket);
        }
        state.pairs.insert(key, Pair { bucket: Ms::default(), known: true });
    }
}

impl State {
    fn pair(&self, key: &(Account, IpAddr)) -> Pair {
        self.pairs.get(key).copied().unwrap_or_default()
    }

    fn account(&self, account: &Account) -> Bucket {
        self.accounts.get(account).copied().unwrap_or_default()
    }
}

impl Limits {
    fn allow(&self, pair: Pair, account: Bucket, now: Ms) -> Result<(), TooMany> {
        let elsewhere_ms = if pair.known { 0 } else { self.per_account.wait_ms(account, now) };
        TooMany::unless(self.per_address.wait_ms(pair.bucket, now).max(elsewhere_ms))
    }
}

impl Rate {
    fn size_ms(self) -> i64 {
        i64::from(self.burst) * self.refill_ms
    }

    /// How much is missing from the bucket. Never more than all of it, even if the clock was set back.
    fn missing_ms(self, bucket: Bucket, now: Ms) -> i64 {
        bucket.since(now).min(self.size_ms())
    }

    fn wait_ms(self, bucket: Bucket, now: Ms) -> i64 {
        (self.missing_ms(bucket, now) + self.refill_ms - self.size_ms()).max(0)
    }

    fn allow(self, bucket: Bucket, now: Ms) -> Result<(), TooMany> {
        TooMany::unless(self.wait_ms(bucket, now))
    }

    fn taken(self, bucket: Bucket, now: Ms) -> Bucket {
        now + self.missing_ms(bucket, now) + self.refill_ms
    }
}

fn key(account: &str, from: IpAddr) -> (Account, IpAddr) {
    (blake3::hash(account.as_bytes()), network(from))
}

/// Who has one IPv6 address usually has its whole /64.
fn network(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests;
