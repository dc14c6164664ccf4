//! Orders made in bulk: rows of an order at rest, written again under other ids.

use api::topics;
use engine::sqlite::{Pattern, Tx};
use engine::{Error, Result};
use model::OrderId;
use model::order::State;
use rusqlite::Connection;

use super::{effects, read};

/// An order at rest or unpaid, to be copied.
#[derive(Debug)]
pub struct OrderPattern {
    state: State,
    order: Pattern,
    history: Pattern,
    /// The message that closes it; none if it has come to its end.
    timer: Pattern,
}

impl OrderPattern {
    /// Reads `order`. `Corrupt` if there is none, or if it still owes something that a copy would not.
    pub fn of(connection: &Connection, order: OrderId) -> Result<Self> {
        let found = read::find(connection, order)?.ok_or_else(|| Error::corrupt("trade_orders", order))?;
        let (id, state, deadline) = (order.as_i64(), found.order.state, found.order.deadline.0);
        let due = "due = ?1 AND topic = ?2 AND subject = ?3";
        let pattern = Self {
            state,
            order: Pattern::read(connection, "trade_orders", &["id"], "id = ?1", [id])?,
            history: Pattern::read(connection, "trade_history", &["order_id"], "order_id = ?1", [id])?,
            timer: Pattern::read(connection, "trade_outbox", &["subject"], due, {
                (deadline, topics::ORDER_CHECK.code, id)
            })?,
        };
        let rests = !found.order.owes() && state != State::Placing;
        let wakes = state != State::Unpaid || pattern.timer.len() == 1;
        if rests && wakes { Ok(pattern) } else { Err(Error::corrupt("trade_orders", order)) }
    }

    /// Writes it once more as `order`. [`Self::count`] counts the copies.
    pub fn copy(&self, tx: &Tx<'_>, order: OrderId) -> Result<()> {
        let id = [order.as_i64()];
        self.order.copy(tx, &id)?;
        self.history.copy(tx, &id)?;
        self.timer.copy(tx, &id)
    }

    /// Counts so many copies, in the transaction that holds them.
    pub fn count(&self, tx: &Tx<'_>, copies: i64) -> Result<()> {
        effects::tally(tx, self.state, copies)
    }
}
