//! Invariant 6: one key, one order.

use model::UserId;

use crate::facts::KeyFact;
use crate::tally::{Check, Finding};

/// Judges a key, given the owner of the order it was answered with.
pub(crate) type KeyLook = fn(&KeyFact, Option<UserId>) -> Finding;

pub(crate) const KEY_HAS_ORDER: Check<KeyLook> = Check {
    invariant: 6,
    name: "key_has_order",
    sentence: "What an idempotency key was answered with is one order, which exists and is its owner's.",
    look: key_has_order,
};

fn key_has_order(key: &KeyFact, owner: Option<UserId>) -> Finding {
    Finding::of(match owner {
        None => Some(format!("order {} does not exist", key.order)),
        Some(owner) if owner != key.owner => Some(format!("order {} is user {owner}'s", key.order)),
        Some(_) => None,
    })
}
