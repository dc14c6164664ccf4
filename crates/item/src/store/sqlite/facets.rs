//! The categories and brands among what fits; see [`crate::store::facets`].

use engine::Result;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::matching::Matching;
use crate::search::{Criteria, Facets};
use crate::store::facets::{Pairs, ROWS_MAX, VALUES_MAX, ranked};

const CATEGORIES: &str = "SELECT category FROM item_items INDEXED BY item_by_category
                          WHERE status = 1 AND category > ?1 ORDER BY category LIMIT 1";
const BRANDS: &str = "SELECT brand FROM item_items INDEXED BY item_by_brand
                      WHERE status = 1 AND brand > ?1 ORDER BY brand LIMIT 1";

pub(super) fn of(connection: &Connection, criteria: &Criteria) -> Result<Facets> {
    if *criteria == Criteria::default() {
        return Ok(Facets { category: leap(connection, CATEGORIES)?, brand: leap(connection, BRANDS)? });
    }
    Ok(ranked(&look(connection, criteria)?))
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

/// The first values that `next` finds, one after the other. No value is smaller than the empty one, which is
/// left out.
fn leap(connection: &Connection, next: &str) -> Result<Vec<String>> {
    let mut statement = connection.prepare_cached(next)?;
    let mut values: Vec<String> = Vec::new();
    while values.len() < VALUES_MAX {
        let after = values.last().map_or("", String::as_str);
        let Some(value) = statement.query_row([after], |row| row.get(0)).optional()? else { break };
        values.push(value);
    }
    Ok(values)
}
