//! Accounts.

use api::body::rows_left;
use clock::Ms;
use engine::Result;
use engine::sqlite::Tx;
use model::{Cents, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::config::LISTED_MAX;
use crate::store::{By, NewUser, Registered, User, codec};

const COLUMNS: &str = "id, username, password, role, frozen, balance, created";

fn user(row: &Row<'_>) -> Result<User> {
    let id = UserId::from_i64(row.get(0)?);
    let role = codec::role(id, row.get(3)?)?;
    Ok(User {
        id,
        username: row.get(1)?,
        password: row.get(2)?,
        role,
        frozen: row.get(4)?,
        balance: Cents(row.get(5)?),
        created: Ms(row.get(6)?),
    })
}

pub(super) fn register(tx: &Tx<'_>, new: &NewUser) -> Result<Registered> {
    let sql = "INSERT INTO user_users (id, username, password, role, created) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT (username) DO NOTHING";
    let row = params![new.id.as_i64(), new.username, new.password, codec::role_code(new.role), new.at.0];
    if tx.prepare_cached(sql)?.execute(row)? == 0 {
        return Ok(Registered::NameTaken);
    }
    if let Some(user) = new.hired_by {
        record(tx, new.id, "hire", &By { user, reason: String::new(), at: new.at })?;
    }
    Ok(Registered::Created(new.id))
}

pub(super) fn by_name(connection: &Connection, username: &str) -> Result<Option<User>> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM user_users WHERE username = ?1"))?;
    let mut rows = statement.query([username])?;
    rows.next()?.map(user).transpose()
}

pub(super) fn by_id(connection: &Connection, id: UserId) -> Result<Option<User>> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM user_users WHERE id = ?1"))?;
    let mut rows = statement.query([id.as_i64()])?;
    rows.next()?.map(user).transpose()
}

pub(super) fn list(
    connection: &Connection,
    prefix: &str,
    offset: u64,
    limit: u64,
) -> Result<(u64, Vec<User>)> {
    let (from, to) = (prefix, format!("{prefix}\u{10FFFF}"));
    let total = connection
        .prepare_cached(
            "SELECT count(*) FROM (SELECT 1 FROM user_users WHERE username >= ?1 AND username < ?2 LIMIT ?3)",
        )?
        .query_row((from, &to, LISTED_MAX), |row| row.get(0))?;
    let limit = rows_left(total, offset, limit);
    let sql = format!(
        "SELECT {COLUMNS} FROM user_users WHERE username >= ?1 AND username < ?2 \
         ORDER BY username LIMIT ?3 OFFSET ?4"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query((from, &to, limit, offset))?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        list.push(user(row)?);
    }
    Ok((total, list))
}

pub(super) fn set_password(tx: &Tx<'_>, id: UserId, old: &str, new: &str) -> Result<bool> {
    let sql = "UPDATE user_users SET password = ?3 WHERE id = ?1 AND password = ?2";
    Ok(tx.prepare_cached(sql)?.execute((id.as_i64(), old, new))? == 1)
}

pub(super) fn set_frozen(tx: &Tx<'_>, id: UserId, frozen: bool, by: &By) -> Result<bool> {
    let sql = "UPDATE user_users SET frozen = ?2 WHERE id = ?1";
    if tx.prepare_cached(sql)?.execute((id.as_i64(), frozen))? == 0 {
        return Ok(false);
    }
    record(tx, id, if frozen { "freeze" } else { "unfreeze" }, by)?;
    Ok(true)
}

/// Records what staff did to an account.
pub(super) fn record(tx: &Tx<'_>, id: UserId, action: &str, by: &By) -> Result<()> {
    let sql = "INSERT INTO user_records (at, by_user, user_id, action, reason) VALUES (?1, ?2, ?3, ?4, ?5)";
    tx.prepare_cached(sql)?.execute((by.at.0, by.user.as_i64(), id.as_i64(), action, &by.reason))?;
    Ok(())
}

/// What a debit must know of an account; `None` if there is no such user.
pub(super) fn wallet(tx: &Tx<'_>, id: UserId) -> Result<Option<model::wallet::Wallet>> {
    let sql = "SELECT balance, frozen FROM user_users WHERE id = ?1";
    let found = tx.prepare_cached(sql)?.query_row([id.as_i64()], |row| {
        Ok(model::wallet::Wallet { balance: Cents(row.get(0)?), frozen: row.get(1)? })
    });
    Ok(found.optional()?)
}

#[cfg(test)]
mod tests {
    use engine::sqlite::{Db, Options};

    use super::*;
    use crate::store::sqlite::MIGRATIONS;

    #[tokio::test]
    async fn a_list_ends_after_very_many_and_none_is_counted_beyond() {
        let directory = tempfile::tempdir().unwrap();
        let db = Db::open(&directory.path().join("t.db"), Options::for_tests(), &[MIGRATIONS]).unwrap();
        let rows = LISTED_MAX + 5;
        let sql = format!(
            "INSERT INTO user_users (id, username, password, role, created)
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
             SELECT i, 'reader' || i, '', 0, 0 FROM n"
        );
        db.write(move |tx| Ok(tx.prepare_cached(&sql)?.execute([])?)).await.unwrap();
        let page = |prefix: &'static str, offset| {
            db.read(move |connection| list(connection, prefix, offset, 25)).unwrap()
        };
        for (prefix, offset, expected) in [("", 0, 25), ("reader", LISTED_MAX - 10, 10), ("", LISTED_MAX, 0)]
        {
            let (total, found) = page(prefix, offset);
            assert_eq!((total, found.len()), (LISTED_MAX, expected), "{prefix:?} behind {offset}");
        }
        assert_eq!(page("reader10000", 0).0, 1);
    }
}
