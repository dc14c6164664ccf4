//! The same facts on PostgreSQL. The connection is the auditor's: in the midst of a snapshot, and in no schema.

use std::collections::BTreeMap;

use audit::facts::{AttemptFact, PayOrderFact};
use engine::Result;
use engine::postgres::Conn;
use model::{AttemptId, Ms, OrderId, PayOrderId};

use crate::store::postgres::row;
use crate::store::stored::{COLUMNS, outcome};

/// Where the tables are.
const SCHEMA: &str = "pay";

/// Pay orders by the order they pay: above `after`, ascending, at most `limit`.
pub async fn by_order(conn: &Conn, after: OrderId, limit: usize) -> Result<Vec<PayOrderFact>> {
    page(conn, "order_id", after.as_i64(), limit).await
}

/// Pay orders by their own id: above `after`, ascending, at most `limit`.
pub async fn by_id(conn: &Conn, after: PayOrderId, limit: usize) -> Result<Vec<PayOrderFact>> {
    page(conn, "id", after.as_i64(), limit).await
}

async fn page(conn: &Conn, key: &str, after: i64, limit: usize) -> Result<Vec<PayOrderFact>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let sql = format!("SELECT {COLUMNS} FROM {SCHEMA}.pay_orders WHERE {key} > $1 ORDER BY {key} LIMIT $2");
    let rows = conn.query(&sql, &[&after, &limit]).await?;
    let records = rows.iter().map(row::record).collect::<Result<Vec<_>>>()?;
    let ids: Vec<i64> = records.iter().map(|record| record.pay_order.id.as_i64()).collect();
    let mut attempts = attempts(conn, &ids).await?;
    let facts = records.into_iter().map(|record| PayOrderFact {
        attempts: attempts.remove(&record.pay_order.id).unwrap_or_default(),
        bill: super::bill(&record),
        pay_order: record.pay_order,
        success_at: record.success_at,
    });
    Ok(facts.collect())
}

async fn attempts(conn: &Conn, pay_orders: &[i64]) -> Result<BTreeMap<PayOrderId, Vec<AttemptFact>>> {
    let sql = format!(
        "SELECT id, started, outcome, pay_order FROM {SCHEMA}.pay_attempts WHERE pay_order = ANY($1) ORDER BY id"
    );
    let mut facts: BTreeMap<PayOrderId, Vec<AttemptFact>> = BTreeMap::new();
    for row in conn.query(&sql, &[&pay_orders]).await? {
        let id = row.try_get(0)?;
        let outcome = outcome("pay_attempts", id, row.try_get::<_, Option<i16>>(2)?.map(i64::from))?;
        let fact = AttemptFact { id: AttemptId::from_i64(id), started: Ms(row.try_get(1)?), outcome };
        facts.entry(PayOrderId::from_i64(row.try_get(3)?)).or_default().push(fact);
    }
    Ok(facts)
}
