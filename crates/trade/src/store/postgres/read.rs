//! Reads. The auditor, who looks into every schema, names ours; the service itself need not.

use std::collections::BTreeMap;

use clock::Ms;
use engine::postgres::{Conn, Row as SqlRow};
use engine::{Error, Result};
use model::OrderId;
use model::order::State;

use super::columns::int;
use crate::config::{OVERDUE_LOOK, OVERDUE_MS, SWEEP_BACKOFF_MAX_MS};
use crate::store::codec::{self, ENTRY, HEADER, REST, header};
use crate::store::{Entry, Header, Row, Unfinished};

/// Our tables as they are named from outside.
pub(crate) const FROM_OUTSIDE: &str = "trade.";
/// Our tables as the service itself finds them.
pub(super) const OWN: &str = "";

/// Whole orders.
pub(super) fn rows(schema: &str, which: &str) -> String {
    format!("SELECT {HEADER}, {REST} FROM {schema}trade_orders {which}")
}

pub(super) fn ids(orders: &[OrderId]) -> Vec<i64> {
    orders.iter().map(|order| order.as_i64()).collect()
}

pub(crate) async fn headers(conn: &Conn, schema: &str, orders: &[OrderId]) -> Result<Vec<Header>> {
    let sql = format!("SELECT {HEADER} FROM {schema}trade_orders WHERE id = ANY($1)");
    let mut found = BTreeMap::new();
    for row in conn.query(&sql, &[&ids(orders)]).await? {
        let known = match header(&row) {
            Ok(stored) => Header::Found(stored.order),
            Err(Error::Corrupt { .. }) => Header::Corrupt,
            Err(error) => return Err(error),
        };
        found.insert(OrderId::from_i64(int(&row, 0)?), known);
    }
    Ok(orders.iter().map(|order| found.get(order).cloned().unwrap_or(Header::Unknown)).collect())
}

pub(super) async fn find(conn: &Conn, order: OrderId) -> Result<Option<Row>> {
    let row = conn.query_opt(&rows(OWN, "WHERE id = $1"), &[&order.as_i64()]).await?;
    row.as_ref().map(codec::row).transpose()
}

/// These orders, as far as they are here.
pub(super) async fn some(conn: &Conn, orders: &[OrderId]) -> Result<Vec<Row>> {
    conn.query(&rows(OWN, "WHERE id = ANY($1)"), &[&ids(orders)]).await?.iter().map(codec::row).collect()
}

/// Orders with an id above the first of these and up to the second, ascending.
pub(crate) async fn between(
    conn: &Conn,
    schema: &str,
    (after, last): (OrderId, OrderId),
    limit: usize,
) -> Result<Vec<Row>> {
    let sql = rows(schema, "WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3");
    let found = conn.query(&sql, &[&after.as_i64(), &last.as_i64(), &bound(limit)]).await?;
    found.iter().map(codec::row).collect()
}

/// The histories of some orders, each oldest first.
pub(crate) async fn histories(
    conn: &Conn,
    schema: &str,
    orders: &[OrderId],
) -> Result<BTreeMap<OrderId, Vec<Entry>>> {
    let sql =
        format!("SELECT {ENTRY} FROM {schema}trade_history WHERE order_id = ANY($1) ORDER BY order_id, seq");
    let mut histories: BTreeMap<OrderId, Vec<Entry>> = BTreeMap::new();
    for row in conn.query(&sql, &[&ids(orders)]).await? {
        let (order, entry) = codec::entry(&row)?;
        histories.entry(order).or_default().push(entry);
    }
    Ok(histories)
}

pub(super) async fn placed_in(conn: &Conn, orders: &[OrderId]) -> Result<Vec<String>> {
    let sql = "SELECT order_id, trace FROM trade_history WHERE order_id = ANY($1) AND seq = 0";
    let mut found = BTreeMap::new();
    for row in conn.query(sql, &[&ids(orders)]).await? {
        let trace: String = row.try_get(1)?;
        found.insert(OrderId::from_i64(int(&row, 0)?), trace);
    }
    Ok(orders.iter().map(|order| found.remove(order).unwrap_or_default()).collect())
}

pub(super) async fn unfinished(
    conn: &Conn,
    until: Ms,
    after: (Ms, OrderId),
    limit: usize,
) -> Result<Vec<Unfinished>> {
    let sql = "SELECT next_sweep_at, id, sweeps FROM trade_orders
               WHERE next_sweep_at IS NOT NULL AND next_sweep_at <= $1 AND (next_sweep_at, id) > ($2, $3)
               ORDER BY next_sweep_at, id LIMIT $4";
    let rows = conn.query(sql, &[&until.0, &after.0.0, &after.1.as_i64(), &bound(limit)]).await?;
    let unfinished = |row: &SqlRow| {
        Ok(Unfinished {
            since: Ms(int(row, 0)?),
            order: OrderId::from_i64(int(row, 1)?),
            sweeps: u32::try_from(int(row, 2)?).unwrap_or(u32::MAX),
        })
    };
    rows.iter().map(unfinished).collect()
}

/// Bounded by the rows it looks at, in the order of the index that the sweeps use.
pub(super) async fn overdue(conn: &Conn, now: Ms) -> Result<i64> {
    let sql = "SELECT count(*) FROM (
                   SELECT state, deadline FROM trade_orders
                   WHERE next_sweep_at IS NOT NULL AND next_sweep_at <= $1
                   ORDER BY next_sweep_at, id LIMIT $2) AS soonest
               WHERE state = $3::bigint AND deadline <= $4";
    let (until, late) = (now + SWEEP_BACKOFF_MAX_MS, now - OVERDUE_MS);
    let row = conn.query_opt(sql, &[&until.0, &bound(OVERDUE_LOOK), &State::Unpaid.code(), &late.0]).await?;
    row.map_or(Ok(0), |row| int(&row, 0))
}

/// Sums the shards.
pub(super) async fn tally(conn: &Conn) -> Result<Vec<(State, i64)>> {
    let sql = "SELECT state, sum(n)::bigint FROM trade_tally GROUP BY state ORDER BY state";
    let mut tally = Vec::new();
    for row in conn.query(sql, &[]).await? {
        if let Some(state) = State::from_code(int(&row, 0)?) {
            tally.push((state, int(&row, 1)?));
        }
    }
    Ok(tally)
}

/// As a LIMIT or OFFSET.
pub(crate) fn bound(rows: impl TryInto<i64>) -> i64 {
    rows.try_into().unwrap_or(i64::MAX)
}
