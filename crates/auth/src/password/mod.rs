//! Passwords: slow to check on purpose, so checked seldom and never too many at once.
//!
//! [`PasswordChecker`] is the one door: it limits wrong attempts, looks whether this very password was found right
//! a moment ago, and only then spends a hash, on a bounded number of threads. A user who does not exist costs the
//! same as one who does.

mod checker;
mod hasher;
mod pool;
mod remembered;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::Deserialize;

pub use checker::{Attempt, Options, PasswordChecker, Refused, Stored};
pub use hasher::{BadCost, Cost, Hasher, Mismatch, Salt, Verified};
pub use pool::{Busy, Threads};

/// A password as it was typed. Its `Debug` form shows nothing, and it has no other.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    /// Takes the text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself; never to be logged.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}
