//! Look-ups.

use api::body::rows_left;
use clock::Ms;
use engine::Result;
use engine::postgres::{Conn, Row};
use model::wallet::Outcome;
use model::{AttemptId, Cents, PayOrderId, UserId};

use crate::config::LISTED_MAX;
use crate::store::{Entry, User, codec};

const USER: &str = "id, username, password, role, frozen, balance, created";

/// The end of every name that starts with what stands before it.
const LAST: char = '\u{10FFFF}';

fn user(row: &Row) -> Result<User> {
    let id = UserId::from_i64(row.try_get(0)?);
    Ok(User {
        id,
        username: row.try_get(1)?,
        password: row.try_get(2)?,
        role: codec::role(id, row.try_get::<_, i16>(3)?.into())?,
        frozen: row.try_get(4)?,
        balance: Cents(row.try_get(5)?),
        created: Ms(row.try_get(6)?),
    })
}

/// A name as the unique index has it: one in both cases of ASCII letters.
fn folded(name: &str) -> String {
    name.to_ascii_lowercase()
}

pub(super) async fn by_name(conn: &Conn, username: &str) -> Result<Option<User>> {
    // No text in this database has a NUL, and none may be asked for.
    if username.contains('\0') {
        return Ok(None);
    }
    let sql = format!("SELECT {USER} FROM user_users WHERE lower(username) = $1");
    conn.query_opt(&sql, &[&folded(username)]).await?.as_ref().map(user).transpose()
}

pub(super) async fn by_id(conn: &Conn, id: UserId) -> Result<Option<User>> {
    let sql = format!("SELECT {USER} FROM user_users WHERE id = $1");
    conn.query_opt(&sql, &[&id.as_i64()]).await?.as_ref().map(user).transpose()
}

pub(super) async fn list(conn: &Conn, prefix: &str, offset: u64, limit: u64) -> Result<(u64, Vec<User>)> {
    if prefix.contains('\0') {
        return Ok((0, Vec::new()));
    }
    let from = folded(prefix);
    let to = format!("{from}{LAST}");
    let sql =
        "SELECT count(*) FROM (SELECT 1 FROM user_users WHERE lower(username) >= $1 AND lower(username) < $2
               LIMIT $3) AS listed";
    let counted = conn.query_opt(sql, &[&from, &to, &bounded(LISTED_MAX)]).await?;
    let total: i64 = counted.map_or(Ok(0), |row| row.try_get(0))?;
    let limit = rows_left(total.cast_unsigned(), offset, limit);
    let sql = format!(
        "SELECT {USER} FROM user_users WHERE lower(username) >= $1 AND lower(username) < $2
         ORDER BY lower(username) LIMIT $3 OFFSET $4"
    );
    let rows = conn.query(&sql, &[&from, &to, &bounded(limit), &bounded(offset)]).await?;
    Ok((total.cast_unsigned(), rows.iter().map(user).collect::<Result<_>>()?))
}

pub(super) async fn entries(conn: &Conn, user: UserId, offset: u64, limit: u64) -> Result<(u64, Vec<Entry>)> {
    let sql = "SELECT entries FROM user_users WHERE id = $1";
    let total: i64 = conn.query_opt(sql, &[&user.as_i64()]).await?.map_or(Ok(0), |row| row.try_get(0))?;
    let sql = "SELECT seq, at, kind, amount, balance, pay_order, reason FROM user_entries
               WHERE user_id = $1 ORDER BY seq DESC LIMIT $2 OFFSET $3";
    let rows = conn.query(sql, &[&user.as_i64(), &bounded(limit), &bounded(offset)]).await?;
    let entries = rows.iter().map(|row| entry(user, row)).collect::<Result<_>>()?;
    Ok((total.cast_unsigned(), entries))
}

fn entry(user: UserId, row: &Row) -> Result<Entry> {
    Ok(Entry {
        seq: row.try_get(0)?,
        at: Ms(row.try_get(1)?),
        kind: codec::kind(user, row.try_get::<_, i16>(2)?.into())?,
        amount: Cents(row.try_get(3)?),
        balance: Cents(row.try_get(4)?),
        pay_order: row.try_get::<_, Option<i64>>(5)?.map(PayOrderId::from_i64),
        reason: row.try_get(6)?,
    })
}

pub(super) async fn decided(
    conn: &Conn,
    pay_order: PayOrderId,
    attempt: AttemptId,
) -> Result<Option<Outcome>> {
    let sql = "SELECT outcome FROM user_debits WHERE pay_order = $1 AND attempt = $2";
    let row = conn.query_opt(sql, &[&pay_order.as_i64(), &attempt.as_i64()]).await?;
    row.map(|row| codec::outcome(attempt, row.try_get::<_, i16>(0)?.into())).transpose()
}

fn bounded(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
