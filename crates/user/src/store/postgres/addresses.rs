//! Addresses. A user's are changed by one transaction at a time: the one that holds the user's row.

use api::calls::Address;
use async_trait::async_trait;
use clock::Ms;
use engine::postgres::{Batch, Conn, KeyBook, Keys, Tx};
use engine::{IdempotencyKey, Once, Result};
use model::{AddressId, UserId};

use super::known;
use crate::store::Saved;
use crate::store::codec::{address, content};

pub(super) async fn list(conn: &Conn, user: UserId) -> Result<Vec<Address>> {
    let sql = "SELECT id, is_default, content FROM user_addresses WHERE user_id = $1 ORDER BY id";
    let rows = conn.query(sql, &[&user.as_i64()]).await?;
    let read = rows.iter().map(|row| {
        let content: String = row.try_get(2)?;
        address(AddressId::from_i64(row.try_get(0)?), row.try_get(1)?, &content)
    });
    read.collect()
}

/// An address to be kept: a new one, or the changed content of one.
pub(super) struct AddressChange {
    pub(super) user: UserId,
    pub(super) address: Address,
    /// How many the user may have, if it is a new one.
    pub(super) max: Option<usize>,
    pub(super) at: Ms,
    pub(super) key: Option<IdempotencyKey>,
}

/// Keeps addresses.
pub(super) struct AddressChanges(pub(super) Keys);

#[async_trait]
impl Batch for AddressChanges {
    type Request = AddressChange;
    type Answer = Once<Saved>;

    async fn run(&self, tx: &mut Tx<'_>, asked: &[AddressChange]) -> Result<Vec<Once<Saved>>> {
        let mut keys = self.0.load(tx, asked.iter().map(|change| change.key.as_ref())).await?;
        lock(tx, asked.iter().map(|change| change.user)).await?;
        let mut answers = Vec::with_capacity(asked.len());
        for change in asked {
            answers.push(save_once(tx, &mut keys, change).await?);
        }
        self.0.save(tx, keys);
        Ok(answers)
    }
}

async fn lock(tx: &Tx<'_>, users: impl Iterator<Item = UserId>) -> Result<()> {
    let ids: Vec<i64> = users.map(UserId::as_i64).collect();
    tx.query("SELECT id FROM user_users WHERE id = ANY($1) ORDER BY id FOR UPDATE", &[&ids]).await.map(drop)
}

async fn save_once(tx: &Tx<'_>, keys: &mut KeyBook, change: &AddressChange) -> Result<Once<Saved>> {
    if let Some(known) = known(keys, change.key.as_ref())? {
        return Ok(known);
    }
    let saved = save(tx, change).await?;
    keys.once(change.key.as_ref(), change.at, || Ok(saved))
}

async fn save(tx: &Tx<'_>, change: &AddressChange) -> Result<Saved> {
    match change.max {
        Some(max) => add(tx, change, max).await,
        None => replace(tx, change).await,
    }
}

async fn add(tx: &Tx<'_>, change: &AddressChange, max: usize) -> Result<Saved> {
    let AddressChange { user, address, .. } = change;
    let kept = "SELECT id FROM user_addresses WHERE user_id = $1";
    let kept = tx.query(kept, &[&user.as_i64()]).await?.len();
    if kept >= max {
        return Ok(Saved::TooMany);
    }
    only_default(tx, *user, address).await?;
    let sql = "INSERT INTO user_addresses (id, user_id, is_default, content) VALUES ($1, $2, $3, $4)";
    let is_default = address.is_default || kept == 0;
    tx.query(sql, &[&address.id.as_i64(), &user.as_i64(), &is_default, &content(address)?]).await?;
    Ok(Saved::As(address.id))
}

async fn replace(tx: &Tx<'_>, change: &AddressChange) -> Result<Saved> {
    let AddressChange { user, address, .. } = change;
    let own = "SELECT 1 FROM user_addresses WHERE id = $1 AND user_id = $2";
    if tx.query_opt(own, &[&address.id.as_i64(), &user.as_i64()]).await?.is_none() {
        return Ok(Saved::Unknown);
    }
    only_default(tx, *user, address).await?;
    let sql = "UPDATE user_addresses SET is_default = $3, content = $4 WHERE id = $1 AND user_id = $2";
    tx.query(sql, &[&address.id.as_i64(), &user.as_i64(), &address.is_default, &content(address)?]).await?;
    Ok(Saved::As(address.id))
}

/// A new default takes the place of the old one.
async fn only_default(tx: &Tx<'_>, user: UserId, address: &Address) -> Result<()> {
    if address.is_default {
        let sql = "UPDATE user_addresses SET is_default = false WHERE user_id = $1";
        tx.query(sql, &[&user.as_i64()]).await?;
    }
    Ok(())
}

/// An address to be deleted.
pub(super) struct Removal {
    pub(super) user: UserId,
    pub(super) id: AddressId,
    pub(super) at: Ms,
    pub(super) key: Option<IdempotencyKey>,
}

/// Deletes addresses; whether the user had it.
pub(super) struct Removals(pub(super) Keys);

#[async_trait]
impl Batch for Removals {
    type Request = Removal;
    type Answer = Once<bool>;

    async fn run(&self, tx: &mut Tx<'_>, asked: &[Removal]) -> Result<Vec<Once<bool>>> {
        let mut keys = self.0.load(tx, asked.iter().map(|removal| removal.key.as_ref())).await?;
        lock(tx, asked.iter().map(|removal| removal.user)).await?;
        let mut answers = Vec::with_capacity(asked.len());
        for removal in asked {
            answers.push(remove_once(tx, &mut keys, removal).await?);
        }
        self.0.save(tx, keys);
        Ok(answers)
    }
}

async fn remove_once(tx: &Tx<'_>, keys: &mut KeyBook, removal: &Removal) -> Result<Once<bool>> {
    if let Some(known) = known(keys, removal.key.as_ref())? {
        return Ok(known);
    }
    let sql = "DELETE FROM user_addresses WHERE id = $1 AND user_id = $2 RETURNING id";
    let gone = tx.query_opt(sql, &[&removal.id.as_i64(), &removal.user.as_i64()]).await?.is_some();
    keys.once(removal.key.as_ref(), removal.at, || Ok(gone))
}
