//! Rows that owe something for too long, and idle knowledge about them.

use engine::Result;
use engine::sqlite::Tx;
use model::{Ms, PayOrderId};
use rusqlite::{Connection, Row};

use super::row;
use crate::store::stored::{COLUMNS, found};
use crate::store::{Overdue, Owed, SweepCursor};

pub(super) fn page(
    connection: &Connection,
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
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query((until.0, after.at.0, after.id.as_i64(), limit))?;
    let mut page = Vec::new();
    while let Some(row) = rows.next()? {
        page.push(overdue(row)?);
    }
    Ok(page)
}

fn overdue(row: &Row<'_>) -> Result<Overdue> {
    let cursor = SweepCursor { at: Ms(row.get(14)?), id: PayOrderId::from_i64(row.get(0)?) };
    Ok(Overdue { cursor, sweeps: row.get(20)?, record: found(row::record(row).map(Some))? })
}

pub(super) fn postpone(tx: &Tx<'_>, rows: &[(PayOrderId, Ms)]) -> Result<()> {
    let sql = "UPDATE pay_orders SET next_sweep_at = $1, sweeps = sweeps + 1
               WHERE id = $2 AND next_sweep_at IS NOT NULL";
    let mut statement = tx.prepare_cached(sql)?;
    for (id, at) in rows {
        statement.execute((at.0, id.as_i64()))?;
    }
    Ok(())
}

pub(super) fn owed(connection: &Connection) -> Result<Owed> {
    let sql = "SELECT count(in_flight), count(*) FROM pay_orders WHERE next_sweep_at IS NOT NULL";
    let (in_flight, all): (u64, u64) =
        connection.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Owed { in_flight, refunding: all.saturating_sub(in_flight) })
}
