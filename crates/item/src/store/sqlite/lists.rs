//! Items as clients see them, by id and in pages.

use api::body::Page;
use engine::Result;
use model::{Cents, ItemId};
use rusqlite::{Connection, OptionalExtension, Row};

use super::index::Index;
use super::matching::Matching;
use crate::catalogue::{Item, Status};
use crate::config::TOTAL_MAX;
use crate::search::{Criteria, Listing};
use crate::store::codec;

const ONE: &str = "SELECT name, price, available, image, category, brand, spec, sold_before + sold,
                          comment_count, is_ad, status, held
                   FROM item_items JOIN item_texts USING (id) WHERE id = ?1 AND status < 3";

/// How many items are not deleted. All are counted by the pages of an index, without a look at a row.
const TOTAL: &str = "SELECT (SELECT count(*) FROM item_items) -
                            (SELECT count(*) FROM item_items INDEXED BY item_deleted WHERE status = 3)";

pub(super) fn by_ids(connection: &Connection, ids: &[ItemId]) -> Result<Vec<Item>> {
    let mut statement = connection.prepare_cached(ONE)?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let row = statement.query_row([id.as_i64()], |row| Ok(item(*id, row))).optional()?;
        found.extend(row.transpose()?);
    }
    Ok(found)
}

fn item(id: ItemId, row: &Row<'_>) -> Result<Item> {
    Ok(Item {
        id,
        name: row.get(0)?,
        price: Cents(row.get(1)?),
        stock: row.get(2)?,
        image: row.get(3)?,
        category: row.get(4)?,
        brand: row.get(5)?,
        spec: row.get(6)?,
        sold: row.get(7)?,
        comment_count: row.get(8)?,
        is_ad: row.get(9)?,
        status: codec::status(row.get(10)?, id)?,
        held: row.get(11)?,
    })
}

pub(super) fn all(connection: &Connection, listing: Listing) -> Result<Page<Item>> {
    let total = connection.prepare_cached(TOTAL)?.query_row([], |row| row.get(0))?;
    page(connection, &Matching::everything(), listing, total)
}

pub(super) fn search(connection: &Connection, criteria: &Criteria, listing: Listing) -> Result<Page<Item>> {
    let Some(matching) = Matching::of(criteria) else {
        return Ok(Page::new(0, listing.page_size, Vec::new()));
    };
    let total = matching.count(connection, TOTAL_MAX)?;
    page(connection, &matching, listing, total)
}

/// The same page as the index finds it; `None`: it has no answer. An item that went off sale since is left out.
pub(super) fn found(
    connection: &Connection,
    index: &Index,
    criteria: &Criteria,
    listing: Listing,
) -> Result<Option<Page<Item>>> {
    let Some(found) = index.search(connection, criteria, listing) else { return Ok(None) };
    let ids: Vec<ItemId> = found.ids.into_iter().map(ItemId::from_i64).collect();
    let mut items = by_ids(connection, &ids)?;
    items.retain(|item| item.status == Status::OnSale);
    Ok(Some(Page::new(found.total, listing.page_size, items)))
}

fn page(connection: &Connection, matching: &Matching, listing: Listing, total: u64) -> Result<Page<Item>> {
    let ids = matching.ids(connection, listing, total)?;
    let ids: Vec<ItemId> = ids.into_iter().map(ItemId::from_i64).collect();
    Ok(Page::new(total, listing.page_size, by_ids(connection, &ids)?))
}
