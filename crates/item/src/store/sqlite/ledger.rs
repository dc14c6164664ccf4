//! The counters of an item and the ledger that explains them, always changed together.

use api::body::Page;
use engine::sqlite::Tx;
use engine::{Error, Result};
use model::{ItemId, Ms, OrderId, UserId};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::config::TOTAL_MAX;
use crate::ledger::{Entry, Movement, Stored, window};
use crate::store::header::Lines;
use crate::store::{Change, Delta, Restocked};

const INSERT: &str =
    "INSERT INTO item_ledger (item_id, ref_id, line, step, movement, qty, at, reason, by_user)
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/// Each movement names only the counters it changes: an index on another one is then not touched.
pub(super) fn counters(movement: Movement) -> &'static str {
    match movement {
        Movement::Hold => "UPDATE item_items SET available = available - ?1, held = held + ?1 WHERE id = ?2",
        Movement::Release => {
            "UPDATE item_items SET held = held - ?1, available = available + ?1 WHERE id = ?2"
        }
        Movement::Sell => "UPDATE item_items SET held = held - ?1, sold = sold + ?1 WHERE id = ?2",
        Movement::Return => {
            "UPDATE item_items SET sold = sold - ?1, available = available + ?1 WHERE id = ?2"
        }
        Movement::Add => "UPDATE item_items SET added = added + ?1, available = available + ?1 WHERE id = ?2",
    }
}

/// Moves every line of an order.
pub(super) fn move_lines(
    tx: &Tx<'_>,
    order: OrderId,
    lines: &Lines,
    movement: Movement,
    now: Ms,
) -> Result<()> {
    let mut counters = tx.prepare_cached(counters(movement))?;
    let mut insert = tx.prepare_cached(INSERT)?;
    let (code, step, none) = (movement.code(), movement.step(), None::<i64>);
    for (line, &(item, num)) in lines.iter().enumerate() {
        if counters.execute((num, item))? != 1 {
            return Err(Error::corrupt("item_holds", order));
        }
        insert.execute((item, order.as_i64(), line, step, code, num, now.0, none, none))?;
    }
    Ok(())
}

/// Adds stock (or takes it away) that no order moves.
pub(super) fn add(tx: &Tx<'_>, item: ItemId, delta: &Delta, change: Change) -> Result<()> {
    if delta.pieces == 0 {
        return Ok(());
    }
    tx.prepare_cached(counters(Movement::Add))?.execute((delta.pieces, item.as_i64()))?;
    record(tx, item, delta, change)
}

/// Writes the ledger row of a change whose counters are written already.
pub(super) fn record(tx: &Tx<'_>, item: ItemId, delta: &Delta, change: Change) -> Result<()> {
    let (code, step) = (Movement::Add.code(), Movement::Add.step());
    let (id, by) = (change.id.cast_signed(), change.by.map(UserId::as_i64));
    let row = (item.as_i64(), id, 0, step, code, delta.pieces, change.at.0, &delta.reason, by);
    tx.prepare_cached(INSERT)?.execute(row)?;
    Ok(())
}

/// Changes the stock of an item that is not deleted, down to nothing available at most.
pub(super) fn restock(tx: &Tx<'_>, item: ItemId, delta: &Delta, change: Change) -> Result<Restocked> {
    let sql = "SELECT available, added FROM item_items WHERE id = ?1 AND status < 3";
    let found: Option<(i64, i64)> = tx
        .prepare_cached(sql)?
        .query_row([item.as_i64()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((available, added)) = found else { return Ok(Restocked::NoSuchItem) };
    let decided = Restocked::decide(available, added, delta.pieces);
    if let Restocked::Done(_) = decided {
        add(tx, item, delta, change)?;
    }
    Ok(decided)
}

pub(super) fn page(
    connection: &Connection,
    item: ItemId,
    page_no: u64,
    page_size: u64,
) -> Result<Option<Page<Entry>>> {
    let known = "SELECT 1 FROM item_items WHERE id = ?1";
    if !connection.prepare_cached(known)?.exists([item.as_i64()])? {
        return Ok(None);
    }
    let total = "SELECT count(*) FROM (SELECT 1 FROM item_ledger WHERE item_id = ?1 LIMIT ?2)";
    let total: u64 =
        connection.prepare_cached(total)?.query_row((item.as_i64(), TOTAL_MAX), |row| row.get(0))?;
    let sql = "SELECT movement, qty, at, ref_id, line, reason, by_user FROM item_ledger WHERE item_id = ?1
               ORDER BY ref_id DESC, line DESC, step DESC LIMIT ?2 OFFSET ?3";
    let (offset, limit) = window(page_no, page_size);
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map((item.as_i64(), limit, offset), entry)?;
    let list = rows.map(|row| row?.ok_or_else(|| Error::corrupt("item_ledger", item)));
    Ok(Some(Page::new(total, page_size, list.collect::<Result<_>>()?)))
}

pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<Option<Entry>> {
    let stored = Stored {
        movement: row.get(0)?,
        qty: row.get(1)?,
        at: Ms(row.get(2)?),
        reference: row.get(3)?,
        line: row.get(4)?,
        reason: row.get(5)?,
        by: row.get(6)?,
    };
    Ok(stored.entry())
}
