//! The categories and brands among what fits; see [`crate::store::facets`].

use engine::Result;
use engine::postgres::Conn;

use super::matching::Matching;
use crate::search::{Criteria, Facets};
use crate::store::facets::{Pairs, ROWS_MAX, VALUES_MAX, ranked};

pub(super) async fn of(conn: &Conn, criteria: &Criteria) -> Result<Facets> {
    if *criteria == Criteria::default() {
        return Ok(Facets { category: leap(conn, "category").await?, brand: leap(conn, "brand").await? });
    }
    let Some(matching) = Matching::of(criteria) else { return Ok(Facets::default()) };
    let source = matching.source();
    let limit = matching.next_placeholder();
    let sql = format!(
        "SELECT category, brand, count(*) FROM (SELECT i.category, i.brand {source} LIMIT ${limit}) met
         GROUP BY 1, 2 ORDER BY 1, 2"
    );
    let mut pairs = Pairs::new();
    for row in matching.query(conn, &sql, [ROWS_MAX]).await? {
        pairs.push((row.try_get(0)?, row.try_get(1)?, row.try_get::<_, i64>(2)?.cast_unsigned()));
    }
    Ok(ranked(&pairs))
}

/// The first values of `column`, each found from the one before by the index. No value is smaller than the empty
/// one, which is left out.
async fn leap(conn: &Conn, column: &'static str) -> Result<Vec<String>> {
    let next = |after: &str| {
        format!(
            "(SELECT {column} FROM item_items WHERE status = 1 AND {column} > {after} ORDER BY {column} LIMIT 1)"
        )
    };
    let sql = format!(
        "WITH RECURSIVE leap (value) AS (
             {first} UNION ALL SELECT {then} FROM leap WHERE leap.value IS NOT NULL
         ) SELECT value FROM leap WHERE value IS NOT NULL LIMIT {VALUES_MAX}",
        first = next("''"),
        then = next("leap.value"),
    );
    let rows = conn.query(&sql, &[]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
