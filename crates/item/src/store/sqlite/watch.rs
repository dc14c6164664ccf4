//! Stock as staff look at it.

use std::collections::{BTreeMap, BTreeSet};

use engine::sqlite::Tx;
use engine::{Error, Result};
use model::{ItemId, Ms, OrderId, UserId};
use rusqlite::{Connection, OptionalExtension, params};

use super::ledger;
use crate::watch::{CHECK_MAX, Counters, OpenHold, OrderEntry, Record, Sums};

pub(super) fn counters(connection: &Connection, item: ItemId) -> Result<Option<Counters>> {
    let sql = "SELECT added, available, held, sold FROM item_items WHERE id = ?1";
    let found = connection.prepare_cached(sql)?.query_row([item.as_i64()], |row| {
        let (added, available, held, sold) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(Counters { added, available, held, sold, by_ledger: None })
    });
    let Some(counters) = found.optional()? else { return Ok(None) };
    Ok(Some(Counters { by_ledger: sums(connection, item)?, ..counters }))
}

/// Adds up a ledger that is not too long.
fn sums(connection: &Connection, item: ItemId) -> Result<Option<Sums>> {
    let sql = "SELECT movement, sum(qty), count(*) FROM
               (SELECT movement, qty FROM item_ledger WHERE item_id = ?1 LIMIT ?2) GROUP BY movement";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((item.as_i64(), CHECK_MAX + 1))?;
    let (mut totals, mut seen) = (BTreeMap::new(), 0);
    while let Some(row) = rows.next()? {
        totals.insert(row.get::<_, i64>(0)?, row.get::<_, i64>(1)?);
        seen += row.get::<_, i64>(2)?;
    }
    Ok((seen <= CHECK_MAX).then(|| Sums::of(&totals)))
}

pub(super) fn open_holds(connection: &Connection, after: (Ms, OrderId), limit: u64) -> Result<Vec<OpenHold>> {
    let sql = "SELECT order_id, created, next_sweep_at, sweeps FROM item_holds
               WHERE next_sweep_at IS NOT NULL AND (next_sweep_at, order_id) > (?1, ?2)
               ORDER BY next_sweep_at, order_id LIMIT ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![after.0.0, after.1.as_i64(), limit], |row| {
        Ok(OpenHold {
            order: OrderId::from_i64(row.get(0)?),
            created: Ms(row.get(1)?),
            asked_at: Ms(row.get(2)?),
            sweeps: row.get(3)?,
        })
    })?;
    rows.map(|row| row.map_err(Error::from)).collect()
}

pub(super) fn still_held(connection: &Connection, orders: &[OrderId]) -> Result<BTreeSet<OrderId>> {
    let mut statement =
        connection.prepare_cached("SELECT 1 FROM item_holds WHERE order_id = ?1 AND state = 0")?;
    let mut held = BTreeSet::new();
    for order in orders {
        if statement.exists([order.as_i64()])? {
            held.insert(*order);
        }
    }
    Ok(held)
}

pub(super) fn movements(
    connection: &Connection,
    order: OrderId,
    items: &[ItemId],
) -> Result<Vec<OrderEntry>> {
    let sql = "SELECT movement, qty, at, ref_id, line, reason, by_user FROM item_ledger
               WHERE item_id = ?1 AND ref_id = ?2 AND step < 3 ORDER BY line, step";
    let mut statement = connection.prepare_cached(sql)?;
    let mut movements = Vec::new();
    for item in items {
        for entry in statement.query_map((item.as_i64(), order.as_i64()), ledger::entry)? {
            let entry = entry?.ok_or_else(|| Error::corrupt("item_ledger", *item))?;
            movements.push(OrderEntry { item: *item, entry });
        }
    }
    Ok(movements)
}

pub(super) fn records(connection: &Connection, before: i64, limit: u64) -> Result<Vec<Record>> {
    let sql = "SELECT id, at, by_user, item_id, action, reason FROM item_records
               WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map((before, limit), |row| {
        Ok(Record {
            id: row.get(0)?,
            at: Ms(row.get(1)?),
            by: UserId::from_i64(row.get(2)?),
            item: ItemId::from_i64(row.get(3)?),
            action: row.get(4)?,
            reason: row.get(5)?,
        })
    })?;
    rows.map(|row| row.map_err(Error::from)).collect()
}

/// Writes down what staff did, with the change itself.
pub(super) fn write(tx: &Tx<'_>, record: Option<Record>) -> Result<()> {
    let Some(Record { id, at, by, item, action, reason }) = record else { return Ok(()) };
    let sql =
        "INSERT INTO item_records (id, at, by_user, item_id, action, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    tx.prepare_cached(sql)?.execute((id, at.0, by.as_i64(), item.as_i64(), action, reason))?;
    Ok(())
}
