//! Items as staff and imports write them, with the words they are found by.

use engine::Result;
use engine::sqlite::Tx;
use model::{Cents, ItemId, Ms};
use rusqlite::{OptionalExtension, Row};

use super::ledger;
use crate::catalogue::{Draft, Edit, Status};
use crate::store::standing::Standing;
use crate::store::{Change, Delta, Edited, codec};

pub(super) fn insert(tx: &Tx<'_>, id: ItemId, draft: &Draft, change: Change) -> Result<()> {
    let sql = "INSERT INTO item_items
               (id, status, version, price, added, available, held, sold, sold_before, category, brand)
               VALUES (?1, ?2, 1, ?3, ?4, ?4, 0, 0, ?5, ?6, ?7)";
    let (status, price) = (u8::from(draft.status), draft.price.0);
    let row = (id.as_i64(), status, price, draft.stock, draft.sold_before, &draft.category, &draft.brand);
    tx.prepare_cached(sql)?.execute(row)?;
    let sql = "INSERT INTO item_texts (id, name, image, spec, comment_count, is_ad, created, updated)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)";
    let (at, spec) = (change.at.0, &draft.spec);
    let row = (id.as_i64(), &draft.name, &draft.image, spec, draft.comment_count, draft.is_ad, at);
    tx.prepare_cached(sql)?.execute(row)?;
    if draft.status == Status::OnSale {
        insert_words(tx, id, &Standing::first(draft))?;
    }
    if let Some(first) = Delta::first(draft.stock) {
        ledger::record(tx, id, &first, change)?;
    }
    Ok(())
}

/// Edits an item unless it is deleted: staff do not bring items back.
pub(super) fn edit_standing(tx: &Tx<'_>, id: ItemId, edit: Edit, now: Ms) -> Result<Edited> {
    match find(tx, id)? {
        Some(standing) if standing.status != Status::Deleted => {
            write_edit(tx, id, &standing, edit, now).map(|_| Edited::Done)
        }
        _ => Ok(Edited::NoSuchItem),
    }
}

/// Edits an item whatever its status. `None`: there is none; `Some(false)`: it was so already.
pub(super) fn edit_any(tx: &Tx<'_>, id: ItemId, edit: Edit, now: Ms) -> Result<Option<bool>> {
    find(tx, id)?.map(|standing| write_edit(tx, id, &standing, edit, now)).transpose()
}

fn find(tx: &Tx<'_>, id: ItemId) -> Result<Option<Standing>> {
    let sql = "SELECT status, version, price, category, brand, name, image, spec, comment_count, is_ad
               FROM item_items JOIN item_texts USING (id) WHERE id = ?1";
    let found = tx.prepare_cached(sql)?.query_row([id.as_i64()], |row| Ok(standing(id, row))).optional()?;
    found.transpose()
}

fn standing(id: ItemId, row: &Row<'_>) -> Result<Standing> {
    Ok(Standing {
        status: codec::status(row.get(0)?, id)?,
        version: row.get(1)?,
        price: Cents(row.get(2)?),
        category: row.get(3)?,
        brand: row.get(4)?,
        name: row.get(5)?,
        image: row.get(6)?,
        spec: row.get(7)?,
        comment_count: row.get(8)?,
        is_ad: row.get(9)?,
    })
}

fn write_edit(tx: &Tx<'_>, id: ItemId, old: &Standing, edit: Edit, now: Ms) -> Result<bool> {
    let new = old.with(edit);
    if new == *old {
        return Ok(false);
    }
    let sql = "UPDATE item_items SET status = ?1, version = ?2, price = ?3, category = ?4, brand = ?5
               WHERE id = ?6";
    let row = (u8::from(new.status), new.version, new.price.0, &new.category, &new.brand, id.as_i64());
    tx.prepare_cached(sql)?.execute(row)?;
    let sql = "UPDATE item_texts SET name = ?1, image = ?2, spec = ?3, comment_count = ?4, is_ad = ?5,
               updated = ?6 WHERE id = ?7";
    let row = (&new.name, &new.image, &new.spec, new.comment_count, new.is_ad, now.0, id.as_i64());
    tx.prepare_cached(sql)?.execute(row)?;
    rewrite_words(tx, id, old, &new)?;
    Ok(true)
}

/// Only what is on sale has words: a search never meets anything else.
fn rewrite_words(tx: &Tx<'_>, id: ItemId, old: &Standing, new: &Standing) -> Result<()> {
    if !old.is_found_otherwise_than(new) {
        return Ok(());
    }
    if old.status == Status::OnSale {
        tx.prepare_cached("DELETE FROM item_words WHERE rowid = ?1")?.execute([id.as_i64()])?;
    }
    if new.status == Status::OnSale {
        insert_words(tx, id, new)?;
    }
    Ok(())
}

fn insert_words(tx: &Tx<'_>, id: ItemId, standing: &Standing) -> Result<()> {
    let words = standing.words().join(" ");
    let sql = "INSERT INTO item_words (rowid, words) VALUES (?1, ?2)";
    tx.prepare_cached(sql)?.execute((id.as_i64(), words))?;
    Ok(())
}
