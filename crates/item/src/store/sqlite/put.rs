//! Rows of an import.

use engine::Result;
use engine::sqlite::Tx;
use model::ItemId;

use super::{catalogue, ledger};
use crate::store::{Change, Delta, PutCounts, Row};

pub(super) fn all(tx: &Tx<'_>, rows: &[Row], set_stock: bool, change: Change) -> Result<PutCounts> {
    rows.iter().try_fold(PutCounts::default(), |counts, row| {
        one(tx, row, set_stock, change).map(|count| counts.plus(count))
    })
}

fn one(tx: &Tx<'_>, Row { id, draft }: &Row, set_stock: bool, change: Change) -> Result<PutCounts> {
    let nothing = PutCounts::default();
    let Some(edited) = catalogue::edit_any(tx, *id, draft.clone().into_edit(), change.at)? else {
        catalogue::insert(tx, *id, draft, change)?;
        return Ok(PutCounts { added: 1, ..nothing });
    };
    let restocked = set_stock && bring_stock(tx, *id, draft.stock, change)?;
    let different = u64::from(edited || restocked);
    Ok(PutCounts { updated: different, unchanged: 1 - different, ..nothing })
}

/// Makes what is available what the file says, through the ledger: what orders hold stays theirs.
fn bring_stock(tx: &Tx<'_>, id: ItemId, stock: i64, change: Change) -> Result<bool> {
    let sql = "SELECT available FROM item_items WHERE id = ?1";
    let available: i64 = tx.prepare_cached(sql)?.query_row([id.as_i64()], |row| row.get(0))?;
    let delta = Delta::import(available, stock);
    ledger::add(tx, id, &delta, change)?;
    Ok(delta.pieces != 0)
}
