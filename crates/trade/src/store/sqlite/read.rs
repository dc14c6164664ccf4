//! Reads.

use clock::Ms;
use engine::{Error, Result};
use model::order::State;
use model::{Actor, Cause, OrderId};
use rusqlite::{Connection, Row as SqlRow, params};

use super::columns::{HEADER_BY_ID, header, refusal};
use crate::store::{Entry, Filter, Header, Row, Unfinished};

const ROW: &str = "SELECT id, owner, total, state, placed_at, deadline, applied_at, ask_reason, ask_actor, \
     ask_at, close_reason, refund, stock_end, stock_settled, moves, duty_due, payment_type, paid_at, shipped_at, \
     received_at, closed_at, reviewed_at, refusal_line, refusal_reason, parcel, address, lines \
     FROM trade_orders";

/// What a buyer's list leaves out: orders not placed yet, and those whose placement failed.
const VISIBLE: &str = "state <> 0 AND (close_reason IS NULL OR close_reason NOT IN (3, 4))";

pub(crate) fn headers(connection: &Connection, orders: &[OrderId]) -> Result<Vec<Header>> {
    let mut statement = connection.prepare_cached(HEADER_BY_ID)?;
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
    let mut statement = connection.prepare_cached(&format!("{ROW} WHERE id = ?1"))?;
    let mut rows = statement.query([order.as_i64()])?;
    rows.next()?.map(whole).transpose()
}

/// Orders with an id above `after`, ascending.
pub(crate) fn after(connection: &Connection, after: OrderId, limit: usize) -> Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(&format!("{ROW} WHERE id > ?1 ORDER BY id LIMIT ?2"))?;
    let mut rows = statement.query((after.as_i64(), limit))?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        list.push(whole(row)?);
    }
    Ok(list)
}

pub(super) fn list(
    connection: &Connection,
    filter: Filter,
    offset: u64,
    limit: u64,
) -> Result<(u64, Vec<Row>)> {
    let visible = if filter.everything { "TRUE" } else { VISIBLE };
    let owner = if filter.owner.is_some() { "owner = ?1" } else { "?1 IS NULL" };
    let state = if filter.state.is_some() { "state = ?2" } else { "?2 IS NULL" };
    let which = format!("{owner} AND {state} AND {visible}");
    let (owner, state) = (filter.owner.map(model::UserId::as_i64), filter.state.map(State::code));
    let total = connection
        .prepare_cached(&format!("SELECT count(*) FROM trade_orders WHERE {which}"))?
        .query_row((owner, state), |row| row.get(0))?;
    let page = format!("{ROW} WHERE {which} ORDER BY id DESC LIMIT ?3 OFFSET ?4");
    let mut statement = connection.prepare_cached(&page)?;
    let mut rows = statement.query((owner, state, limit, offset))?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        match whole(row) {
            Ok(row) => list.push(row),
            Err(error @ Error::Corrupt { .. }) => tracing::error!(%error, "an order is left out of a list"),
            Err(error) => return Err(error),
        }
    }
    Ok((total, list))
}

fn whole(row: &SqlRow<'_>) -> Result<Row> {
    let order = header(row)?.order;
    let corrupt = |_| Error::corrupt("trade_orders", order.id);
    let time = |index| -> Result<Option<Ms>> { Ok(row.get::<_, Option<i64>>(index)?.map(Ms)) };
    let refused: Option<(usize, usize)> = row.get::<_, Option<usize>>(22)?.zip(row.get(23)?);
    Ok(Row {
        payment_type: row.get(16)?,
        paid_at: time(17)?,
        shipped_at: time(18)?,
        received_at: time(19)?,
        closed_at: time(20)?,
        reviewed_at: time(21)?,
        refusal: refused.and_then(|(line, code)| Some((line, refusal(code)?))),
        parcel: row
            .get::<_, Option<String>>(24)?
            .map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(corrupt)?,
        address: row
            .get::<_, Option<String>>(25)?
            .map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(corrupt)?,
        lines: serde_json::from_str(&row.get::<_, String>(26)?).map_err(corrupt)?,
        order,
    })
}

pub(crate) fn history(connection: &Connection, order: OrderId) -> Result<Vec<Entry>> {
    let sql = "SELECT at, from_state, to_state, name, actor, by_user, note, trace
               FROM trade_history WHERE order_id = ?1 ORDER BY seq";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([order.as_i64()])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(entry(row)?.ok_or_else(|| Error::corrupt("trade_history", order))?);
    }
    Ok(entries)
}

fn entry(row: &SqlRow<'_>) -> Result<Option<Entry>> {
    let from = State::from_code(row.get(1)?);
    let to = State::from_code(row.get(2)?);
    let actor = Actor::from_code(row.get(4)?);
    let (Some(from), Some(to), Some(actor)) = (from, to, actor) else { return Ok(None) };
    let cause =
        Cause { actor, by: row.get::<_, i64>(5)?.cast_unsigned(), note: row.get(6)?, trace: row.get(7)? };
    Ok(Some(Entry { at: Ms(row.get(0)?), from, to, name: row.get(3)?, cause }))
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
