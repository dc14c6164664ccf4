//! The categories and brands among what fits.
//!
//! Without words, prices or a brand the index of categories and brands has the answer: it is read by leaps,
//! one for each pair. Otherwise what fits is looked through, up to a bound: beyond it a rare value may be
//! missing from the lists, never from the search.

use std::collections::BTreeMap;

use engine::Result;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::matching::Matching;
use crate::search::{Criteria, Facets};

/// How many items are looked through.
const ROWS_MAX: u64 = 20_000;
/// How many pairs of category and brand are leapt to.
const PAIRS_MAX: usize = 4_000;
/// How many categories, and how many brands, are answered.
const VALUES_MAX: usize = 100;

/// Pairs of category and brand, and how often they were met.
type Pairs = Vec<(String, String, u64)>;

pub(super) fn of(connection: &Connection, criteria: &Criteria) -> Result<Facets> {
    let only_category = Criteria { category: criteria.category.clone(), ..Criteria::default() };
    let pairs =
        if *criteria == only_category { leap(connection, criteria)? } else { look(connection, criteria)? };
    Ok(Facets {
        category: ranked(pairs.iter().map(|(category, _, count)| (category, *count))),
        brand: ranked(pairs.iter().map(|(_, brand, count)| (brand, *count))),
    })
}

fn ranked<'a>(values: impl Iterator<Item = (&'a String, u64)>) -> Vec<String> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (value, count) in values.filter(|(value, _)| !value.is_empty()) {
        *counts.entry(value).or_default() += count;
    }
    let mut ranked: Vec<(&str, u64)> = counts.into_iter().collect();
    ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    ranked.into_iter().take(VALUES_MAX).map(|(value, _)| value.to_owned()).collect()
}

fn look(connection: &Connection, criteria: &Criteria) -> Result<Pairs> {
    let Some(matching) = Matching::of(criteria) else { return Ok(Pairs::new()) };
    let source = matching.source("");
    let sql = format!(
        "SELECT category, brand, count(*) FROM (SELECT i.category, i.brand {source} LIMIT ?) GROUP BY 1, 2"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(matching.values([ROWS_MAX])), |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn leap(connection: &Connection, criteria: &Criteria) -> Result<Pairs> {
    // The first leap starts before every pair: no text is smaller than the empty one, which is left out.
    let sql = "SELECT category, brand FROM item_items INDEXED BY item_by_category
               WHERE status = 1 AND (category, brand) > ($1, $2) ORDER BY category, brand LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut pairs = Pairs::new();
    let mut at = (criteria.category.clone().unwrap_or_default(), String::new());
    for _ in 0..PAIRS_MAX {
        let next: Option<(String, String)> =
            statement.query_row((&at.0, &at.1), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some(next) = next else { break };
        if criteria.category.as_ref().is_some_and(|category| *category != next.0) {
            break;
        }
        pairs.push((next.0.clone(), next.1.clone(), 1));
        at = next;
    }
    Ok(pairs)
}
