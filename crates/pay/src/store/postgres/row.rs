//! A pay order's row, in and out.

use engine::postgres::{Row, Tx};
use engine::{Result, params};

use crate::record::Record;
use crate::store::stored::{COLUMNS, Stored};

/// Reads a row selected with [`COLUMNS`].
pub(crate) fn record(row: &Row) -> Result<Record> {
    let code = |column: usize| row.try_get::<_, i16>(column).map(i64::from);
    let stored = Stored {
        id: row.try_get(0)?,
        order: row.try_get(1)?,
        owner: row.try_get(2)?,
        amount: row.try_get(3)?,
        channel: row.try_get(4)?,
        pay_type: code(5)?,
        info: row.try_get(6)?,
        deadline: row.try_get(7)?,
        state: code(8)?,
        in_flight: row.try_get(9)?,
        closing: row.try_get(10)?,
        refund: code(11)?,
        last_outcome: row.try_get::<_, Option<i16>>(12)?.map(i64::from),
        duty_due: row.try_get(13)?,
        next_sweep_at: row.try_get(14)?,
        created: row.try_get(15)?,
        updated: row.try_get(16)?,
        success_at: row.try_get(17)?,
        closed_at: row.try_get(18)?,
        trace: row.try_get(19)?,
        bill: code(20)?,
        bill_channel: row.try_get(21)?,
        bill_url: row.try_get(22)?,
        bill_paid: row.try_get(23)?,
        bill_refund: row.try_get(24)?,
        bill_since: row.try_get(25)?,
        bill_due: row.try_get(26)?,
        bill_sweep_at: row.try_get(27)?,
    };
    stored.record()
}

/// The rows that [`write`] is given, as a relation with [`COLUMNS`].
const GIVEN: &str = "unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[],
    $7::text[], $8::bigint[], $9::bigint[], $10::bigint[], $11::boolean[], $12::bigint[], $13::bigint[],
    $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[], $20::text[],
    $21::bigint[], $22::text[], $23::text[], $24::bigint[], $25::text[], $26::bigint[], $27::bigint[], $28::bigint[])";

/// Writes new rows.
pub(super) fn insert(tx: &mut Tx<'_>, rows: &[Stored]) {
    write(tx, format!("INSERT INTO pay_orders ({COLUMNS}) SELECT * FROM {GIVEN}"), rows);
}

/// Writes what may change of rows. What they owe counts as never swept.
pub(super) fn update(tx: &mut Tx<'_>, rows: &[Stored]) {
    let sql = format!(
        "UPDATE pay_orders p SET deadline = n.deadline, state = n.state, in_flight = n.in_flight,
             closing = n.closing, refund = n.refund, last_outcome = n.last_outcome, duty_due = n.duty_due,
             next_sweep_at = n.next_sweep_at, sweeps = 0, updated = n.updated, success_at = n.success_at,
             closed_at = n.closed_at, bill = n.bill, bill_channel = n.bill_channel, bill_url = n.bill_url,
             bill_paid = n.bill_paid, bill_refund = n.bill_refund, bill_since = n.bill_since, bill_due = n.bill_due,
             bill_sweep_at = n.bill_sweep_at, bill_sweeps = 0
         FROM {GIVEN} AS n ({COLUMNS}) WHERE p.id = n.id"
    );
    write(tx, sql, rows);
}

fn write(tx: &mut Tx<'_>, sql: String, rows: &[Stored]) {
    if rows.is_empty() {
        return;
    }
    tx.write(
        sql,
        params![
            column(rows, |row| row.id),
            column(rows, |row| row.order),
            column(rows, |row| row.owner),
            column(rows, |row| row.amount),
            column(rows, |row| row.channel.clone()),
            column(rows, |row| row.pay_type),
            column(rows, |row| row.info.clone()),
            column(rows, |row| row.deadline),
            column(rows, |row| row.state),
            column(rows, |row| row.in_flight),
            column(rows, |row| row.closing),
            column(rows, |row| row.refund),
            column(rows, |row| row.last_outcome),
            column(rows, |row| row.duty_due),
            column(rows, |row| row.next_sweep_at),
            column(rows, |row| row.created),
            column(rows, |row| row.updated),
            column(rows, |row| row.success_at),
            column(rows, |row| row.closed_at),
            column(rows, |row| row.trace.clone()),
            column(rows, |row| row.bill),
            column(rows, |row| row.bill_channel.clone()),
            column(rows, |row| row.bill_url.clone()),
            column(rows, |row| row.bill_paid),
            column(rows, |row| row.bill_refund.clone()),
            column(rows, |row| row.bill_since),
            column(rows, |row| row.bill_due),
            column(rows, |row| row.bill_sweep_at),
        ],
    );
}

fn column<T>(rows: &[Stored], field: impl Fn(&Stored) -> T) -> Vec<T> {
    rows.iter().map(field).collect()
}
