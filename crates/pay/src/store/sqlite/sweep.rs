//! Rows that owe something for too long, and idle knowledge about them.

use engine::Result;
use engine::sqlite::Tx;
use model::{Ms, PayOrderId};
use rusqlite::{Connection, Row};

use super::row;
use crate::store::stored::{self, COLUMN_COUNT, COLUMNS, found};
pub(super) use crate::store::stored::{BILLS, PAYMENTS, Watch};
use crate::store::{Overdue, Owed, SweepCursor};

pub(super) fn page(
    connection: &Connection,
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
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query((until.0, after.at.0, after.id.as_i64(), limit))?;
    let mut page = Vec::new();
    while let Some(row) = rows.next()? {
        page.push(overdue(row)?);
    }
    Ok(page)
}

pub(super) fn owing_bills(connection: &Connection, look: usize) -> Result<Vec<Overdue>> {
    let mut statement = connection.prepare_cached(&stored::owing_bills())?;
    let mut rows = statement.query([look])?;
    let mut bills = Vec::new();
    while let Some(row) = rows.next()? {
        bills.push(overdue(row)?);
    }
    Ok(bills)
}

fn overdue(row: &Row<'_>) -> Result<Overdue> {
    let cursor = SweepCursor { at: Ms(row.get(COLUMN_COUNT)?), id: PayOrderId::from_i64(row.get(0)?) };
    Ok(Overdue { cursor, sweeps: row.get(COLUMN_COUNT + 1)?, record: found(row::record(row).map(Some))? })
}

pub(super) fn postpone(tx: &Tx<'_>, watch: &Watch, rows: &[(PayOrderId, Option<Ms>)]) -> Result<()> {
    let Watch { at: column, sweeps } = watch;
    let sql = format!(
        "UPDATE pay_orders SET {column} = $1, {sweeps} = {sweeps} + 1 WHERE id = $2 AND {column} IS NOT NULL"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    for (id, at) in rows {
        statement.execute((at.map(|at| at.0), id.as_i64()))?;
    }
    Ok(())
}

pub(super) fn owed(connection: &Connection) -> Result<Owed> {
    let payments = "SELECT count(in_flight), count(*), min(CASE WHEN refund = 1 THEN updated END)
                    FROM pay_orders WHERE next_sweep_at IS NOT NULL";
    let bills = "SELECT count(CASE WHEN bill IN (1, 3) THEN 1 END), count(CASE WHEN bill = 6 THEN 1 END),
                 min(CASE WHEN bill = 6 THEN bill_since END) FROM pay_orders WHERE bill_sweep_at IS NOT NULL";
    let look = |sql| -> Result<(u64, u64, Option<i64>)> {
        let mut statement = connection.prepare_cached(sql)?;
        Ok(statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?)
    };
    let ((in_flight, all, refunding), (bills, returning, late)) = (look(payments)?, look(bills)?);
    Ok(Owed {
        in_flight,
        refunding: all.saturating_sub(in_flight),
        bills,
        returning,
        oldest_refund: refunding.into_iter().chain(late).min().map(Ms),
    })
}
