//! Idempotency keys: the same key and body have one outcome.

use serde::{Deserialize, Serialize};

/// How long a key is remembered, in milliseconds.
pub const KEEP_KEYS_MS: i64 = 24 * clock::HOUR;

/// A client's idempotency key, together with what it was sent for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdempotencyKey {
    /// Whose key: keys of different users never meet.
    pub owner: u64,
    /// The key as the client sent it.
    pub key: String,
    /// A keyed hash of method, path, query and body: the same key with another is refused.
    pub fingerprint: [u8; 16],
}

/// What became of a unit under an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Once<T> {
    /// It ran now, or had run before with this outcome.
    Outcome(T),
    /// The key was used for another request.
    OtherBody,
}
