//! Invariant 2: each line of an order moves once each way.

use model::hold::Movement;

use crate::facts::{LedgerFact, StockChange};
use crate::tally::{Check, Finding};

/// Judges the ledger entries of one line of an order, oldest first.
pub(crate) type LineLook = fn(&[LedgerFact]) -> Finding;

pub(crate) const LINE_MOVES_ONCE: Check<LineLook> = Check {
    invariant: 2,
    name: "line_moves_once",
    sentence: "Per order and line: held once, then at most one release or sale, a return only after a sale.",
    look: line_moves_once,
};

fn line_moves_once(entries: &[LedgerFact]) -> Finding {
    let moves: Vec<Movement> = entries.iter().filter_map(movement).collect();
    if moves.is_empty() {
        return Finding::Skip;
    }
    Finding::of(illegal(&moves).or_else(|| uneven(entries)))
}

fn movement(entry: &LedgerFact) -> Option<Movement> {
    match entry.change {
        StockChange::Added => None,
        StockChange::Moved(movement) => Some(movement),
    }
}

fn illegal(moves: &[Movement]) -> Option<String> {
    use Movement::{Hold, Release, Return, Sell};
    let legal = matches!(moves, [Hold] | [Hold, Release | Sell] | [Hold, Sell, Return]);
    (!legal).then(|| format!("it moved {moves:?}"))
}

/// What is given back or sold is what was held.
fn uneven(entries: &[LedgerFact]) -> Option<String> {
    let nums: Vec<i64> = entries.iter().map(|entry| entry.num).collect();
    let even = nums.iter().all(|num| *num == nums[0] && *num > 0);
    (!even).then(|| format!("its movements are of {nums:?} pieces"))
}
