//! Look-ups.

use engine::Result;
use model::{AttemptId, Ms, OrderId, PayOrderId, UserId};
use rusqlite::{Connection, Params, Row};

use super::row;
use crate::record::{Attempt, Press, Record};
use crate::store::stored::{COLUMNS, found};
use crate::store::{Found, PRESSES_MAX, Target};

/// The pay order `target` means.
pub(super) fn find(connection: &Connection, target: Target) -> Result<Option<Record>> {
    match target {
        Target::PayOrder(id) => by_id(connection, id),
        Target::Order(order) => {
            let sql = select("WHERE order_id = $1");
            one(connection, &sql, [order.as_i64()], row::record)
        }
    }
}

pub(super) fn by_id(connection: &Connection, id: PayOrderId) -> Result<Option<Record>> {
    let sql = select("WHERE id = $1");
    one(connection, &sql, [id.as_i64()], row::record)
}

pub(super) fn by_order(connection: &Connection, order: OrderId) -> Result<Found<Record>> {
    found(find(connection, Target::Order(order)))
}

/// A corrupt row is left out: the owner still sees the others.
pub(super) fn of_owner(connection: &Connection, owner: UserId, limit: usize) -> Result<Vec<Record>> {
    let sql = select("WHERE owner = $1 AND owner <> 0 ORDER BY id DESC LIMIT $2");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query((owner.as_i64(), limit))?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        if let Found::Some(record) = found(row::record(row).map(Some))? {
            list.push(*record);
        }
    }
    Ok(list)
}

pub(super) fn attempt(connection: &Connection, id: AttemptId) -> Result<Found<Attempt>> {
    let sql = "SELECT a.id, a.pay_order, p.owner, a.outcome
               FROM pay_attempts a JOIN pay_orders p ON p.id = a.pay_order WHERE a.id = $1";
    found(one(connection, sql, [id.as_i64()], decode_attempt))
}

fn decode_attempt(row: &Row<'_>) -> Result<Attempt> {
    Ok(Attempt {
        id: AttemptId::from_i64(row.get(0)?),
        pay_order: PayOrderId::from_i64(row.get(1)?),
        owner: UserId::from_i64(row.get(2)?),
        outcome: row::outcome("pay_attempts", row, 3)?,
    })
}

pub(super) fn presses(connection: &Connection, pay_order: PayOrderId) -> Result<Vec<Press>> {
    let sql =
        "SELECT id, started, ended, outcome FROM pay_attempts WHERE pay_order = $1 ORDER BY id LIMIT $2";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((pay_order.as_i64(), PRESSES_MAX))?;
    let mut presses = Vec::new();
    while let Some(row) = rows.next()? {
        presses.push(Press {
            id: AttemptId::from_i64(row.get(0)?),
            started: Ms(row.get(1)?),
            ended: row.get::<_, Option<i64>>(2)?.map(Ms),
            outcome: row::outcome("pay_attempts", row, 3)?,
        });
    }
    Ok(presses)
}

fn select(rest: &str) -> String {
    format!("SELECT {COLUMNS} FROM pay_orders {rest}")
}

fn one<T>(
    connection: &Connection,
    sql: &str,
    key: impl Params,
    decode: impl FnOnce(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(key)?;
    rows.next()?.map(decode).transpose()
}
