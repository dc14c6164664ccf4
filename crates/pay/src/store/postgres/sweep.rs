//! Rows that owe something for too long, and idle knowledge about them.

use async_trait::async_trait;
use engine::postgres::{Batch, Conn, Row, Tx};
use engine::{Error, Result, params};
use model::{Ms, PayOrderId};

use super::row;
use crate::store::stored::{self, COLUMN_COUNT, COLUMNS, found};
pub(super) use crate::store::stored::{BILLS, PAYMENTS, Watch};
use crate::store::{Overdue, Owed, SweepCursor};

pub(super) async fn page(
    conn: &Conn,
    Watch { at, sweeps }: &Watch,
    after: Option<SweepCursor>,
    until: Ms,
    limit: usize,
) -> Result<Vec<Overdue>> {
    let sql = format!(
        "SELECT {COLUMNS}, {at}, {sweeps} FROM pay_orders
         WHERE {at} IS NOT NULL AND {at} <= $1 AND ({at}, id) > ($2, $3)
         ORDER BY {at}, id LIMIT $4"
    );
    let after = after.unwrap_or(SweepCursor { at: Ms(i64::MIN), id: PayOrderId(0) });
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = conn.query(&sql, &[&until.0, &after.at.0, &after.id.as_i64(), &limit]).await?;
    rows.iter().map(overdue).collect()
}

pub(super) async fn owing_bills(conn: &Conn, look: usize) -> Result<Vec<Overdue>> {
    let look = i64::try_from(look).unwrap_or(i64::MAX);
    conn.query(&stored::owing_bills(), &[&look]).await?.iter().map(overdue).collect()
}

fn overdue(row: &Row) -> Result<Overdue> {
    let cursor =
        SweepCursor { at: Ms(row.try_get(COLUMN_COUNT)?), id: PayOrderId::from_i64(row.try_get(0)?) };
    let sweeps = u32::try_from(row.try_get::<_, i64>(COLUMN_COUNT + 1)?).unwrap_or(u32::MAX);
    Ok(Overdue { cursor, sweeps, record: found(row::record(row).map(Some))? })
}

pub(super) async fn owed(conn: &Conn) -> Result<Owed> {
    let payments = "SELECT count(in_flight), count(*), min(updated) FILTER (WHERE refund = 1)
                    FROM pay_orders WHERE next_sweep_at IS NOT NULL";
    let bills = "SELECT count(*) FILTER (WHERE bill IN (1, 3)), count(*) FILTER (WHERE bill = 6),
                 min(bill_since) FILTER (WHERE bill = 6) FROM pay_orders WHERE bill_sweep_at IS NOT NULL";
    let (in_flight, all, refunding) = counted(conn, payments).await?;
    let (bills, returning, late) = counted(conn, bills).await?;
    let oldest_refund = refunding.into_iter().chain(late).min();
    Ok(Owed { in_flight, refunding: all.saturating_sub(in_flight), bills, returning, oldest_refund })
}

/// Two counts and a time.
async fn counted(conn: &Conn, sql: &str) -> Result<(u64, u64, Option<Ms>)> {
    let Some(row) = conn.query_opt(sql, &[]).await? else { return Ok((0, 0, None)) };
    let count = |column: usize| row.try_get::<_, i64>(column).map(i64::cast_unsigned);
    Ok((count(0)?, count(1)?, row.try_get::<_, Option<i64>>(2)?.map(Ms)))
}

/// Sets when rows are swept next and counts one sweep more; rows at rest stay so.
pub(super) struct Postpone(pub(super) &'static Watch);

#[async_trait]
impl Batch for Postpone {
    type Request = (PayOrderId, Option<Ms>);
    type Answer = ();

    async fn run(&self, tx: &mut Tx<'_>, rows: &[Self::Request]) -> Result<Vec<()>> {
        let ids: Vec<i64> = rows.iter().map(|(id, _)| id.as_i64()).collect();
        let at: Vec<Option<i64>> = rows.iter().map(|(_, at)| at.map(|at| at.0)).collect();
        let Watch { at: column, sweeps } = self.0;
        // An update by itself would lock the rows in any order.
        tx.query("SELECT id FROM pay_orders WHERE id = ANY($1) ORDER BY id FOR UPDATE", &[&ids]).await?;
        let sql = format!(
            "UPDATE pay_orders p SET {column} = n.at, {sweeps} = {sweeps} + 1
             FROM unnest($1::bigint[], $2::bigint[]) AS n (id, at)
             WHERE p.id = n.id AND {column} IS NOT NULL"
        );
        tx.write(sql, params![ids, at]);
        Ok(vec![(); rows.len()])
    }

    /// A row that cannot be postponed is swept again, and keeps no other from its turn.
    fn broken(&self, (id, _): &Self::Request, error: &Error) -> Option<()> {
        tracing::error!(%error, pay_order = %id, "a row was left as it is");
        Some(())
    }
}
