//! Lists of orders, a page at a time.

use api::body::rows_left;
use engine::postgres::{Conn, Row as SqlRow};
use engine::{Error, Result};
use model::UserId;

use super::columns::int;
use super::read::{self, OWN, bound, tally};
use crate::store::{Filter, Row, codec, listing};

pub(super) async fn page(conn: &Conn, filter: Filter, offset: u64, limit: u64) -> Result<(u64, Vec<Row>)> {
    match filter.owner {
        Some(owner) => of_owner(conn, owner, filter, offset, limit).await,
        None => of_all(conn, filter, offset, limit).await,
    }
}

async fn of_owner(
    conn: &Conn,
    owner: UserId,
    filter: Filter,
    offset: u64,
    limit: u64,
) -> Result<(u64, Vec<Row>)> {
    let owner = owner.as_i64();
    let floor = conn.query_opt(&listing::floor(), &[&owner]).await?;
    let floor = floor.map_or(Ok(0), |row| int(&row, 0))?;
    let count = format!("SELECT count(*) FROM trade_orders {}", listing::of_owner(filter));
    let counted = conn.query_opt(&count, &[&owner, &floor]).await?;
    let total = u64::try_from(counted.map_or(Ok(0), |row| int(&row, 0))?).unwrap_or(0);
    let (limit, offset) = (bound(rows_left(total, offset, limit)), bound(offset));
    let page = read::rows(OWN, &listing::page_of_owner(filter));
    Ok((total, rows(&conn.query(&page, &[&owner, &floor, &limit, &offset]).await?)?))
}

async fn of_all(conn: &Conn, filter: Filter, offset: u64, limit: u64) -> Result<(u64, Vec<Row>)> {
    let total = listing::total(filter, &tally(conn).await?);
    let (limit, offset) = (bound(rows_left(total, offset, limit)), bound(offset));
    let page = read::rows(OWN, &listing::page_of_all(filter, total));
    Ok((total, rows(&conn.query(&page, &[&limit, &offset]).await?)?))
}

/// A row that makes no sense does not hide the others.
fn rows(found: &[SqlRow]) -> Result<Vec<Row>> {
    let mut list = Vec::new();
    for row in found {
        match codec::row(row) {
            Ok(row) => list.push(row),
            Err(error @ Error::Corrupt { .. }) => tracing::error!(%error, "an order is left out of a list"),
            Err(error) => return Err(error),
        }
    }
    Ok(list)
}
