//! What the auditor may know of payments: pages of facts from one snapshot.

use audit::facts::{AttemptFact, PayOrderFact};
use engine::{Error, Result};
use model::wallet::Outcome;
use model::{AttemptId, Ms, OrderId, PayOrderId};
use rusqlite::Connection;

use crate::store::sqlite::row;

/// Pay orders by the order they pay: above `after`, ascending, at most `limit`.
pub fn by_order(connection: &Connection, after: OrderId, limit: usize) -> Result<Vec<PayOrderFact>> {
    page(connection, "order_id", after.as_i64(), limit)
}

/// Pay orders by their own id: above `after`, ascending, at most `limit`.
pub fn by_id(connection: &Connection, after: PayOrderId, limit: usize) -> Result<Vec<PayOrderFact>> {
    page(connection, "id", after.as_i64(), limit)
}

fn page(connection: &Connection, key: &str, after: i64, limit: usize) -> Result<Vec<PayOrderFact>> {
    let columns = row::COLUMNS;
    let sql = format!("SELECT {columns} FROM pay_orders WHERE {key} > ?1 ORDER BY {key} LIMIT ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query((after, limit))?;
    let mut facts = Vec::new();
    while let Some(found) = rows.next()? {
        let record = row::record(found)?;
        let attempts = attempts(connection, record.pay_order.id)?;
        facts.push(PayOrderFact { pay_order: record.pay_order, success_at: record.success_at, attempts });
    }
    Ok(facts)
}

fn attempts(connection: &Connection, pay_order: PayOrderId) -> Result<Vec<AttemptFact>> {
    let sql = "SELECT id, started, outcome FROM pay_attempts WHERE pay_order = ?1 ORDER BY id";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([pay_order.as_i64()])?;
    let mut facts = Vec::new();
    while let Some(row) = rows.next()? {
        let id = AttemptId::from_i64(row.get(0)?);
        let known = |code| Outcome::from_code(code).ok_or_else(|| Error::corrupt("pay_attempts", id));
        let outcome = row.get::<_, Option<i64>>(2)?.map(known).transpose()?;
        facts.push(AttemptFact { id, started: Ms(row.get(1)?), outcome });
    }
    Ok(facts)
}
