//! The header of an order's hold: the one row where hold, release and sale meet.

use engine::sqlite::Tx;
use engine::{Error, Result};
use model::hold::State;
use model::{Ms, OrderId};
use rusqlite::{Connection, OptionalExtension};

use crate::hold::Refusal;
use crate::ledger::{DueHold, Hold};
use crate::store::codec;
use crate::store::header::{Header, Lines, encode};

type Raw = (i64, String, Option<usize>, Option<i64>);

pub(super) fn find(connection: &Connection, order: OrderId) -> Result<Option<Header>> {
    let sql = "SELECT state, lines, refused_line, refused_reason FROM item_holds WHERE order_id = ?1";
    let found: Option<Raw> = connection
        .prepare_cached(sql)?
        .query_row([order.as_i64()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    found.map(|(state, lines, line, reason)| Header::decode(order, state, &lines, line, reason)).transpose()
}

/// Writes the header of an order that holds `lines`.
pub(super) fn insert_held(tx: &Tx<'_>, order: OrderId, lines: &Lines, now: Ms, sweep_at: Ms) -> Result<()> {
    let sql = "INSERT INTO item_holds (order_id, state, lines, created, changed, next_sweep_at)
               VALUES (?1, ?2, ?3, ?4, ?4, ?5)";
    let lines = encode(order, lines)?;
    let row = (order.as_i64(), State::Held.code(), lines, now.0, sweep_at.0);
    tx.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// Writes the header of an order that holds nothing: refused, or the tombstone of one that ended first.
pub(super) fn insert_empty(
    tx: &Tx<'_>,
    order: OrderId,
    state: State,
    refusal: Option<Refusal>,
    now: Ms,
) -> Result<()> {
    let sql =
        "INSERT INTO item_holds (order_id, state, lines, created, changed, refused_line, refused_reason)
               VALUES (?1, ?2, '[]', ?3, ?3, ?4, ?5)";
    let line = refusal.map(|refusal| refusal.line);
    let reason = refusal.map(|refusal| codec::refusal_code(refusal.reason));
    tx.prepare_cached(sql)?.execute((order.as_i64(), state.code(), now.0, line, reason))?;
    Ok(())
}

/// Moves a header to `state`; the sweep has nothing more to ask.
pub(super) fn end(tx: &Tx<'_>, order: OrderId, state: State, now: Ms) -> Result<()> {
    let sql = "UPDATE item_holds SET state = ?1, changed = ?2, next_sweep_at = NULL WHERE order_id = ?3";
    tx.prepare_cached(sql)?.execute((state.code(), now.0, order.as_i64()))?;
    Ok(())
}

pub(super) fn due(connection: &Connection, now: Ms, limit: usize) -> Result<Vec<DueHold>> {
    let sql = "SELECT order_id, created, sweeps FROM item_holds
               WHERE next_sweep_at IS NOT NULL AND next_sweep_at <= ?1
               ORDER BY next_sweep_at, order_id LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map((now.0, limit), |row| {
        Ok(DueHold { order: OrderId::from_i64(row.get(0)?), created: Ms(row.get(1)?), sweeps: row.get(2)? })
    })?;
    rows.map(|row| row.map_err(Error::from)).collect()
}

pub(super) fn postpone(tx: &Tx<'_>, until: &[(OrderId, Ms)]) -> Result<()> {
    let sql = "UPDATE item_holds SET next_sweep_at = ?1, sweeps = sweeps + 1
               WHERE order_id = ?2 AND next_sweep_at IS NOT NULL";
    let mut statement = tx.prepare_cached(sql)?;
    for (order, at) in until {
        statement.execute((at.0, order.as_i64()))?;
    }
    Ok(())
}

/// The hold as people look at it.
pub(super) fn view(connection: &Connection, order: OrderId) -> Result<Option<Hold>> {
    let Some(header) = find(connection, order)? else { return Ok(None) };
    let sql = "SELECT created, changed FROM item_holds WHERE order_id = ?1";
    let (created, changed) = connection
        .prepare_cached(sql)?
        .query_row([order.as_i64()], |row| Ok((Ms(row.get(0)?), Ms(row.get(1)?))))?;
    Ok(Some(header.view(order, created, changed)))
}
