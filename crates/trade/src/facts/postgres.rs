//! The same facts from PostgreSQL, over the auditor's connection and its one snapshot.

use std::collections::BTreeMap;

use audit::facts::{KeyFact, OrderFact};
use engine::Result;
use engine::postgres::Conn;
use model::{OrderId, UserId};

use super::{LAST, key, last, merged, order, owner};
use crate::store::postgres::archive;
use crate::store::postgres::read::{self, FROM_OUTSIDE, bound};

/// Orders with an id above `after`, ascending, at most `limit`; of archived ones what is left.
pub async fn orders(conn: &Conn, after: OrderId, limit: usize) -> Result<Vec<OrderFact>> {
    let stubs = archive::stubs(conn, FROM_OUTSIDE, after, limit).await?;
    let kept = rows(conn, (after, last(&stubs, limit)), limit).await?;
    Ok(merged(kept, stubs, limit))
}

/// The same without those that are archived.
pub async fn kept(conn: &Conn, after: OrderId, limit: usize) -> Result<Vec<OrderFact>> {
    rows(conn, (after, LAST), limit).await
}

async fn rows(conn: &Conn, span: (OrderId, OrderId), limit: usize) -> Result<Vec<OrderFact>> {
    let rows = read::between(conn, FROM_OUTSIDE, span, limit).await?;
    let ids: Vec<OrderId> = rows.iter().map(|row| row.order.id).collect();
    let mut histories = read::histories(conn, FROM_OUTSIDE, &ids).await?;
    let fact = |row: crate::store::Row| {
        let history = histories.remove(&row.order.id).unwrap_or_default();
        order(row, history)
    };
    Ok(rows.into_iter().map(fact).collect())
}

/// The owners of `orders`, in their order.
pub async fn owners(conn: &Conn, orders: &[OrderId]) -> Result<Vec<Option<UserId>>> {
    let headers = read::headers(conn, FROM_OUTSIDE, orders).await?;
    let archived = archive::stubs_of(conn, FROM_OUTSIDE, orders).await?;
    let archived: BTreeMap<_, _> =
        archived.into_iter().map(|stub| (stub.order.id, stub.order.owner)).collect();
    let owner = |(order, header)| owner(header).or_else(|| archived.get(order).copied());
    Ok(orders.iter().zip(headers).map(owner).collect())
}

/// Keys of placements that led to an order, above `after`, ascending by owner and key, at most `limit`.
pub async fn keys(conn: &Conn, after: &(UserId, String), limit: usize) -> Result<Vec<KeyFact>> {
    let sql = format!(
        "SELECT owner, key, outcome FROM {FROM_OUTSIDE}trade_keys
         WHERE (owner, key) > ($1, $2) AND outcome LIKE '{{\"order\":%' ORDER BY owner, key LIMIT $3"
    );
    let mut facts = Vec::new();
    for row in conn.query(&sql, &[&after.0.as_i64(), &after.1, &bound(limit)]).await? {
        facts.extend(key(UserId::from_i64(row.try_get(0)?), row.try_get(1)?, row.try_get(2)?)?);
    }
    Ok(facts)
}
