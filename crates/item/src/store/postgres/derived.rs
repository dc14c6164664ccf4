//! What follows from items that were moved here from the embedded engine: their number, and the words of those on
//! sale.

use async_trait::async_trait;
use engine::Result;
use engine::postgres::Conn;
use engine::transfer::Derive;

use super::catalogue::INSERT_WORDS;
use crate::catalogue::Status;
use crate::words;

/// How many items are cut into words at once.
const PAGE: i64 = 1_000;

/// Makes both.
pub(in crate::store) struct Derived;

#[async_trait]
impl Derive for Derived {
    async fn derive(&self, conn: &Conn) -> Result<()> {
        let sql = "INSERT INTO item_tally (shard, shown)
                   SELECT 0, count(*) FROM item_items WHERE status <> $1::bigint";
        conn.execute(sql, &[&code(Status::Deleted)]).await?;
        let mut after = None;
        while let Some(last) = write_words(conn, after).await? {
            after = Some(last);
        }
        Ok(())
    }
}

/// Writes the words of the next items on sale; answers the last of them.
async fn write_words(conn: &Conn, after: Option<i64>) -> Result<Option<i64>> {
    let sql = "SELECT id, price, category, brand, name FROM item_items JOIN item_texts USING (id)
               WHERE status = $1::bigint AND ($2::bigint IS NULL OR id > $2) ORDER BY id LIMIT $3";
    let (mut ids, mut prices) = (Vec::<i64>::new(), Vec::<i64>::new());
    let (mut categories, mut brands, mut found_by) = (Vec::new(), Vec::new(), Vec::new());
    for row in conn.query(sql, &[&code(Status::OnSale), &after, &PAGE]).await? {
        let (category, brand, name): (String, String, String) =
            (row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
        found_by.push(words::index(&[&name, &category, &brand]).join(" "));
        ids.push(row.try_get(0)?);
        prices.push(row.try_get(1)?);
        categories.push(category);
        brands.push(brand);
    }
    conn.execute(INSERT_WORDS, &[&ids, &prices, &categories, &brands, &found_by]).await?;
    Ok(ids.last().copied())
}

fn code(status: Status) -> i64 {
    u8::from(status).into()
}
