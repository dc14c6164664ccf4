//! Pay orders made in bulk: the row of one at rest, written again for other orders.

use engine::Result;
use engine::sqlite::{Pattern, Tx};
use model::{OrderId, PayOrderId};
use rusqlite::Connection;

/// The pay order of an order, if it has one, to be copied. Only one that nobody has pressed: attempts are not copied.
#[derive(Debug)]
pub struct PayOrderPattern(Pattern);

impl PayOrderPattern {
    /// Reads that of `order`.
    pub fn of(connection: &Connection, order: OrderId) -> Result<Self> {
        let unpressed =
            "order_id = ?1 AND NOT EXISTS (SELECT 1 FROM pay_attempts WHERE pay_order = pay_orders.id)";
        let ids = ["id", "order_id"];
        Ok(Self(Pattern::read(connection, "pay_orders", &ids, unpressed, [order.as_i64()])?))
    }

    /// Writes it once more as `id` of `order`; nothing if there is none.
    pub fn copy(&self, tx: &Tx<'_>, id: PayOrderId, order: OrderId) -> Result<()> {
        self.0.copy(tx, &[id.as_i64(), order.as_i64()])
    }
}
