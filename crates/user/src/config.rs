//! The bounds of the user service.

/// How the user service behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// How many addresses a user may keep.
    pub addresses_max: usize,
    /// How often old idempotency keys are forgotten, in milliseconds.
    pub sweep_interval_ms: i64,
}

impl Default for Config {
    fn default() -> Self {
        Self { addresses_max: 50, sweep_interval_ms: clock::MINUTE }
    }
}

/// How many users a list has at most, by name; so counting and leafing through have an end.
pub const LISTED_MAX: u64 = 10_000;
/// Characters of a user name, at least.
pub(crate) const NAME_MIN: usize = 3;
/// Characters of a user name, at most.
pub(crate) const NAME_MAX: usize = 32;
/// Characters of a password, at least.
pub(crate) const PASSWORD_MIN: usize = 3;
/// Characters of a password, at most: hashing a novel would cost more than it protects.
pub(crate) const PASSWORD_MAX: usize = 128;
/// Characters of any field of an address, or of a reason, at most.
pub(crate) const TEXT_MAX: usize = 200;
/// The largest single credit, in cents.
pub(crate) const CREDIT_MAX: i64 = 1_000_000_000_000;
