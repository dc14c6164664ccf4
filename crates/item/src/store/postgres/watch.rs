//! Stock as staff look at it.

use std::collections::{BTreeMap, BTreeSet};

use engine::postgres::{Conn, Row, Tx};
use engine::{Result, params};
use model::{ItemId, Ms, OrderId, UserId};

use super::{ledger, row};
use crate::watch::{CHECK_MAX, Counters, OpenHold, OrderEntry, Record, Sums};

pub(super) async fn counters(conn: &Conn, item: ItemId) -> Result<Option<Counters>> {
    let sql = "SELECT added, available, held, sold FROM item_items WHERE id = $1";
    let Some(row) = conn.query_opt(sql, &[&item.as_i64()]).await? else { return Ok(None) };
    Ok(Some(Counters {
        added: row.try_get(0)?,
        available: row.try_get(1)?,
        held: row.try_get(2)?,
        sold: row.try_get(3)?,
        by_ledger: sums(conn, item).await?,
    }))
}

/// Adds up a ledger that is not too long.
async fn sums(conn: &Conn, item: ItemId) -> Result<Option<Sums>> {
    let sql = "SELECT movement::bigint, sum(qty)::bigint, count(*) FROM
               (SELECT movement, qty FROM item_ledger WHERE item_id = $1 LIMIT $2) AS reached GROUP BY movement";
    let (mut totals, mut seen) = (BTreeMap::new(), 0);
    for row in conn.query(sql, &[&item.as_i64(), &(CHECK_MAX + 1)]).await? {
        totals.insert(row.try_get::<_, i64>(0)?, row.try_get::<_, i64>(1)?);
        seen += row.try_get::<_, i64>(2)?;
    }
    Ok((seen <= CHECK_MAX).then(|| Sums::of(&totals)))
}

pub(super) async fn open_holds(conn: &Conn, after: (Ms, OrderId), limit: u64) -> Result<Vec<OpenHold>> {
    let sql = "SELECT order_id, created, next_sweep_at, sweeps::bigint FROM item_holds
               WHERE next_sweep_at IS NOT NULL AND (next_sweep_at, order_id) > ($1, $2)
               ORDER BY next_sweep_at, order_id LIMIT $3";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    conn.query(sql, &[&after.0.0, &after.1.as_i64(), &limit]).await?.iter().map(open_hold).collect()
}

fn open_hold(row: &Row) -> Result<OpenHold> {
    let order = OrderId::from_i64(row.try_get(0)?);
    Ok(OpenHold {
        order,
        created: Ms(row.try_get(1)?),
        asked_at: Ms(row.try_get(2)?),
        sweeps: row::number(row, 3, "item_holds", order)?,
    })
}

pub(super) async fn still_held(conn: &Conn, orders: &[OrderId]) -> Result<BTreeSet<OrderId>> {
    let orders: Vec<i64> = orders.iter().map(|order| order.as_i64()).collect();
    let sql = "SELECT order_id FROM item_holds WHERE order_id = ANY($1) AND state = 0";
    let rows = conn.query(sql, &[&orders]).await?;
    rows.iter().map(|row| Ok(OrderId::from_i64(row.try_get(0)?))).collect()
}

pub(super) async fn movements(conn: &Conn, order: OrderId, items: &[ItemId]) -> Result<Vec<OrderEntry>> {
    let ids: Vec<i64> = items.iter().map(|item| item.as_i64()).collect();
    let sql =
        "SELECT movement::bigint, qty, at, ref_id, line::bigint, reason, by_user, item_id FROM item_ledger
               WHERE item_id = ANY($1) AND ref_id = $2 AND step < 3 ORDER BY item_id, line, step";
    let rows = conn.query(sql, &[&ids, &order.as_i64()]).await?;
    let movement = |row| {
        let item = ItemId::from_i64(Row::try_get(row, 7)?);
        Ok(OrderEntry { item, entry: ledger::entry(item, row)? })
    };
    rows.iter().map(movement).collect()
}

pub(super) async fn records(conn: &Conn, before: i64, limit: u64) -> Result<Vec<Record>> {
    let sql = "SELECT id, at, by_user, item_id, action, reason FROM item_records
               WHERE id < $1 ORDER BY id DESC LIMIT $2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    conn.query(sql, &[&before, &limit]).await?.iter().map(record).collect()
}

fn record(row: &Row) -> Result<Record> {
    Ok(Record {
        id: row.try_get(0)?,
        at: Ms(row.try_get(1)?),
        by: UserId::from_i64(row.try_get(2)?),
        item: ItemId::from_i64(row.try_get(3)?),
        action: row.try_get(4)?,
        reason: row.try_get(5)?,
    })
}

/// Writes down what staff did, with the changes themselves.
pub(super) fn write(tx: &mut Tx<'_>, records: Vec<Record>) {
    let sql =
        "INSERT INTO item_records (id, at, by_user, item_id, action, reason) VALUES ($1, $2, $3, $4, $5, $6)";
    for Record { id, at, by, item, action, reason } in records {
        tx.write(sql, params![id, at.0, by.as_i64(), item.as_i64(), action, reason]);
    }
}
