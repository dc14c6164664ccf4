//! The same pages from PostgreSQL, over one connection on which the auditor holds its snapshot.

use audit::facts::{HoldFact, HoldLineFact, ItemFact, LedgerFact, LedgerKey};
use engine::postgres::{Conn, Row};
use engine::{Error, Result};
use model::hold::State;
use model::{ItemId, Ms, OrderId};

use super::change;

/// Holds by order: above `after`, ascending, at most `limit`.
pub async fn holds(conn: &Conn, after: OrderId, limit: usize) -> Result<Vec<HoldFact>> {
    let sql = "SELECT order_id, state::bigint, created, lines FROM item.item_holds
               WHERE order_id > $1 ORDER BY order_id LIMIT $2";
    let rows = conn.query(sql, &[&after.as_i64(), &bound(limit)]).await?;
    rows.iter().map(hold).collect()
}

fn hold(row: &Row) -> Result<HoldFact> {
    let order = OrderId::from_i64(row.try_get(0)?);
    let corrupt = || Error::corrupt("item_holds", order);
    let lines: Vec<(i64, u32)> = serde_json::from_str(row.try_get(3)?).map_err(|_| corrupt())?;
    let lines = lines.into_iter().map(|(item, num)| HoldLineFact { item: ItemId::from_i64(item), num });
    Ok(HoldFact {
        order,
        state: State::from_code(row.try_get(1)?).ok_or_else(corrupt)?,
        created: Ms(row.try_get(2)?),
        lines: lines.collect(),
    })
}

/// Items by id: above `after`, ascending, at most `limit`.
pub async fn items(conn: &Conn, after: ItemId, limit: usize) -> Result<Vec<ItemFact>> {
    let sql = "SELECT id, added, available, held, sold FROM item.item_items
               WHERE id > $1 ORDER BY id LIMIT $2";
    let rows = conn.query(sql, &[&after.as_i64(), &bound(limit)]).await?;
    rows.iter().map(item).collect()
}

fn item(row: &Row) -> Result<ItemFact> {
    Ok(ItemFact {
        id: ItemId::from_i64(row.try_get(0)?),
        added: row.try_get(1)?,
        available: row.try_get(2)?,
        held: row.try_get(3)?,
        sold: row.try_get(4)?,
    })
}

/// The ledger by item, reference, line and step: above `after`, ascending, at most `limit`.
pub async fn ledger(conn: &Conn, after: LedgerKey, limit: usize) -> Result<Vec<LedgerFact>> {
    let sql =
        "SELECT item_id, ref_id, line::bigint, step::bigint, movement::bigint, qty FROM item.item_ledger
               WHERE (item_id, ref_id, line, step) > ($1, $2, $3, $4)
               ORDER BY item_id, ref_id, line, step LIMIT $5";
    // Steps are counted from 0 here and from 1 in facts.
    let (line, step) =
        (i32::try_from(after.line).unwrap_or(i32::MAX), i32::try_from(after.seq).unwrap_or(1) - 1);
    let step = i16::try_from(step).unwrap_or(i16::MAX);
    let reference = after.reference.cast_signed();
    let rows = conn.query(sql, &[&after.item.as_i64(), &reference, &line, &step, &bound(limit)]).await?;
    rows.iter().map(entry).collect()
}

fn entry(row: &Row) -> Result<LedgerFact> {
    let item = ItemId::from_i64(row.try_get(0)?);
    let corrupt = || Error::corrupt("item_ledger", item);
    let number = |column| u32::try_from(row.try_get::<_, i64>(column)?).map_err(|_| corrupt());
    let reference = row.try_get::<_, i64>(1)?.cast_unsigned();
    Ok(LedgerFact {
        key: LedgerKey { item, reference, line: number(2)?, seq: number(3)? + 1 },
        change: change(row.try_get(4)?).ok_or_else(corrupt)?,
        num: row.try_get(5)?,
    })
}

fn bound(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
