//! Taking an order's lines off the shelf, all or none.

use std::collections::BTreeMap;

use api::calls::{HoldAnswer, HoldLine, HoldRequest};
use engine::Result;
use engine::sqlite::Tx;
use model::ItemId;
use model::hold::State;
use rusqlite::OptionalExtension;

use super::{header, ledger};
use crate::hold::{self, Shelf};
use crate::ledger::Movement;
use crate::store::header::Lines;
use crate::store::{HoldTimes, codec};

/// Holds one order. A header that is there already has the answer.
pub(super) fn hold(tx: &Tx<'_>, request: &HoldRequest, times: HoldTimes) -> Result<HoldAnswer> {
    if let Some(header) = header::find(tx, request.order_id)? {
        return Ok(hold::answer_again(header.state, header.refusal));
    }
    match hold::decide(&request.lines, &shelf(tx, &request.lines)?) {
        Ok(()) => take(tx, request, times),
        Err(refusal) => {
            if refusal.is_final() {
                header::insert_empty(tx, request.order_id, State::Refused, Some(refusal), times.now)?;
            }
            Ok(refusal.into())
        }
    }
}

fn take(tx: &Tx<'_>, request: &HoldRequest, times: HoldTimes) -> Result<HoldAnswer> {
    let order = request.order_id;
    let lines: Lines = request.lines.iter().map(|line| (line.item_id.as_i64(), line.num)).collect();
    header::insert_held(tx, order, &lines, times.now, times.sweep_at)?;
    ledger::move_lines(tx, order, &lines, Movement::Hold, times.now)?;
    Ok(HoldAnswer::Held)
}

fn shelf(tx: &Tx<'_>, lines: &[HoldLine]) -> Result<BTreeMap<ItemId, Shelf>> {
    let mut shelf = BTreeMap::new();
    let mut statement =
        tx.prepare_cached("SELECT status, version, available FROM item_items WHERE id = ?1")?;
    for item in lines.iter().map(|line| line.item_id) {
        let found: Option<(u8, u32, i64)> = statement
            .query_row([item.as_i64()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        if let Some((status, version, available)) = found {
            shelf.insert(item, Shelf { status: codec::status(status, item)?, version, available });
        }
    }
    Ok(shelf)
}
