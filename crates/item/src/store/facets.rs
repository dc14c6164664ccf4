//! The categories and brands among what fits.
//!
//! Without any criterion the indexes have the answer: they are read by leaps, one for each value. Otherwise
//! what fits is looked through, up to a bound: beyond it a rare value may be missing from the lists, never
//! from the search.

use std::collections::BTreeMap;

use crate::search::Facets;

/// How many items are looked through.
pub(crate) const ROWS_MAX: u64 = 20_000;
/// How many categories, and how many brands, are answered.
pub(crate) const VALUES_MAX: usize = 100;

/// Pairs of category and brand, and how often they were met.
pub(crate) type Pairs = Vec<(String, String, u64)>;

/// The values of those pairs, the most frequent first.
pub(crate) fn ranked(pairs: &Pairs) -> Facets {
    Facets {
        category: by_count(pairs.iter().map(|(category, _, count)| (category, *count))),
        brand: by_count(pairs.iter().map(|(_, brand, count)| (brand, *count))),
    }
}

fn by_count<'a>(values: impl Iterator<Item = (&'a String, u64)>) -> Vec<String> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (value, count) in values.filter(|(value, _)| !value.is_empty()) {
        *counts.entry(value).or_default() += count;
    }
    let mut ranked: Vec<(&str, u64)> = counts.into_iter().collect();
    ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    ranked.into_iter().take(VALUES_MAX).map(|(value, _)| value.to_owned()).collect()
}
