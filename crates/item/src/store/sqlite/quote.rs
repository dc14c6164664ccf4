//! What ordering needs of an item: two look-ups by key.

use api::calls::Quote;
use engine::Result;
use model::{Cents, ItemId};
use rusqlite::{Connection, OptionalExtension, Row};

const ONE: &str = "SELECT name, price, image, spec, status, available, version
                   FROM item_items JOIN item_texts USING (id) WHERE id = ?1";

pub(super) fn all(connection: &Connection, ids: &[ItemId]) -> Result<Vec<Quote>> {
    let mut statement = connection.prepare_cached(ONE)?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(statement.query_row([id.as_i64()], |row| quote(*id, row)).optional()?);
    }
    Ok(found)
}

fn quote(id: ItemId, row: &Row<'_>) -> rusqlite::Result<Quote> {
    Ok(Quote {
        id,
        name: row.get(0)?,
        price: Cents(row.get(1)?),
        image: row.get(2)?,
        spec: row.get(3)?,
        status: row.get(4)?,
        stock: row.get(5)?,
        version: row.get(6)?,
    })
}
