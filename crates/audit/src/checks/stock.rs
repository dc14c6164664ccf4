//! Invariant 1: stock is neither made nor lost.

use model::hold::Movement;

use crate::facts::{ItemFact, LedgerFact, StockChange};
use crate::tally::{Check, Finding};

/// Judges one item.
pub(crate) type StockLook = fn(&StockView) -> Finding;

/// All that is known of one item. Sums are wider than counters, so that they cannot overflow.
#[derive(Default)]
pub(crate) struct StockView {
    /// Its counters.
    pub(crate) item: Option<ItemFact>,
    /// What its ledger sums up to.
    pub(crate) ledger: Counters,
    /// What the holds of all orders sum up to; `added` and `available` are not theirs to say.
    pub(crate) promised: Promised,
}

/// Counters summed up from the ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    added: i128,
    available: i128,
    held: i128,
    sold: i128,
}

/// What orders hold and have bought of an item, by their holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Promised {
    /// In holds that are held.
    pub(crate) held: i128,
    /// In holds that are sold.
    pub(crate) sold: i128,
}

pub(crate) const COUNTERS_ADD_UP: Check<StockLook> = Check {
    invariant: 1,
    name: "counters_add_up",
    sentence: "Per item: initial + added = available + held + sold, and none is negative.",
    look: counters_add_up,
};

pub(crate) const COUNTERS_EQUAL_LEDGER: Check<StockLook> = Check {
    invariant: 1,
    name: "counters_equal_ledger",
    sentence: "Per item: the counters are what the ledger sums up to.",
    look: counters_equal_ledger,
};

pub(crate) const COUNTERS_EQUAL_HOLDS: Check<StockLook> = Check {
    invariant: 1,
    name: "counters_equal_holds",
    sentence: "Per item: held and sold are what the orders' holds sum up to.",
    look: counters_equal_holds,
};

/// The judgements over items.
pub(crate) const OF_ITEMS: &[Check<StockLook>] =
    &[COUNTERS_ADD_UP, COUNTERS_EQUAL_LEDGER, COUNTERS_EQUAL_HOLDS];

impl Counters {
    /// Goes on with one entry.
    pub(crate) fn follow(&mut self, entry: &LedgerFact) {
        let num = i128::from(entry.num);
        let (from, to) = match entry.change {
            StockChange::Added => (&mut self.added, &mut self.available),
            StockChange::Moved(Movement::Hold) => (&mut self.available, &mut self.held),
            StockChange::Moved(Movement::Release) => (&mut self.held, &mut self.available),
            StockChange::Moved(Movement::Sell) => (&mut self.held, &mut self.sold),
            StockChange::Moved(Movement::Return) => (&mut self.sold, &mut self.available),
        };
        // Stock that comes in is counted on both sides: it is taken from nowhere.
        *from += if entry.change == StockChange::Added { num } else { -num };
        *to += num;
    }
}

impl From<ItemFact> for Counters {
    fn from(item: ItemFact) -> Self {
        Self {
            added: item.added.into(),
            available: item.available.into(),
            held: item.held.into(),
            sold: item.sold.into(),
        }
    }
}

fn counters_add_up(view: &StockView) -> Finding {
    let Some(item) = view.item else { return Finding::Skip };
    let now = Counters::from(item);
    let whole = now.added == now.available + now.held + now.sold;
    let negative = item.available < 0 || item.held < 0 || item.sold < 0;
    Finding::ensure(whole && !negative, || format!("{now:?}"))
}

fn counters_equal_ledger(view: &StockView) -> Finding {
    let now = view.item.map(Counters::from).unwrap_or_default();
    Finding::ensure(now == view.ledger, || format!("counters {now:?}, ledger {:?}", view.ledger))
}

fn counters_equal_holds(view: &StockView) -> Finding {
    let now = view.item.map(Counters::from).unwrap_or_default();
    let counted = Promised { held: now.held, sold: now.sold };
    Finding::ensure(counted == view.promised, || format!("counters {counted:?}, holds {:?}", view.promised))
}
