//! Reads.

use std::sync::LazyLock;

use clock::Ms;
use engine::{Error, Result};
use model::OrderId;
use model::order::State;
use rusqlite::{Connection, params};

use crate::config::{OVERDUE_LOOK, OVERDUE_MS, SWEEP_BACKOFF_MAX_MS};
use crate::store::codec::{self, ENTRY, HEADER, REST, header};
use crate::store::{Entry, Header, Row, Unfinished};

/// Reads a header by its id.
pub(super) static HEADER_BY_ID: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {HEADER} FROM trade_orders WHERE id = ?1"));

/// Whole orders.
pub(super) fn rows(which: &str) -> String {
    format!("SELECT {HEADER}, {REST} FROM trade_orders {which}")
}

pub(crate) fn headers(connection: &Connection, orders: &[OrderId]) -> Result<Vec<Header>> {
    let mut statement = connection.prepare_cached(&HEADER_BY_ID)?;
    let mut found = Vec::with_capacity(orders.len());
    for order in orders {
        let mut rows = statement.query([order.as_i64()])?;
        found.push(match rows.next()?.map(header) {
            None => Header::Unknown,
            Some(Ok(stored)) => Header::Found(stored.order),
            Some(Err(Error::Corrupt { .. })) => Header::Corrupt,
            Some(Err(error)) => return Err(error),
        });
    }
    Ok(found)
}

pub(super) fn find(connection: &Connection, order: OrderId) -> Result<Option<Row>> {
    let mut statement = connection.prepare_cached(&rows("WHERE id = ?1"))?;
    let mut rows = statement.query([order.as_i64()])?;
    rows.next()?.map(codec::row).transpose()
}

/// Orders with an id above the first of these and up to the second, ascending.
pub(crate) fn between(
    connection: &Connection,
    (after, last): (OrderId, OrderId),
    limit: usize,
) -> Result<Vec<Row>> {
    let which = "WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3";
    let mut statement = connection.prepare_cached(&rows(which))?;
    let mut rows = statement.query((after.as_i64(), last.as_i64(), limit))?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        list.push(codec::row(row)?);
    }
    Ok(list)
}

pub(crate) fn history(connection: &Connection, order: OrderId) -> Result<Vec<Entry>> {
    let sql = format!("SELECT {ENTRY} FROM trade_history WHERE order_id = ?1 ORDER BY seq");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([order.as_i64()])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(codec::entry(row)?.1);
    }
    Ok(entries)
}

pub(super) fn placed_in(connection: &Connection, orders: &[OrderId]) -> Result<Vec<String>> {
    let sql = "SELECT trace FROM trade_history WHERE order_id = ?1 AND seq = 0";
    let mut statement = connection.prepare_cached(sql)?;
    let mut traces = Vec::with_capacity(orders.len());
    for order in orders {
        let mut rows = statement.query([order.as_i64()])?;
        let found = rows.next()?.map(|row| row.get(0)).transpose()?;
        traces.push(found.unwrap_or_default());
    }
    Ok(traces)
}

pub(super) fn unfinished(
    connection: &Connection,
    until: Ms,
    after: (Ms, OrderId),
    limit: usize,
) -> Result<Vec<Unfinished>> {
    let sql = "SELECT next_sweep_at, id, sweeps FROM trade_orders
               WHERE next_sweep_at IS NOT NULL AND next_sweep_at <= ?1 AND (next_sweep_at, id) > (?2, ?3)
               ORDER BY next_sweep_at, id LIMIT ?4";
    let mut statement = connection.prepare_cached(sql)?;
    let position = params![until.0, after.0.0, after.1.as_i64(), limit];
    let rows = statement.query_map(position, |row| {
        Ok(Unfinished { since: Ms(row.get(0)?), order: OrderId::from_i64(row.get(1)?), sweeps: row.get(2)? })
    })?;
    rows.map(|row| row.map_err(Error::from)).collect()
}

/// Bounded by the rows it looks at, in the order of the index that the sweeps use.
pub(super) fn overdue(connection: &Connection, now: Ms) -> Result<i64> {
    let sql = "SELECT count(*) FROM (
                   SELECT state, deadline FROM trade_orders
                   WHERE next_sweep_at IS NOT NULL AND next_sweep_at <= ?1
                   ORDER BY next_sweep_at, id LIMIT ?2)
               WHERE state = ?3 AND deadline <= ?4";
    let (until, late) = (now + SWEEP_BACKOFF_MAX_MS, now - OVERDUE_MS);
    let look = (until.0, OVERDUE_LOOK, State::Unpaid.code(), late.0);
    Ok(connection.prepare_cached(sql)?.query_row(look, |row| row.get(0))?)
}

pub(super) fn tally(connection: &Connection) -> Result<Vec<(State, i64)>> {
    let mut statement = connection.prepare_cached("SELECT state, n FROM trade_tally ORDER BY state")?;
    let mut rows = statement.query([])?;
    let mut tally = Vec::new();
    while let Some(row) = rows.next()? {
        if let Some(state) = State::from_code(row.get(0)?) {
            tally.push((state, row.get(1)?));
        }
    }
    Ok(tally)
}
