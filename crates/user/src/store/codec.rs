//! How values are stored, in every engine.

use api::calls::Address;
use edge::Role;
use engine::{Error, Result};
use model::wallet::Outcome;
use model::{AddressId, AttemptId, UserId};

use super::EntryKind;

const KINDS: [EntryKind; 3] = [EntryKind::Credit, EntryKind::Debit, EntryKind::Refund];

pub(super) fn role_code(role: Role) -> i64 {
    match role {
        Role::Buyer | Role::Service => 0,
        Role::Staff => 1,
        Role::StaffRead => 2,
    }
}

pub(super) fn role(user: UserId, code: i64) -> Result<Role> {
    match code {
        0 => Ok(Role::Buyer),
        1 => Ok(Role::Staff),
        2 => Ok(Role::StaffRead),
        _ => Err(Error::corrupt("user_users", user)),
    }
}

pub(super) fn kind_code(kind: EntryKind) -> i64 {
    match kind {
        EntryKind::Credit => 0,
        EntryKind::Debit => 1,
        EntryKind::Refund => 2,
    }
}

pub(super) fn kind(user: UserId, code: i64) -> Result<EntryKind> {
    let known = usize::try_from(code).ok().and_then(|code| KINDS.get(code));
    known.copied().ok_or_else(|| Error::corrupt("user_entries", user))
}

pub(super) fn outcome(attempt: AttemptId, code: i64) -> Result<Outcome> {
    Outcome::from_code(code).ok_or_else(|| Error::corrupt("user_debits", attempt))
}

/// An address as text. Its id and whether it is the default are in columns of their own.
pub(super) fn content(address: &Address) -> Result<String> {
    serde_json::to_string(address).map_err(|_| Error::corrupt("user_addresses", address.id))
}

pub(super) fn address(id: AddressId, is_default: bool, content: &str) -> Result<Address> {
    let content: Address = serde_json::from_str(content).map_err(|_| Error::corrupt("user_addresses", id))?;
    Ok(Address { id, is_default, ..content })
}
