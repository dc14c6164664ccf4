//! Rows that owe something for too long, and idle knowledge about them.

use async_trait::async_trait;
use engine::postgres::{Batch, Conn, Row, Tx};
use engine::{Error, Result, params};
use model::{Ms, PayOrderId};

use super::row;
use crate::store::stored::{COLUMNS, found};
use crate::store::{Overdue, Owed, SweepCursor};

pub(super) async fn page(
    conn: &Conn,
    after: Option<SweepCursor>,
    until: Ms,
    limit: usize,
) -> Result<Vec<Overdue>> {
    let sql = format!(
        "SELECT {COLUMNS}, sweeps FROM pay_orders
         WHERE next_sweep_at IS NOT NULL AND next_sweep_at <= $1 AND (next_sweep_at, id) > ($2, $3)
         ORDER BY next_sweep_at, id LIMIT $4"
    );
    let after = after.unwrap_or(SweepCursor { at: Ms(i64::MIN), id: PayOrderId(0) });
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = conn.query(&sql, &[&until.0, &after.at.0, &after.id.as_i64(), &limit]).await?;
    rows.iter().map(overdue).collect()
}

fn overdue(row: &Row) -> Result<Overdue> {
    let cursor = SweepCursor { at: Ms(row.try_get(14)?), id: PayOrderId::from_i64(row.try_get(0)?) };
    let sweeps = u32::try_from(row.try_get::<_, i64>(20)?).unwrap_or(u32::MAX);
    Ok(Overdue { cursor, sweeps, record: found(row::record(row).map(Some))? })
}

pub(super) async fn owed(conn: &Conn) -> Result<Owed> {
    let sql = "SELECT count(in_flight), count(*) FROM pay_orders WHERE next_sweep_at IS NOT NULL";
    let Some(row) = conn.query_opt(sql, &[]).await? else { return Ok(Owed::default()) };
    let count = |column: usize| row.try_get::<_, i64>(column).map(i64::cast_unsigned);
    let (in_flight, all) = (count(0)?, count(1)?);
    Ok(Owed { in_flight, refunding: all.saturating_sub(in_flight) })
}

/// Sets when rows are swept next and counts one sweep more; rows at rest stay so.
pub(super) struct Postpone;

#[async_trait]
impl Batch for Postpone {
    type Request = (PayOrderId, Ms);
    type Answer = ();

    async fn run(&self, tx: &mut Tx<'_>, rows: &[Self::Request]) -> Result<Vec<()>> {
        let ids: Vec<i64> = rows.iter().map(|(id, _)| id.as_i64()).collect();
        let at: Vec<i64> = rows.iter().map(|(_, at)| at.0).collect();
        // An update by itself would lock the rows in any order.
        tx.query("SELECT id FROM pay_orders WHERE id = ANY($1) ORDER BY id FOR UPDATE", &[&ids]).await?;
        let sql = "UPDATE pay_orders p SET next_sweep_at = n.at, sweeps = sweeps + 1
                   FROM unnest($1::bigint[], $2::bigint[]) AS n (id, at)
                   WHERE p.id = n.id AND next_sweep_at IS NOT NULL";
        tx.write(sql, params![ids, at]);
        Ok(vec![(); rows.len()])
    }

    /// A row that cannot be postponed is swept again, and keeps no other from its turn.
    fn broken(&self, (id, _): &Self::Request, error: &Error) -> Option<()> {
        tracing::error!(%error, pay_order = %id, "a row was left as it is");
        Some(())
    }
}
