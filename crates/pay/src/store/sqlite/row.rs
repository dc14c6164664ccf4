//! A pay order's row, in and out.

use engine::{Error, Result};
use model::pay_order::{PayOrder, Refund, State};
use model::wallet::Outcome;
use model::{AttemptId, Cents, Ms, OrderId, PayOrderId, UserId};
use rusqlite::types::FromSql;
use rusqlite::{Connection, Row};

use crate::record::{Duty, Method, Record};
use crate::store::Found;

/// The columns [`record`] reads, in its order.
pub(crate) const COLUMNS: &str = "id, order_id, owner, amount, channel, pay_type, info, deadline, state, \
     in_flight, closing, refund, last_outcome, duty_due, next_sweep_at, created, updated, success_at, closed_at";

/// Reads a row selected with [`COLUMNS`].
pub(crate) fn record(row: &Row<'_>) -> Result<Record> {
    let pay_order = pay_order(row)?;
    let duty = match (ms(row, 13)?, ms(row, 14)?) {
        (Some(due), Some(sweep_at)) => Some(Duty { due, sweep_at }),
        _ => None,
    };
    Ok(Record {
        pay_order,
        method: Method { channel: get(row, 4)?, pay_type: get(row, 5)?, info: get(row, 6)? },
        last_outcome: outcome("pay_orders", row, 12)?,
        duty,
        created: Ms(get(row, 15)?),
        updated: Ms(get(row, 16)?),
        success_at: ms(row, 17)?,
        closed_at: ms(row, 18)?,
    })
}

/// The same for batches: a corrupt row is logged and spoils nothing else.
pub(super) fn found<T>(read: Result<Option<T>>) -> Result<Found<T>> {
    match read {
        Ok(Some(value)) => Ok(Found::Some(Box::new(value))),
        Ok(None) => Ok(Found::None),
        Err(error @ Error::Corrupt { .. }) => {
            tracing::error!(%error, "a row was left as it is");
            Ok(Found::Corrupt)
        }
        Err(error) => Err(error),
    }
}

/// A stored outcome of `row` in `table`, if there is one already.
pub(super) fn outcome(table: &'static str, row: &Row<'_>, column: usize) -> Result<Option<Outcome>> {
    let corrupt = || Error::corrupt(table, row.get::<_, i64>(0).unwrap_or_default());
    let code: Option<i64> = row.get(column).map_err(|_| corrupt())?;
    code.map(|code| Outcome::from_code(code).ok_or_else(corrupt)).transpose()
}

fn pay_order(row: &Row<'_>) -> Result<PayOrder> {
    let in_flight = get::<Option<i64>>(row, 9)?.map(AttemptId::from_i64);
    let refund = Refund::from_code(get(row, 11)?).ok_or_else(|| corrupt(row))?;
    let state = match get::<i64>(row, 8)? {
        1 => State::Waiting { in_flight, closing: get(row, 10)? },
        2 => State::Closed,
        3 => State::Success { refund },
        _ => return Err(corrupt(row)),
    };
    Ok(PayOrder {
        id: PayOrderId::from_i64(get(row, 0)?),
        order: OrderId::from_i64(get(row, 1)?),
        owner: UserId::from_i64(get(row, 2)?),
        amount: Cents(get(row, 3)?),
        deadline: Ms(get(row, 7)?),
        state,
    })
}

fn ms(row: &Row<'_>, column: usize) -> Result<Option<Ms>> {
    Ok(get::<Option<i64>>(row, column)?.map(Ms))
}

/// A value of a wrong type or range is corruption of this row, not a failure of the statement.
fn get<T: FromSql>(row: &Row<'_>, column: usize) -> Result<T> {
    row.get(column).map_err(|_| corrupt(row))
}

fn corrupt(row: &Row<'_>) -> Error {
    Error::corrupt("pay_orders", row.get::<_, i64>(0).unwrap_or_default())
}

/// Writes a new row.
pub(super) fn insert(connection: &Connection, record: &Record) -> Result<()> {
    let (state, in_flight, closing, refund) = state_columns(record.pay_order.state);
    let sql = "INSERT INTO pay_orders (id, order_id, owner, amount, channel, pay_type, info, deadline, state,
               in_flight, closing, refund, created, updated, success_at, closed_at)
               VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)";
    let pay_order = &record.pay_order;
    connection.prepare_cached(sql)?.execute(rusqlite::params![
        pay_order.id.as_i64(),
        pay_order.order.as_i64(),
        pay_order.owner.as_i64(),
        pay_order.amount.0,
        record.method.channel,
        record.method.pay_type,
        record.method.info,
        pay_order.deadline.0,
        state,
        in_flight,
        closing,
        refund,
        record.created.0,
        record.updated.0,
        record.success_at.map(|at| at.0),
        record.closed_at.map(|at| at.0),
    ])?;
    Ok(())
}

/// Writes what may change of a row. What it owes counts as never swept.
pub(super) fn update(connection: &Connection, record: &Record) -> Result<()> {
    let (state, in_flight, closing, refund) = state_columns(record.pay_order.state);
    let sql = "UPDATE pay_orders SET deadline = $1, state = $2, in_flight = $3, closing = $4, refund = $5,
               last_outcome = $6, duty_due = $7, next_sweep_at = $8, sweeps = 0, updated = $9,
               success_at = $10, closed_at = $11 WHERE id = $12";
    connection.prepare_cached(sql)?.execute(rusqlite::params![
        record.pay_order.deadline.0,
        state,
        in_flight,
        closing,
        refund,
        record.last_outcome.map(Outcome::code),
        record.duty.map(|duty| duty.due.0),
        record.duty.map(|duty| duty.sweep_at.0),
        record.updated.0,
        record.success_at.map(|at| at.0),
        record.closed_at.map(|at| at.0),
        record.pay_order.id.as_i64(),
    ])?;
    Ok(())
}

/// State, attempt in flight, closing mark and refund mark as they are stored.
fn state_columns(state: State) -> (i64, Option<i64>, bool, i64) {
    match state {
        State::Waiting { in_flight, closing } => {
            (state.code(), in_flight.map(AttemptId::as_i64), closing, Refund::None.code())
        }
        State::Closed => (state.code(), None, false, Refund::None.code()),
        State::Success { refund } => (state.code(), None, false, refund.code()),
    }
}
