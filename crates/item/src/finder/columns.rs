//! What sorting, bounding and counting look at: an array for each, by the items' numbers.

use super::OnSale;

#[derive(Default)]
pub(super) struct Columns {
    ids: Vec<i64>,
    prices: Vec<i64>,
    sold: Vec<i64>,
    categories: Vec<u32>,
    brands: Vec<u32>,
    words: Vec<u32>,
}

impl Columns {
    /// Adds an item that is not on sale; answers its number.
    pub(super) fn push(&mut self, id: i64) -> u32 {
        let number = u32::try_from(self.ids.len()).expect("there are far fewer items than numbers");
        self.ids.push(id);
        self.prices.push(0);
        self.sold.push(0);
        self.categories.push(0);
        self.brands.push(0);
        self.words.push(0);
        number
    }

    /// Writes what an item on sale is found by, its category and brand by their labels.
    pub(super) fn set(&mut self, number: u32, fact: &OnSale, (category, brand): (u32, u32)) {
        let at = number as usize;
        self.prices[at] = fact.price;
        self.sold[at] = fact.sold;
        self.categories[at] = category;
        self.brands[at] = brand;
        self.words[at] = u32::try_from(fact.words.len()).unwrap_or(u32::MAX);
    }

    pub(super) fn set_sold(&mut self, number: u32, sold: i64) {
        self.sold[number as usize] = sold;
    }

    pub(super) fn ids(&self) -> &[i64] {
        &self.ids
    }

    pub(super) fn prices(&self) -> &[i64] {
        &self.prices
    }

    pub(super) fn all_sold(&self) -> &[i64] {
        &self.sold
    }

    pub(super) fn id(&self, number: u32) -> i64 {
        self.ids[number as usize]
    }

    pub(super) fn price(&self, number: u32) -> i64 {
        self.prices[number as usize]
    }

    pub(super) fn sold(&self, number: u32) -> i64 {
        self.sold[number as usize]
    }

    /// The label of its category.
    pub(super) fn category(&self, number: u32) -> u32 {
        self.categories[number as usize]
    }

    /// The label of its brand.
    pub(super) fn brand(&self, number: u32) -> u32 {
        self.brands[number as usize]
    }

    /// How many words it is found by.
    pub(super) fn words(&self, number: u32) -> usize {
        self.words[number as usize] as usize
    }
}
