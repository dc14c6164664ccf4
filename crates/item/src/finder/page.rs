//! One page of what fits, sorted.
//!
//! Two ways lead to it, and neither is good for both a rare and a frequent match. What fits many is soon met by
//! walking the order; what fits few is gathered, and the page's part of it sorted. A walk is expected to meet matches
//! evenly. Where they all lie at the far end of the order it would not, so that it gives up after as many steps as
//! gathering would have cost, and gathers.

use super::{Finder, hits::Hits};
use crate::search::{Listing, SortBy};

/// How many items are gathered in the time of one step along an order, which goes from leaf to leaf and tests a set
/// at random.
pub(super) const STEP: u64 = 8;
/// How many steps a walk may have.
const STEPS_MAX: u64 = 50_000;

/// Which part of a list.
#[derive(Clone, Copy)]
struct Window {
    /// How many come before.
    offset: usize,
    /// How many come up to its end.
    end: usize,
}

impl Finder {
    /// The page's items, of `total` that fit.
    pub(super) fn page(&self, hits: &Hits<'_>, listing: Listing, total: u64, steps: &mut u64) -> Vec<u32> {
        let end = listing.offset().saturating_add(listing.page_size).min(total);
        let size = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        let window = Window { offset: size(listing.offset()), end: size(end) };
        if window.offset >= window.end {
            return Vec::new();
        }
        if listing.sort == SortBy::Id && self.in_order {
            return self.straight(hits, listing.ascending, window, steps);
        }
        let budget = (hits.set.len() / STEP).min(STEPS_MAX);
        let fitting = if hits.prices.is_none() { hits.set.len() } else { total };
        let expected = end.saturating_mul(self.on_sale.len()) / fitting;
        let walked = if expected <= budget { self.walk(hits, listing, window, budget, steps) } else { None };
        walked.unwrap_or_else(|| self.gather(hits, listing, window, steps))
    }

    /// The same page by either way.
    #[cfg(test)]
    pub(super) fn both_ways(&self, hits: &Hits<'_>, listing: Listing) -> (Vec<u32>, Vec<u32>) {
        let offset = usize::try_from(listing.offset()).unwrap();
        let window = Window { offset, end: offset + usize::try_from(listing.page_size).unwrap() };
        let walked = self.walk(hits, listing, window, u64::MAX, &mut 0);
        (walked.unwrap(), self.gather(hits, listing, window, &mut 0))
    }

    /// The set itself is in the order of ids.
    fn straight(&self, hits: &Hits<'_>, ascending: bool, window: Window, steps: &mut u64) -> Vec<u32> {
        let items = hits.set.iter();
        let items: Box<dyn Iterator<Item = u32>> =
            if ascending { Box::new(items) } else { Box::new(items.rev()) };
        let seen = items.inspect(|_| *steps += 1);
        let fitting = seen.filter(|number| self.is_priced(hits, *number));
        fitting.skip(window.offset).take(window.end - window.offset).collect()
    }

    /// `None` if it was not met within `budget` steps.
    fn walk(
        &self,
        hits: &Hits<'_>,
        listing: Listing,
        window: Window,
        budget: u64,
        steps: &mut u64,
    ) -> Option<Vec<u32>> {
        let (mut page, mut met) = (Vec::with_capacity(window.end - window.offset), 0);
        let budget = usize::try_from(budget).unwrap_or(usize::MAX);
        for number in self.order(hits, listing).take(budget) {
            *steps += 1;
            if self.fits(hits, number) {
                if met >= window.offset {
                    page.push(number);
                }
                met += 1;
            }
            if met == window.end {
                return Some(page);
            }
        }
        None
    }

    /// The items in order, without those whose price cannot fit where that is the order.
    fn order<'a>(&'a self, hits: &Hits<'_>, listing: Listing) -> Box<dyn Iterator<Item = u32> + 'a> {
        match listing.sort {
            SortBy::Id => directed(self.numbers.values().copied(), listing.ascending),
            SortBy::Sold => directed(self.by_sold.iter().map(|place| place.2), listing.ascending),
            SortBy::Price => {
                let (least, most) = hits.prices.clone().unwrap_or(i64::MIN..=i64::MAX).into_inner();
                let within = self.by_price.range((least, i64::MIN, 0)..=(most, i64::MAX, u32::MAX));
                directed(within.map(|place| place.2), listing.ascending)
            }
        }
    }

    /// Looks at everything that fits, and never keeps more than twice what the page needs.
    fn gather(&self, hits: &Hits<'_>, listing: Listing, window: Window, steps: &mut u64) -> Vec<u32> {
        let keys = match listing.sort {
            SortBy::Id => self.columns.ids(),
            SortBy::Price => self.columns.prices(),
            SortBy::Sold => self.columns.all_sold(),
        };
        let ascends = |key: i64| if listing.ascending { key } else { !key };
        let mut first = First { kept: Vec::new(), count: window.end, bound: None };
        for number in hits.set.iter() {
            *steps += 1;
            let key = ascends(keys[number as usize]);
            if first.may_have(key) && self.is_priced(hits, number) {
                first.push((key, ascends(self.columns.id(number)), number));
            }
        }
        first.part(window.offset)
    }
}

fn directed<'a>(
    order: impl DoubleEndedIterator<Item = u32> + 'a,
    ascending: bool,
) -> Box<dyn Iterator<Item = u32> + 'a> {
    if ascending { Box::new(order) } else { Box::new(order.rev()) }
}

/// Ascends as the list goes: by its key, then by id.
type Ranked = (i64, i64, u32);

/// The first `count` of whatever is pushed.
struct First {
    kept: Vec<Ranked>,
    count: usize,
    /// What is not below it is not among the first.
    bound: Option<Ranked>,
}

impl First {
    /// Whether something with this key can be among the first.
    fn may_have(&self, key: i64) -> bool {
        self.bound.is_none_or(|(most, _, _)| key <= most)
    }

    fn push(&mut self, ranked: Ranked) {
        if self.bound.is_some_and(|bound| ranked >= bound) {
            return;
        }
        self.kept.push(ranked);
        if self.kept.len() >= 2 * self.count {
            let (_, bound, _) = self.kept.select_nth_unstable(self.count - 1);
            self.bound = Some(*bound);
            self.kept.truncate(self.count);
        }
    }

    /// Those of the first `count` that come after `offset` others, in order.
    fn part(mut self, offset: usize) -> Vec<u32> {
        if offset >= self.kept.len() {
            return Vec::new();
        }
        self.kept.select_nth_unstable(offset);
        let part = &mut self.kept[offset..];
        part.sort_unstable();
        part.iter().take(self.count - offset).map(|(_, _, number)| *number).collect()
    }
}
