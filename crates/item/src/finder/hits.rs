//! What fits some criteria, as a set, and how many that are.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use roaring::RoaringBitmap;

use super::Finder;
use crate::config::TOTAL_MAX;
use crate::search::Criteria;
use crate::words;

/// How many items are looked at to make a set of those with a price. Where more are within the bounds, and more fit
/// what else is asked for, each price is looked at when its item is met.
const PRICED_MAX: u64 = 20_000;

/// An unfinished word could be so many words that looking at all of them takes too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooWide;

/// What fits: the items of a set, of these perhaps only those whose price is within bounds.
#[derive(Default)]
pub(super) struct Hits<'a> {
    pub(super) set: Cow<'a, RoaringBitmap>,
    pub(super) prices: Option<RangeInclusive<i64>>,
}

impl Finder {
    /// What fits all criteria.
    pub(super) fn hits(&self, criteria: &Criteria, steps: &mut u64) -> Result<Hits<'_>, TooWide> {
        let Some(sets) = self.sets(criteria)? else { return Ok(Hits::default()) };
        let set = self.common(sets);
        let prices = match (criteria.min_price, criteria.max_price) {
            (None, None) => return Ok(Hits { set, prices: None }),
            (min, max) => min.map_or(i64::MIN, |min| min.0)..=max.map_or(i64::MAX, |max| max.0),
        };
        if prices.is_empty() {
            return Ok(Hits::default());
        }
        Ok(self.priced(set, prices, steps))
    }

    /// The items of each criterion; `None` if one has none.
    fn sets(&self, criteria: &Criteria) -> Result<Option<Vec<Cow<'_, RoaringBitmap>>>, TooWide> {
        let mut sets = Vec::new();
        if let Some(key) = &criteria.key {
            let words = words::asked(key);
            if words.is_empty() {
                return Ok(None);
            }
            for word in &words {
                let Some(items) = self.words.items(word)? else { return Ok(None) };
                sets.push(items);
            }
        }
        let category = criteria.category.iter().map(|name| self.categories.items(name));
        let brand = criteria.brand.iter().map(|name| self.brands.items(name));
        for items in category.chain(brand) {
            let Some(items) = items else { return Ok(None) };
            sets.push(Cow::Borrowed(items));
        }
        Ok(Some(sets))
    }

    /// What is in all of `sets`, the smallest of which bounds the work; everything on sale if there are none.
    fn common<'a>(&'a self, mut sets: Vec<Cow<'a, RoaringBitmap>>) -> Cow<'a, RoaringBitmap> {
        sets.sort_by_cached_key(|set| set.len());
        let both = |one: Cow<'a, RoaringBitmap>, other: Cow<'a, RoaringBitmap>| Cow::Owned(&*one & &*other);
        sets.into_iter().reduce(both).unwrap_or(Cow::Borrowed(&self.on_sale))
    }

    /// Those of `set` whose price is within bounds, as a set of their own where that is soon made.
    fn priced<'a>(
        &'a self,
        set: Cow<'a, RoaringBitmap>,
        prices: RangeInclusive<i64>,
        steps: &mut u64,
    ) -> Hits<'a> {
        if set.len() <= PRICED_MAX {
            *steps += set.len();
            let within = set.iter().filter(|number| prices.contains(&self.columns.price(*number)));
            return Hits { set: Cow::Owned(within.collect()), prices: None };
        }
        let range = self.by_price.range((*prices.start(), i64::MIN, 0)..=(*prices.end(), i64::MAX, u32::MAX));
        let most = usize::try_from(PRICED_MAX).unwrap_or(usize::MAX);
        let within: Vec<u32> = range.map(|(_, _, number)| *number).take(most + 1).collect();
        *steps += within.len() as u64;
        if within.len() > most {
            return Hits { set, prices: Some(prices) };
        }
        let within = within.into_iter().filter(|number| set.contains(*number));
        Hits { set: Cow::Owned(within.collect()), prices: None }
    }

    /// Whether an item fits.
    pub(super) fn fits(&self, hits: &Hits<'_>, number: u32) -> bool {
        hits.set.contains(number) && self.is_priced(hits, number)
    }

    /// Whether the price of an item in the set fits.
    pub(super) fn is_priced(&self, hits: &Hits<'_>, number: u32) -> bool {
        hits.prices.as_ref().is_none_or(|prices| prices.contains(&self.columns.price(number)))
    }

    /// How many fit, up to [`TOTAL_MAX`].
    pub(super) fn count(&self, hits: &Hits<'_>, steps: &mut u64) -> u64 {
        if hits.prices.is_none() {
            return hits.set.len().min(TOTAL_MAX);
        }
        let mut count = 0;
        for number in hits.set.iter() {
            *steps += 1;
            count += u64::from(self.is_priced(hits, number));
            if count == TOTAL_MAX {
                break;
            }
        }
        count
    }
}
