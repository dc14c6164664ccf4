//! What the finder knows of items, read from their rows.

use engine::Result;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::catalogue::Status;
use crate::finder::{Fact, OnSale};
use crate::words;

const ONE: &str = "SELECT id, status, price, sold_before + sold, category, brand, name
                   FROM item_items JOIN item_texts USING (id) WHERE id = ?1";
const PAGE: &str = "SELECT id, status, price, sold_before + sold, category, brand, name
                    FROM item_items JOIN item_texts USING (id) WHERE id > ?1 ORDER BY id LIMIT ?2";
const SOLD: &str = "SELECT sold_before + sold FROM item_items WHERE id = ?1";

/// Those of `ids` that exist.
pub(super) fn facts(connection: &Connection, ids: &[i64]) -> Result<Vec<Fact>> {
    let mut statement = connection.prepare_cached(ONE)?;
    let mut facts = Vec::with_capacity(ids.len());
    for id in ids {
        facts.extend(statement.query_row([id], fact).optional()?);
    }
    Ok(facts)
}

/// Items by id: above `after`, ascending, at most `limit`.
pub(super) fn page(connection: &Connection, after: i64, limit: usize) -> Result<Vec<Fact>> {
    let mut statement = connection.prepare_cached(PAGE)?;
    let facts = statement.query_map((after, limit), fact)?;
    Ok(facts.collect::<rusqlite::Result<_>>()?)
}

/// How many of each of `ids` were sold.
pub(super) fn sold(connection: &Connection, ids: &[i64]) -> Result<Vec<(i64, i64)>> {
    let mut statement = connection.prepare_cached(SOLD)?;
    let mut sold = Vec::with_capacity(ids.len());
    for id in ids {
        let number = statement.query_row([id], |row| row.get(0)).optional()?;
        sold.extend(number.map(|number| (*id, number)));
    }
    Ok(sold)
}

/// Whether there are more than `most` items.
pub(super) fn are_more_than(connection: &Connection, most: usize) -> Result<bool> {
    let sql = "SELECT count(*) FROM (SELECT 1 FROM item_items LIMIT ?1)";
    let count: usize =
        connection.prepare_cached(sql)?.query_row([most.saturating_add(1)], |row| row.get(0))?;
    Ok(count > most)
}

fn fact(row: &Row<'_>) -> rusqlite::Result<Fact> {
    let is_on_sale = row.get::<_, u8>(1)? == u8::from(Status::OnSale);
    Ok(Fact { id: row.get(0)?, on_sale: is_on_sale.then(|| on_sale(row)).transpose()? })
}

fn on_sale(row: &Row<'_>) -> rusqlite::Result<OnSale> {
    let (category, brand): (String, String) = (row.get(4)?, row.get(5)?);
    let name = row.get_ref(6)?.as_str()?;
    let words = words::index(&[name, &category, &brand]);
    Ok(OnSale { price: row.get(2)?, sold: row.get(3)?, category, brand, words })
}
