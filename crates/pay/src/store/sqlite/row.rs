//! A pay order's row, in and out.

use engine::{Error, Result};
use model::wallet::Outcome;
use rusqlite::types::FromSql;
use rusqlite::{Connection, Row};

use crate::record::Record;
use crate::store::stored::{self, Stored, corrupt};

/// Reads a row selected with [`stored::COLUMNS`].
pub(crate) fn record(row: &Row<'_>) -> Result<Record> {
    let stored = Stored {
        id: get(row, 0)?,
        order: get(row, 1)?,
        owner: get(row, 2)?,
        amount: get(row, 3)?,
        channel: get(row, 4)?,
        pay_type: get(row, 5)?,
        info: get(row, 6)?,
        deadline: get(row, 7)?,
        state: get(row, 8)?,
        in_flight: get(row, 9)?,
        closing: get(row, 10)?,
        refund: get(row, 11)?,
        last_outcome: get(row, 12)?,
        duty_due: get(row, 13)?,
        next_sweep_at: get(row, 14)?,
        created: get(row, 15)?,
        updated: get(row, 16)?,
        success_at: get(row, 17)?,
        closed_at: get(row, 18)?,
        trace: get(row, 19)?,
        bill: get(row, 20)?,
        bill_channel: get(row, 21)?,
        bill_url: get(row, 22)?,
        bill_paid: get(row, 23)?,
        bill_refund: get(row, 24)?,
        bill_since: get(row, 25)?,
        bill_due: get(row, 26)?,
        bill_sweep_at: get(row, 27)?,
    };
    stored.record()
}

/// A stored outcome of `row` in `table`, if there is one already.
pub(super) fn outcome(table: &'static str, row: &Row<'_>, column: usize) -> Result<Option<Outcome>> {
    let id = row.get(0).unwrap_or_default();
    let code = row.get(column).map_err(|_| Error::corrupt(table, id))?;
    stored::outcome(table, id, code)
}

/// A value of a wrong type or range is corruption of this row, not a failure of the statement.
fn get<T: FromSql>(row: &Row<'_>, column: usize) -> Result<T> {
    row.get(column).map_err(|_| corrupt(row.get(0).unwrap_or_default()))
}

/// Writes a new row.
pub(super) fn insert(connection: &Connection, record: &Record) -> Result<()> {
    let sql = "INSERT INTO pay_orders (id, order_id, owner, amount, channel, pay_type, info, deadline, state,
               in_flight, closing, refund, created, updated, success_at, closed_at, trace)
               VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17)";
    let stored = Stored::of(record);
    connection.prepare_cached(sql)?.execute(rusqlite::params![
        stored.id,
        stored.order,
        stored.owner,
        stored.amount,
        stored.channel,
        stored.pay_type,
        stored.info,
        stored.deadline,
        stored.state,
        stored.in_flight,
        stored.closing,
        stored.refund,
        stored.created,
        stored.updated,
        stored.success_at,
        stored.closed_at,
        stored.trace,
    ])?;
    Ok(())
}

/// Writes what may change of a row. What it owes counts as never swept.
pub(super) fn update(connection: &Connection, record: &Record) -> Result<()> {
    let sql = "UPDATE pay_orders SET deadline = $1, state = $2, in_flight = $3, closing = $4, refund = $5,
               last_outcome = $6, duty_due = $7, next_sweep_at = $8, sweeps = 0, updated = $9,
               success_at = $10, closed_at = $11, bill = $12, bill_channel = $13, bill_url = $14, bill_paid = $15,
               bill_refund = $16, bill_since = $17, bill_due = $18, bill_sweep_at = $19, bill_sweeps = 0
               WHERE id = $20";
    let stored = Stored::of(record);
    connection.prepare_cached(sql)?.execute(rusqlite::params![
        stored.deadline,
        stored.state,
        stored.in_flight,
        stored.closing,
        stored.refund,
        stored.last_outcome,
        stored.duty_due,
        stored.next_sweep_at,
        stored.updated,
        stored.success_at,
        stored.closed_at,
        stored.bill,
        stored.bill_channel,
        stored.bill_url,
        stored.bill_paid,
        stored.bill_refund,
        stored.bill_since,
        stored.bill_due,
        stored.bill_sweep_at,
        stored.id,
    ])?;
    Ok(())
}
