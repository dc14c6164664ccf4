//! What is on sale, in memory, so that a search counts and sorts without reading a row.
//!
//! Every item has a number, and every word, category and brand the set of the numbers it fits, as a bitmap: what fits
//! all criteria is their intersection, and its size is the total. Two ordered sets, by price and by how many were
//! sold, give sorted pages; numbers themselves are given in the order of ids. All of it is pure: whoever owns the
//! tables fills it and tells it of changes.

mod build;
mod columns;
mod facets;
mod hits;
mod labels;
mod page;
#[cfg(test)]
mod tests;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringBitmap;

pub(crate) use self::build::Builder;
use self::columns::Columns;
pub(crate) use self::hits::TooWide;
use self::labels::Labels;
use self::words::Words;
use crate::search::{Criteria, Facets, Listing};

/// What is known of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    /// Which item, as it is stored.
    pub(crate) id: i64,
    /// What it is found by, if it is on sale.
    pub(crate) on_sale: Option<OnSale>,
}

/// What an item on sale is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OnSale {
    /// In cents.
    pub(crate) price: i64,
    /// How many were sold, those of before included.
    pub(crate) sold: i64,
    pub(crate) category: String,
    pub(crate) brand: String,
    /// Each once.
    pub(crate) words: Vec<String>,
}

/// A page of what was searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// How many fit, counted up to [`crate::config::TOTAL_MAX`].
    pub(crate) total: u64,
    /// The items of the page, in order.
    pub(crate) ids: Vec<i64>,
    /// How many items were looked at one by one.
    pub(crate) steps: u64,
}

/// An item in the order of a number: that number, its id, its own number.
type Place = (i64, i64, u32);

/// The items on sale, by everything they can be found by.
#[derive(Default)]
pub(crate) struct Finder {
    columns: Columns,
    /// Every item that ever was on sale, or was there when this was built. A number is never given again.
    numbers: BTreeMap<i64, u32>,
    /// Whether a higher number is a higher id. So it is until an item comes in after one with a higher id.
    in_order: bool,
    on_sale: RoaringBitmap,
    words: Words,
    categories: Labels,
    brands: Labels,
    by_price: BTreeSet<Place>,
    by_sold: BTreeSet<Place>,
}

impl Finder {
    /// A page of what fits. [`TooWide`]: an unfinished word could be too many.
    pub(crate) fn search(&self, criteria: &Criteria, listing: Listing) -> Result<Found, TooWide> {
        let mut steps = 0;
        let hits = self.hits(criteria, &mut steps)?;
        let total = self.count(&hits, &mut steps);
        let numbers = self.page(&hits, listing, total, &mut steps);
        let ids = numbers.into_iter().map(|number| self.columns.id(number)).collect();
        Ok(Found { total, ids, steps })
    }

    /// What can be chosen among what fits.
    pub(crate) fn facets(&self, criteria: &Criteria) -> Result<Facets, TooWide> {
        if *criteria == Criteria::default() {
            return Ok(self.all_facets());
        }
        let hits = self.hits(criteria, &mut 0)?;
        Ok(self.facets_of(&hits))
    }

    /// How many items it has a number for.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Takes in what is now known of some items, each named once.
    pub(crate) fn put(&mut self, facts: Vec<Fact>) {
        let numbered: Vec<(u32, Option<OnSale>)> =
            facts.into_iter().map(|fact| (self.number(fact.id), fact.on_sale)).collect();
        let renamed = numbered.iter().filter(|(number, fact)| self.loses_words(*number, fact.as_ref()));
        let renamed: RoaringBitmap = renamed.map(|(number, _)| *number).collect();
        self.words.forget(&renamed);
        for (number, fact) in numbered {
            let has_words = self.on_sale.contains(number) && !renamed.contains(number);
            self.take_off(number);
            if let Some(fact) = fact {
                self.set_out(number, &fact, has_words);
            }
        }
    }

    /// Takes in how many of an item were sold.
    pub(crate) fn sold(&mut self, id: i64, sold: i64) {
        let Some(&number) = self.numbers.get(&id) else { return };
        let before = self.columns.sold(number);
        if self.on_sale.contains(number) && before != sold {
            self.by_sold.remove(&(before, id, number));
            self.by_sold.insert((sold, id, number));
            self.columns.set_sold(number, sold);
        }
    }

    /// The number of an item, a new one if it has none.
    fn number(&mut self, id: i64) -> u32 {
        if let Some(number) = self.numbers.get(&id) {
            return *number;
        }
        let number = self.columns.push(id);
        self.in_order &= self.numbers.last_key_value().is_none_or(|(last, _)| *last < id);
        self.numbers.insert(id, number);
        number
    }

    /// Whether it is found by words by which it will not be found any more.
    fn loses_words(&self, number: u32, fact: Option<&OnSale>) -> bool {
        self.on_sale.contains(number)
            && fact.is_none_or(|fact| {
                self.columns.words(number) != fact.words.len() || !self.words.has_all(&fact.words, number)
            })
    }

    fn take_off(&mut self, number: u32) {
        if !self.on_sale.remove(number) {
            return;
        }
        let id = self.columns.id(number);
        self.by_price.remove(&(self.columns.price(number), id, number));
        self.by_sold.remove(&(self.columns.sold(number), id, number));
        self.categories.remove(self.columns.category(number), number);
        self.brands.remove(self.columns.brand(number), number);
    }

    fn set_out(&mut self, number: u32, fact: &OnSale, has_words: bool) {
        if !has_words {
            self.words.add(&fact.words, number);
        }
        let labels = (self.categories.add(&fact.category, number), self.brands.add(&fact.brand, number));
        self.columns.set(number, fact, labels);
        let id = self.columns.id(number);
        self.by_price.insert((fact.price, id, number));
        self.by_sold.insert((fact.sold, id, number));
        self.on_sale.insert(number);
    }
}
