//! The categories and brands among what fits; see [`crate::store::facets`].

use std::collections::HashMap;

use super::{Finder, hits::Hits};
use crate::search::Facets;
use crate::store::facets::{ROWS_MAX, VALUES_MAX, ranked};

impl Finder {
    /// Those of everything on sale, by name.
    pub(super) fn all_facets(&self) -> Facets {
        let named = |names: &mut dyn Iterator<Item = &str>| {
            names.filter(|name| !name.is_empty()).take(VALUES_MAX).map(str::to_owned).collect()
        };
        Facets { category: named(&mut self.categories.names()), brand: named(&mut self.brands.names()) }
    }

    /// Those of what fits, the most frequent first.
    pub(super) fn facets_of(&self, hits: &Hits<'_>) -> Facets {
        let mut counts: HashMap<(u32, u32), u64> = HashMap::new();
        let fitting = hits.set.iter().filter(|number| self.is_priced(hits, *number));
        for number in fitting.take(usize::try_from(ROWS_MAX).unwrap_or(usize::MAX)) {
            *counts.entry((self.columns.category(number), self.columns.brand(number))).or_default() += 1;
        }
        let named = |((category, brand), count): ((u32, u32), u64)| {
            (self.categories.name(category).to_owned(), self.brands.name(brand).to_owned(), count)
        };
        ranked(&counts.into_iter().map(named).collect())
    }
}
