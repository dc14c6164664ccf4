//! Addresses.

use api::calls::Address;
use engine::Result;
use engine::sqlite::Tx;
use model::{AddressId, UserId};
use rusqlite::Connection;

use crate::store::Saved;
use crate::store::codec::{address, content};

pub(super) fn list(connection: &Connection, user: UserId) -> Result<Vec<Address>> {
    let sql = "SELECT id, is_default, content FROM user_addresses WHERE user_id = ?1 ORDER BY id";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([user.as_i64()])?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        let content: String = row.get(2)?;
        list.push(address(AddressId::from_i64(row.get(0)?), row.get(1)?, &content)?);
    }
    Ok(list)
}

pub(super) fn add(tx: &Tx<'_>, user: UserId, address: &Address, max: usize) -> Result<Saved> {
    let kept: usize = tx
        .prepare_cached("SELECT count(*) FROM user_addresses WHERE user_id = ?1")?
        .query_row([user.as_i64()], |row| row.get(0))?;
    if kept >= max {
        return Ok(Saved::TooMany);
    }
    only_default(tx, user, address)?;
    let sql = "INSERT INTO user_addresses (id, user_id, is_default, content) VALUES (?1, ?2, ?3, ?4)";
    let row = (address.id.as_i64(), user.as_i64(), address.is_default || kept == 0, content(address)?);
    tx.prepare_cached(sql)?.execute(row)?;
    Ok(Saved::As(address.id))
}

pub(super) fn change(tx: &Tx<'_>, user: UserId, address: &Address) -> Result<Saved> {
    if !is_own(tx, user, address.id)? {
        return Ok(Saved::Unknown);
    }
    only_default(tx, user, address)?;
    let sql = "UPDATE user_addresses SET is_default = ?3, content = ?4 WHERE id = ?1 AND user_id = ?2";
    let row = (address.id.as_i64(), user.as_i64(), address.is_default, content(address)?);
    tx.prepare_cached(sql)?.execute(row)?;
    Ok(Saved::As(address.id))
}

fn is_own(tx: &Tx<'_>, user: UserId, id: AddressId) -> Result<bool> {
    let sql = "SELECT 1 FROM user_addresses WHERE id = ?1 AND user_id = ?2";
    Ok(tx.prepare_cached(sql)?.exists((id.as_i64(), user.as_i64()))?)
}

/// A new default takes the place of the old one.
fn only_default(tx: &Tx<'_>, user: UserId, address: &Address) -> Result<()> {
    if address.is_default {
        let sql = "UPDATE user_addresses SET is_default = 0 WHERE user_id = ?1";
        tx.prepare_cached(sql)?.execute([user.as_i64()])?;
    }
    Ok(())
}

pub(super) fn delete(tx: &Tx<'_>, user: UserId, id: AddressId) -> Result<bool> {
    let sql = "DELETE FROM user_addresses WHERE id = ?1 AND user_id = ?2";
    Ok(tx.prepare_cached(sql)?.execute((id.as_i64(), user.as_i64()))? == 1)
}
