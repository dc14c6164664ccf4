//! What the auditor may know of stock: pages of facts from one snapshot.

pub mod postgres;

use audit::facts::{HoldFact, HoldLineFact, ItemFact, LedgerFact, LedgerKey, StockChange};
use engine::{Error, Result};
use model::hold::{Movement, State};
use model::{ItemId, Ms, OrderId};
use rusqlite::Connection;

/// Holds by order: above `after`, ascending, at most `limit`.
pub fn holds(connection: &Connection, after: OrderId, limit: usize) -> Result<Vec<HoldFact>> {
    let sql = "SELECT order_id, state, created, lines FROM item_holds WHERE order_id > ?1 ORDER BY order_id LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((after.as_i64(), limit))?;
    let mut facts = Vec::new();
    while let Some(row) = rows.next()? {
        let order = OrderId::from_i64(row.get(0)?);
        let corrupt = || Error::corrupt("item_holds", order);
        let lines: Vec<(i64, u32)> =
            serde_json::from_str(&row.get::<_, String>(3)?).map_err(|_| corrupt())?;
        let lines = lines.into_iter().map(|(item, num)| HoldLineFact { item: ItemId::from_i64(item), num });
        facts.push(HoldFact {
            order,
            state: State::from_code(row.get(1)?).ok_or_else(corrupt)?,
            created: Ms(row.get(2)?),
            lines: lines.collect(),
        });
    }
    Ok(facts)
}

/// Items by id: above `after`, ascending, at most `limit`.
pub fn items(connection: &Connection, after: ItemId, limit: usize) -> Result<Vec<ItemFact>> {
    let sql = "SELECT id, added, available, held, sold FROM item_items WHERE id > ?1 ORDER BY id LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map((after.as_i64(), limit), |row| {
        Ok(ItemFact {
            id: ItemId::from_i64(row.get(0)?),
            added: row.get(1)?,
            available: row.get(2)?,
            held: row.get(3)?,
            sold: row.get(4)?,
        })
    })?;
    rows.map(|row| row.map_err(Error::from)).collect()
}

/// The ledger by item, reference, line and step: above `after`, ascending, at most `limit`.
pub fn ledger(connection: &Connection, after: LedgerKey, limit: usize) -> Result<Vec<LedgerFact>> {
    let sql = "SELECT item_id, ref_id, line, step, movement, qty FROM item_ledger
               WHERE (item_id, ref_id, line, step) > (?1, ?2, ?3, ?4)
               ORDER BY item_id, ref_id, line, step LIMIT ?5";
    let mut statement = connection.prepare_cached(sql)?;
    // Steps are counted from 0 here and from 1 in facts.
    let step = i64::from(after.seq) - 1;
    let position = (after.item.as_i64(), after.reference.cast_signed(), after.line, step, limit);
    let mut rows = statement.query(position)?;
    let mut facts = Vec::new();
    while let Some(row) = rows.next()? {
        let item = ItemId::from_i64(row.get(0)?);
        let reference = row.get::<_, i64>(1)?.cast_unsigned();
        let key = LedgerKey { item, reference, line: row.get(2)?, seq: row.get::<_, u32>(3)? + 1 };
        let change = change(row.get(4)?).ok_or_else(|| Error::corrupt("item_ledger", item))?;
        facts.push(LedgerFact { key, change, num: row.get(5)? });
    }
    Ok(facts)
}

fn change(code: i64) -> Option<StockChange> {
    use crate::ledger::Movement as Stored;
    Some(match Stored::from_code(code)? {
        Stored::Hold => StockChange::Moved(Movement::Hold),
        Stored::Release => StockChange::Moved(Movement::Release),
        Stored::Sell => StockChange::Moved(Movement::Sell),
        Stored::Return => StockChange::Moved(Movement::Return),
        Stored::Add => StockChange::Added,
    })
}
