//! Look-ups.

use std::collections::BTreeMap;

use engine::Result;
use engine::postgres::{Conn, Row};
use model::{AttemptId, Ms, OrderId, PayOrderId, UserId};

use super::row;
use crate::record::{Attempt, Press, Record};
use crate::store::stored::{COLUMNS, found, outcome};
use crate::store::{Found, PRESSES_MAX};

pub(super) async fn by_id(conn: &Conn, id: PayOrderId) -> Result<Option<Record>> {
    let sql = format!("SELECT {COLUMNS} FROM pay_orders WHERE id = $1");
    conn.query_opt(&sql, &[&id.as_i64()]).await?.as_ref().map(row::record).transpose()
}

pub(super) async fn by_ids(conn: &Conn, ids: &[PayOrderId]) -> Result<Vec<Found<Record>>> {
    many(conn, ("id", 0), ids.iter().map(|id| id.as_i64()).collect()).await
}

pub(super) async fn by_orders(conn: &Conn, orders: &[OrderId]) -> Result<Vec<Found<Record>>> {
    many(conn, ("order_id", 1), orders.iter().map(|order| order.as_i64()).collect()).await
}

/// The pay orders whose column of this name, at this place among [`COLUMNS`], is one of `ids`, in their order.
async fn many(conn: &Conn, (name, at): (&str, usize), ids: Vec<i64>) -> Result<Vec<Found<Record>>> {
    let sql = format!("SELECT {COLUMNS} FROM pay_orders WHERE {name} = ANY($1)");
    let mut known = BTreeMap::new();
    for row in conn.query(&sql, &[&ids]).await? {
        known.insert(row.try_get::<_, i64>(at)?, found(row::record(&row).map(Some))?);
    }
    Ok(ids.iter().map(|id| known.get(id).cloned().unwrap_or(Found::None)).collect())
}

/// A corrupt row is left out: the owner still sees the others.
pub(super) async fn of_owner(conn: &Conn, owner: UserId, limit: usize) -> Result<Vec<Record>> {
    let sql =
        format!("SELECT {COLUMNS} FROM pay_orders WHERE owner = $1 AND owner <> 0 ORDER BY id DESC LIMIT $2");
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut list = Vec::new();
    for row in conn.query(&sql, &[&owner.as_i64(), &limit]).await? {
        if let Found::Some(record) = found(row::record(&row).map(Some))? {
            list.push(*record);
        }
    }
    Ok(list)
}

pub(super) async fn attempts(conn: &Conn, attempts: &[AttemptId]) -> Result<Vec<Found<Attempt>>> {
    let ids: Vec<i64> = attempts.iter().map(|attempt| attempt.as_i64()).collect();
    let sql = "SELECT a.id, a.pay_order, p.owner, a.outcome
               FROM pay_attempts a JOIN pay_orders p ON p.id = a.pay_order WHERE a.id = ANY($1)";
    let mut known = BTreeMap::new();
    for row in conn.query(sql, &[&ids]).await? {
        known.insert(row.try_get::<_, i64>(0)?, found(attempt(&row).map(Some))?);
    }
    Ok(ids.iter().map(|id| known.get(id).cloned().unwrap_or(Found::None)).collect())
}

fn attempt(row: &Row) -> Result<Attempt> {
    let id = row.try_get(0)?;
    let code = row.try_get::<_, Option<i16>>(3)?.map(i64::from);
    Ok(Attempt {
        id: AttemptId::from_i64(id),
        pay_order: PayOrderId::from_i64(row.try_get(1)?),
        owner: UserId::from_i64(row.try_get(2)?),
        outcome: outcome("pay_attempts", id, code)?,
    })
}

pub(super) async fn presses(conn: &Conn, pay_order: PayOrderId) -> Result<Vec<Press>> {
    let sql =
        "SELECT id, started, ended, outcome FROM pay_attempts WHERE pay_order = $1 ORDER BY id LIMIT $2";
    conn.query(sql, &[&pay_order.as_i64(), &PRESSES_MAX]).await?.iter().map(press).collect()
}

fn press(row: &Row) -> Result<Press> {
    let id = row.try_get(0)?;
    let code = row.try_get::<_, Option<i16>>(3)?.map(i64::from);
    Ok(Press {
        id: AttemptId::from_i64(id),
        started: Ms(row.try_get(1)?),
        ended: row.try_get::<_, Option<i64>>(2)?.map(Ms),
        outcome: outcome("pay_attempts", id, code)?,
    })
}
