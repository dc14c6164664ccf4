//! Building all of it at once: cheaper than item by item, and denser.

use std::collections::{BTreeMap, HashMap};

use roaring::RoaringBitmap;

use super::{Fact, Finder, OnSale, Place};

/// A finder that is being filled.
#[derive(Default)]
pub(crate) struct Builder {
    finder: Finder,
    words: HashMap<Box<str>, RoaringBitmap>,
    numbers: Vec<(i64, u32)>,
    by_price: Vec<Place>,
    by_sold: Vec<Place>,
}

impl Builder {
    /// Adds an item; ids must ascend.
    pub(crate) fn put(&mut self, fact: Fact) {
        let number = self.finder.columns.push(fact.id);
        self.numbers.push((fact.id, number));
        if let Some(on_sale) = fact.on_sale {
            self.set_out(fact.id, number, &on_sale);
        }
    }

    /// How many items there are.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    fn set_out(&mut self, id: i64, number: u32, fact: &OnSale) {
        let finder = &mut self.finder;
        let labels = (finder.categories.add(&fact.category, number), finder.brands.add(&fact.brand, number));
        finder.columns.set(number, fact, labels);
        finder.on_sale.insert(number);
        self.by_price.push((fact.price, id, number));
        self.by_sold.push((fact.sold, id, number));
        for word in &fact.words {
            if let Some(items) = self.words.get_mut(word.as_str()) {
                items.insert(number);
            } else {
                self.words.insert(word.as_str().into(), RoaringBitmap::from([number]));
            }
        }
    }

    /// The finder of everything that was put.
    pub(crate) fn finish(self) -> Finder {
        Finder {
            numbers: self.numbers.into_iter().collect::<BTreeMap<_, _>>(),
            in_order: true,
            words: self.words.into_iter().collect(),
            by_price: self.by_price.into_iter().collect(),
            by_sold: self.by_sold.into_iter().collect(),
            ..self.finder
        }
    }
}
