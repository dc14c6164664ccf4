//! An item's ledger, in pages.

use api::body::Page;
use engine::postgres::{Conn, Row};
use engine::{Error, Result};
use model::{ItemId, Ms};

use super::row;
use crate::config::TOTAL_MAX;
use crate::ledger::{Entry, Stored, window};

pub(super) async fn page(
    conn: &Conn,
    item: ItemId,
    page_no: u64,
    page_size: u64,
) -> Result<Option<Page<Entry>>> {
    let total =
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM item_ledger WHERE item_id = $1 LIMIT $2) counted)
                 FROM item_items WHERE id = $1";
    let most = i64::try_from(TOTAL_MAX).unwrap_or(i64::MAX);
    let Some(known) = conn.query_opt(total, &[&item.as_i64(), &most]).await? else { return Ok(None) };
    let total = row::number(&known, 0, "item_ledger", item)?;
    let sql = "SELECT movement::bigint, qty, at, ref_id, line::bigint, reason, by_user FROM item_ledger
               WHERE item_id = $1 ORDER BY ref_id DESC, line DESC, step DESC LIMIT $2 OFFSET $3";
    let (offset, limit) = window(page_no, page_size);
    let (offset, limit) = (offset.cast_signed(), limit.cast_signed());
    let rows = conn.query(sql, &[&item.as_i64(), &limit, &offset]).await?;
    let list = rows.iter().map(|row| entry(item, row)).collect::<Result<_>>()?;
    Ok(Some(Page::new(total, page_size, list)))
}

pub(super) fn entry(item: ItemId, row: &Row) -> Result<Entry> {
    let stored = Stored {
        movement: row.try_get(0)?,
        qty: row.try_get(1)?,
        at: Ms(row.try_get(2)?),
        reference: row.try_get(3)?,
        line: row::number(row, 4, "item_ledger", item)?,
        reason: row.try_get(5)?,
        by: row.try_get(6)?,
    };
    stored.entry().ok_or_else(|| Error::corrupt("item_ledger", item))
}
