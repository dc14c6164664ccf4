//! Items as ordering and as clients see them, by id and in pages.

use std::collections::BTreeMap;

use api::body::Page;
use api::calls::Quote;
use engine::Result;
use engine::postgres::{Conn, Row};
use model::{Cents, ItemId};

use super::matching::Matching;
use super::{row, tally};
use crate::catalogue::Item;
use crate::config::TOTAL_MAX;
use crate::search::{Criteria, Listing};
use crate::store::codec;

const TABLE: &str = "item_items";

/// What ordering needs of items.
pub(super) async fn quotes(conn: &Conn, ids: &[ItemId]) -> Result<Vec<Quote>> {
    let sql = "SELECT id, name, price, image, spec, status::bigint, available, version
               FROM item_items JOIN item_texts USING (id) WHERE id = ANY($1)";
    let rows = conn.query(sql, &[&numbers(ids)]).await?;
    rows.iter().map(quote).collect()
}

fn quote(row: &Row) -> Result<Quote> {
    let id = row::item_id(row)?;
    Ok(Quote {
        id,
        name: row.try_get(1)?,
        price: Cents(row.try_get(2)?),
        image: row.try_get(3)?,
        spec: row.try_get(4)?,
        status: row::number(row, 5, TABLE, id)?,
        stock: row.try_get(6)?,
        version: row::number(row, 7, TABLE, id)?,
    })
}

/// Those that are not deleted, in the order asked.
pub(super) async fn by_ids(conn: &Conn, ids: &[ItemId]) -> Result<Vec<Item>> {
    let sql = "SELECT id, name, price, available, image, category, brand, spec, sold_before + sold,
                      comment_count, is_ad, status::bigint, held
               FROM item_items JOIN item_texts USING (id) WHERE id = ANY($1) AND status < 3";
    let mut found = BTreeMap::new();
    for row in conn.query(sql, &[&numbers(ids)]).await? {
        let id = row::item_id(&row)?;
        found.insert(id, item(id, &row)?);
    }
    Ok(ids.iter().filter_map(|id| found.get(id).cloned()).collect())
}

fn numbers(ids: &[ItemId]) -> Vec<i64> {
    ids.iter().map(|id| id.as_i64()).collect()
}

fn item(id: ItemId, row: &Row) -> Result<Item> {
    Ok(Item {
        id,
        name: row.try_get(1)?,
        price: Cents(row.try_get(2)?),
        stock: row.try_get(3)?,
        image: row.try_get(4)?,
        category: row.try_get(5)?,
        brand: row.try_get(6)?,
        spec: row.try_get(7)?,
        sold: row.try_get(8)?,
        comment_count: row.try_get(9)?,
        is_ad: row.try_get(10)?,
        status: codec::status(row::number(row, 11, TABLE, id)?, id)?,
        held: row.try_get(12)?,
    })
}

pub(super) async fn all(conn: &Conn, listing: Listing) -> Result<Page<Item>> {
    let total = tally::total(conn).await?;
    page(conn, &Matching::everything(), listing, total).await
}

pub(super) async fn search(conn: &Conn, criteria: &Criteria, listing: Listing) -> Result<Page<Item>> {
    let Some(matching) = Matching::of(criteria) else {
        return Ok(Page::new(0, listing.page_size, Vec::new()));
    };
    let total = matching.count(conn, TOTAL_MAX).await?;
    page(conn, &matching, listing, total).await
}

async fn page(conn: &Conn, matching: &Matching, listing: Listing, total: u64) -> Result<Page<Item>> {
    let ids = matching.ids(conn, listing, total).await?;
    Ok(Page::new(total, listing.page_size, by_ids(conn, &ids).await?))
}
