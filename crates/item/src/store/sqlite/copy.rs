//! Holds made in bulk: rows of a hold, written again under other orders.

use engine::Result;
use engine::sqlite::{Pattern, Tx};
use model::OrderId;
use rusqlite::Connection;

use super::ledger::counters;
use crate::ledger::Movement;

/// An order's hold with its movements, to be copied.
#[derive(Debug)]
pub struct HoldPattern {
    header: Pattern,
    ledger: Pattern,
    /// Which pieces of which item were moved how, in that order.
    moved: Vec<(Movement, i64, i64)>,
}

impl HoldPattern {
    /// Reads the hold of `order`, whose lines are all of `item`.
    pub fn of(connection: &Connection, order: OrderId, item: model::ItemId) -> Result<Self> {
        let (of, key) = ("item_id = ?1 AND ref_id = ?2", (item.as_i64(), order.as_i64()));
        let sql = format!("SELECT movement, item_id, qty FROM item_ledger WHERE {of} ORDER BY step, line");
        let mut statement = connection.prepare_cached(&sql)?;
        let rows = statement.query_map(key, |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?)))?;
        let rows = rows.collect::<rusqlite::Result<Vec<(i64, i64, i64)>>>()?;
        let known = |(code, item, qty)| Some((Movement::from_code(code)?, item, qty));
        Ok(Self {
            header: Pattern::read(connection, "item_holds", &["order_id"], "order_id = ?1", [key.1])?,
            ledger: Pattern::read(connection, "item_ledger", &["ref_id"], of, key)?,
            moved: rows.into_iter().filter_map(known).collect(),
        })
    }

    /// Writes it once more for `order`. [`Self::count`] counts the copies.
    pub fn copy(&self, tx: &Tx<'_>, order: OrderId) -> Result<()> {
        let id = [order.as_i64()];
        self.header.copy(tx, &id)?;
        self.ledger.copy(tx, &id)
    }

    /// Moves the counters for so many copies, in the transaction that holds them. An error if there is not enough stock.
    pub fn count(&self, tx: &Tx<'_>, copies: i64) -> Result<()> {
        for (movement, item, pieces) in &self.moved {
            tx.prepare_cached(counters(*movement))?.execute((pieces * copies, item))?;
        }
        Ok(())
    }
}
