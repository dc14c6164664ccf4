//! Whether an order can be held: the decision alone, for every storage engine.
//!
//! A store loads the order's header and, if there is none, what stands on the shelf for each item named; it
//! asks here, and commits the answer in the same transaction.

use std::collections::BTreeMap;

use api::calls::{HoldAnswer, HoldLine, HoldRefusal, SettleAnswer};
use model::ItemId;
use model::hold::State;
use mutants::Mutant;

use crate::catalogue::Status;
use crate::config::{LINES_MAX, NUM_MAX};

/// What an order is answered whose own rows are corrupt when it is to be held.
pub const CORRUPT: HoldAnswer = HoldAnswer::Refused { line: 0, reason: HoldRefusal::OffSale };
/// What it is answered when it is told its end.
pub const CORRUPT_END: SettleAnswer = SettleAnswer::Impossible;

/// What a hold must know of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// Whether it can be bought.
    pub status: Status,
    /// Its version.
    pub version: u32,
    /// How many can be bought now.
    pub available: i64,
}

/// Why and at which line (from 0) a hold is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The first line that failed.
    pub line: usize,
    /// Why.
    pub reason: HoldRefusal,
}

impl Refusal {
    /// Whether it is remembered under the order. A changed price is not: the order is priced anew once and
    /// comes again.
    pub fn is_final(self) -> bool {
        self.reason != HoldRefusal::Changed
    }
}

impl From<Refusal> for HoldAnswer {
    fn from(refusal: Refusal) -> Self {
        HoldAnswer::Refused { line: refusal.line, reason: refusal.reason }
    }
}

/// The answer to a hold whose order has a header already.
pub fn answer_again(state: State, refusal: Option<Refusal>) -> HoldAnswer {
    match (state, refusal) {
        (State::Held | State::Sold, _) => HoldAnswer::Held,
        (State::Refused, Some(refusal)) => refusal.into(),
        _ => Refusal { line: 0, reason: HoldRefusal::Ended }.into(),
    }
}

/// Decides whether all `lines` can be taken from the `shelf` together. The same item may stand on several.
pub fn decide(lines: &[HoldLine], shelf: &BTreeMap<ItemId, Shelf>) -> Result<(), Refusal> {
    if lines.is_empty() || lines.len() > LINES_MAX {
        return Err(Refusal { line: 0, reason: HoldRefusal::Short });
    }
    let mut taken: BTreeMap<ItemId, i64> = BTreeMap::new();
    for (line, wanted) in lines.iter().enumerate() {
        let taken = taken.entry(wanted.item_id).or_default();
        *taken += i64::from(wanted.num);
        check(*wanted, *taken, shelf.get(&wanted.item_id)).map_err(|reason| Refusal { line, reason })?;
    }
    Ok(())
}

fn check(line: HoldLine, taken: i64, shelf: Option<&Shelf>) -> Result<(), HoldRefusal> {
    let shelf = shelf.filter(|shelf| shelf.status == Status::OnSale).ok_or(HoldRefusal::OffSale)?;
    if shelf.version != line.version && !mutants::on(Mutant::HoldIgnoresVersion) {
        return Err(HoldRefusal::Changed);
    }
    // There is never a stock of nothing, nor of more than a line may ask for.
    let sensible = (1..=NUM_MAX).contains(&line.num);
    if sensible && taken <= shelf.available { Ok(()) } else { Err(HoldRefusal::Short) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEM: ItemId = ItemId(1);

    fn shelf(available: i64) -> BTreeMap<ItemId, Shelf> {
        BTreeMap::from([(ITEM, Shelf { status: Status::OnSale, version: 1, available })])
    }

    fn line(num: u32) -> HoldLine {
        HoldLine { item_id: ITEM, num, version: 1 }
    }

    fn refusal(lines: &[HoldLine], shelf: &BTreeMap<ItemId, Shelf>) -> Option<(usize, HoldRefusal)> {
        decide(lines, shelf).err().map(|refusal| (refusal.line, refusal.reason))
    }

    #[test]
    fn the_same_item_on_two_lines_is_summed() {
        assert_eq!(refusal(&[line(2), line(3)], &shelf(5)), None);
        assert_eq!(refusal(&[line(2), line(3)], &shelf(4)), Some((1, HoldRefusal::Short)));
    }

    #[test]
    fn nothing_and_too_many_are_no_quantities() {
        assert_eq!(refusal(&[line(0)], &shelf(5)), Some((0, HoldRefusal::Short)));
        assert_eq!(refusal(&[line(NUM_MAX + 1)], &shelf(5_000)), Some((0, HoldRefusal::Short)));
        assert_eq!(refusal(&[], &shelf(5)), Some((0, HoldRefusal::Short)));
        let wrap = [line(u32::MAX), line(u32::MAX)];
        assert_eq!(refusal(&wrap, &shelf(5)), Some((0, HoldRefusal::Short)));
    }

    #[test]
    fn off_sale_unknown_and_changed_items_are_refused() {
        let mut off = shelf(5);
        off.insert(ITEM, Shelf { status: Status::OffSale, version: 1, available: 5 });
        assert_eq!(refusal(&[line(1)], &off), Some((0, HoldRefusal::OffSale)));
        assert_eq!(refusal(&[line(1)], &BTreeMap::new()), Some((0, HoldRefusal::OffSale)));
        let old = HoldLine { version: 7, ..line(1) };
        assert_eq!(refusal(&[line(1), old], &shelf(5)), Some((1, HoldRefusal::Changed)));
    }
}
