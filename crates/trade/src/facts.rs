//! What the auditor may know of orders: pages of facts from one snapshot.

pub mod postgres;

use audit::facts::{KeyFact, LineFact, MoveFact, OrderFact};
use engine::{Error, Result};
use model::{OrderId, UserId};
use rusqlite::Connection;

use crate::store::archive::Stub;
use crate::store::sqlite::{archive, read};
use crate::store::{Entry, Header, Placement, Row};

/// Orders with an id above `after`, ascending, at most `limit`; of archived ones what is left.
pub fn orders(connection: &Connection, after: OrderId, limit: usize) -> Result<Vec<OrderFact>> {
    let stubs = archive::stubs(connection, after, limit)?;
    let kept = rows(connection, (after, last(&stubs, limit)), limit)?;
    Ok(merged(kept, stubs, limit))
}

/// The same without those that are archived.
pub fn kept(connection: &Connection, after: OrderId, limit: usize) -> Result<Vec<OrderFact>> {
    rows(connection, (after, LAST), limit)
}

fn rows(connection: &Connection, span: (OrderId, OrderId), limit: usize) -> Result<Vec<OrderFact>> {
    let rows = read::between(connection, span, limit)?;
    rows.into_iter()
        .map(|row| {
            let history = read::history(connection, row.order.id)?;
            Ok(order(row, history))
        })
        .collect()
}

/// Above every order.
const LAST: OrderId = OrderId(i64::MAX.cast_unsigned());

/// Up to where a page can reach that has these archived orders in it: where they fill it, no other is read in vain.
fn last(stubs: &[Stub], limit: usize) -> OrderId {
    stubs.last().filter(|_| stubs.len() == limit).map_or(LAST, |stub| stub.order.id)
}

fn order(row: Row, history: Vec<Entry>) -> OrderFact {
    let lines =
        row.lines.iter().map(|line| LineFact { item: line.item_id, num: line.num, price: line.price });
    let history = history.into_iter().map(|entry| MoveFact {
        from: entry.from,
        to: entry.to,
        name: entry.name,
        at: entry.at,
    });
    OrderFact { lines: lines.collect(), history: history.collect(), archived: None, order: row.order }
}

/// Both in the order of their ids, at most `limit`.
fn merged(kept: Vec<OrderFact>, stubs: Vec<Stub>, limit: usize) -> Vec<OrderFact> {
    let archived = stubs.into_iter().map(|Stub { order, moved_at }| OrderFact {
        order,
        lines: Vec::new(),
        history: Vec::new(),
        archived: Some(moved_at),
    });
    let mut both: Vec<OrderFact> = kept.into_iter().chain(archived).collect();
    both.sort_by_key(|fact| fact.order.id);
    both.truncate(limit);
    both
}

/// The owners of `orders`, in their order.
pub fn owners(connection: &Connection, orders: &[OrderId]) -> Result<Vec<Option<UserId>>> {
    let headers = read::headers(connection, orders)?;
    let owner = |(order, header): (&OrderId, Header)| match owner(header) {
        None => Ok(archive::stub_of(connection, *order)?.map(|stub| stub.order.owner)),
        known => Ok(known),
    };
    orders.iter().zip(headers).map(owner).collect()
}

fn owner(header: Header) -> Option<UserId> {
    match header {
        Header::Found(order) => Some(order.owner),
        Header::Unknown | Header::Corrupt => None,
    }
}

/// Keys of placements that led to an order, above `after`, ascending by owner and key, at most `limit`.
pub fn keys(connection: &Connection, after: &(UserId, String), limit: usize) -> Result<Vec<KeyFact>> {
    let sql = "SELECT owner, key, outcome FROM trade_keys
               WHERE (owner, key) > (?1, ?2) AND outcome LIKE '{\"order\":%' ORDER BY owner, key LIMIT ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((after.0.as_i64(), &after.1, limit))?;
    let mut facts = Vec::new();
    while let Some(row) = rows.next()? {
        facts.extend(key(UserId::from_i64(row.get(0)?), row.get(1)?, &row.get::<_, String>(2)?)?);
    }
    Ok(facts)
}

/// A key and the order it led to, if it led to one.
fn key(owner: UserId, key: String, outcome: &str) -> Result<Option<KeyFact>> {
    match serde_json::from_str(outcome).map_err(|_| Error::corrupt("trade_keys", &key))? {
        Placement::Order(order) => Ok(Some(KeyFact { owner, key, order })),
        Placement::Refused(_) => Ok(None),
    }
}
