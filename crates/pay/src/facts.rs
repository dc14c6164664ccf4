//! What the auditor may know of payments: pages of facts from one snapshot.

pub mod postgres;

use audit::facts::{AttemptFact, BillFact, PayOrderFact};
use engine::Result;
use model::{AttemptId, Ms, OrderId, PayOrderId};
use rusqlite::Connection;

use crate::record::{BillRecord, Record};
use crate::store::sqlite::row;
use crate::store::stored::{COLUMNS, outcome};

/// Pay orders by the order they pay: above `after`, ascending, at most `limit`.
pub fn by_order(connection: &Connection, after: OrderId, limit: usize) -> Result<Vec<PayOrderFact>> {
    page(connection, "order_id", after.as_i64(), limit)
}

/// Pay orders by their own id: above `after`, ascending, at most `limit`.
pub fn by_id(connection: &Connection, after: PayOrderId, limit: usize) -> Result<Vec<PayOrderFact>> {
    page(connection, "id", after.as_i64(), limit)
}

fn page(connection: &Connection, key: &str, after: i64, limit: usize) -> Result<Vec<PayOrderFact>> {
    let sql = format!("SELECT {COLUMNS} FROM pay_orders WHERE {key} > ?1 ORDER BY {key} LIMIT ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query((after, limit))?;
    let mut facts = Vec::new();
    while let Some(found) = rows.next()? {
        let record = row::record(found)?;
        let attempts = attempts(connection, record.pay_order.id)?;
        let bill = bill(&record);
        facts.push(PayOrderFact {
            pay_order: record.pay_order,
            success_at: record.success_at,
            attempts,
            bill,
        });
    }
    Ok(facts)
}

/// What is told of a payment at a provider.
fn bill(record: &Record) -> Option<BillFact> {
    let fact =
        |bill: &BillRecord| BillFact { since: bill.since, paid: bill.paid, watched: bill.sweep_at.is_some() };
    record.bill.as_ref().map(fact)
}

fn attempts(connection: &Connection, pay_order: PayOrderId) -> Result<Vec<AttemptFact>> {
    let sql = "SELECT id, started, outcome FROM pay_attempts WHERE pay_order = ?1 ORDER BY id";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([pay_order.as_i64()])?;
    let mut facts = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        let outcome = outcome("pay_attempts", id, row.get(2)?)?;
        facts.push(AttemptFact { id: AttemptId::from_i64(id), started: Ms(row.get(1)?), outcome });
    }
    Ok(facts)
}
