//! From criteria to SQL: counting what fits, and one page of it.
//!
//! Two ways lead to a sorted page, and neither is good for both a rare and a frequent match. What fits few is
//! gathered through the index of its criteria and sorted; what fits many is met soon by walking the order's
//! own index. The bounded count, which is needed anyway, tells which of the two it is. Prices within a
//! category or brand have an index of their own: what is cheap must not be looked for from the dear end.

use engine::Result;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::config::TOTAL_MAX;
use crate::search::{Criteria, Listing, SortBy};
use crate::words::{self, Word};

const PRICES: &str = "INDEXED BY item_by_price";

/// Which items, as parts of a query.
pub(super) struct Matching {
    worded: bool,
    /// The index that has what fits in the order of prices.
    prices: &'static str,
    filters: Vec<&'static str>,
    values: Vec<Value>,
}

impl Matching {
    /// Everything that is not deleted.
    pub(super) fn everything() -> Self {
        let filters = vec!["i.status < 3"];
        Self { worded: false, prices: PRICES, filters, values: Vec::new() }
    }

    /// What is on sale and fits. `None` if a key was given that has no word in it: nothing fits that.
    pub(super) fn of(criteria: &Criteria) -> Option<Self> {
        let mut this = Self::everything();
        this.filters.push("i.status = 1");
        if let Some(key) = &criteria.key {
            this.worded = true;
            this.add("item_words MATCH ?", all_of(&words::asked(key))?);
        }
        if let Some(category) = &criteria.category {
            this.prices = "INDEXED BY item_by_category";
            this.add("i.category = ?", category.clone());
        }
        if let Some(brand) = &criteria.brand {
            this.prices = "INDEXED BY item_by_brand";
            this.add("i.brand = ?", brand.clone());
        }
        if let Some(price) = criteria.min_price {
            this.add("i.price >= ?", price.0);
        }
        if let Some(price) = criteria.max_price {
            this.add("i.price <= ?", price.0);
        }
        Some(this)
    }

    fn add(&mut self, filter: &'static str, value: impl Into<Value>) {
        self.filters.push(filter);
        self.values.push(value.into());
    }

    /// `FROM … WHERE …`, reading the items through `hint` unless words lead to them.
    pub(super) fn source(&self, hint: &str) -> String {
        let filters = self.filters.join(" AND ");
        if self.worded {
            format!("FROM item_words CROSS JOIN item_items AS i ON i.id = item_words.rowid WHERE {filters}")
        } else {
            format!("FROM item_items AS i {hint} WHERE {filters}")
        }
    }

    /// The values for the question marks in [`Self::source`], followed by `more`.
    pub(super) fn values<const N: usize>(&self, more: [u64; N]) -> impl Iterator<Item = Value> {
        let more = more.map(|number| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX)));
        self.values.clone().into_iter().chain(more)
    }

    /// How many fit; counting stops at `most`.
    pub(super) fn count(&self, connection: &Connection, most: u64) -> Result<u64> {
        let sql = format!("SELECT count(*) FROM (SELECT 1 {} LIMIT ?)", self.source(""));
        let values = params_from_iter(self.values([most]));
        Ok(connection.prepare_cached(&sql)?.query_row(values, |row| row.get(0))?)
    }

    /// The ids of one page, of which there are `total` (counted up to a bound) in all.
    pub(super) fn ids(&self, connection: &Connection, listing: Listing, total: u64) -> Result<Vec<i64>> {
        let in_order = listing.sort == SortBy::Price && self.prices != PRICES;
        let sql = if total >= TOTAL_MAX || in_order { self.walk(listing) } else { self.gather(listing) };
        let offset = listing.offset();
        let limit = listing.page_size.min(total.saturating_sub(offset));
        let mut statement = connection.prepare_cached(&sql)?;
        let ids = statement.query_map(params_from_iter(self.values([limit, offset])), |row| row.get(0))?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
    }

    /// The plus signs keep the planner from walking the order's index.
    fn gather(&self, listing: Listing) -> String {
        let order = match listing.sort {
            SortBy::Id => "",
            SortBy::Price => "+i.price",
            SortBy::Sold => "+(i.sold_before + i.sold)",
        };
        self.page_sql("", order, listing.ascending)
    }

    fn walk(&self, listing: Listing) -> String {
        let (hint, order) = match listing.sort {
            SortBy::Id => ("NOT INDEXED", ""),
            SortBy::Price => (self.prices, "i.price"),
            SortBy::Sold => ("INDEXED BY item_by_sold", "i.sold_before + i.sold"),
        };
        self.page_sql(hint, order, listing.ascending)
    }

    fn page_sql(&self, hint: &str, order: &str, ascending: bool) -> String {
        let direction = if ascending { "ASC" } else { "DESC" };
        // Words are met in the order of ids, so that a page of the newest ends early.
        let id = if self.worded { "item_words.rowid" } else { "i.id" };
        let first = if order.is_empty() { String::new() } else { format!("{order} {direction}, ") };
        format!("SELECT i.id {} ORDER BY {first}{id} {direction} LIMIT ? OFFSET ?", self.source(hint))
    }
}

/// The full-text query for all of `words`, each quoted; `None` if there is none.
fn all_of(words: &[Word]) -> Option<String> {
    let star = |word: &Word| if word.unfinished { "*" } else { "" };
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{}\"{}", word.text, star(word))).collect();
    (!quoted.is_empty()).then(|| quoted.join(" AND "))
}

#[cfg(test)]
mod tests {
    use clock::Ms;
    use engine::sqlite::{Db, Options};
    use model::Cents;

    use super::*;
    use crate::import::generate;
    use crate::store::sqlite::{MIGRATIONS, put};
    use crate::store::{Change, Row};

    async fn shelf(directory: &std::path::Path) -> Db {
        let db = Db::open(&directory.join("t.db"), Options::for_tests(), &[MIGRATIONS]).unwrap();
        let rows: Vec<Row> = generate(800, 1).collect();
        let change = Change { id: 1, by: None, at: Ms(0) };
        db.write(move |tx| put::all(tx, &rows, false, change)).await.unwrap();
        db
    }

    fn every_criteria() -> Vec<Criteria> {
        let phones = Criteria { category: Some("手机".into()), ..Criteria::default() };
        let starboat = Criteria { brand: Some("星舟 Starboat".into()), ..phones.clone() };
        let priced =
            Criteria { min_price: Some(Cents(90_000)), max_price: Some(Cents(300_000)), ..phones.clone() };
        let worded = Criteria { key: Some("星舟".into()), ..Criteria::default() };
        vec![
            Criteria::default(),
            phones,
            Criteria { category: None, ..starboat.clone() },
            starboat,
            priced,
            worded,
        ]
    }

    fn listings() -> impl Iterator<Item = Listing> {
        let sorts = [SortBy::Id, SortBy::Price, SortBy::Sold];
        sorts.into_iter().flat_map(|sort| {
            [true, false].map(|ascending| Listing { page_no: 2, page_size: 7, sort, ascending })
        })
    }

    #[tokio::test]
    async fn both_ways_lead_to_the_same_page() {
        let directory = tempfile::tempdir().unwrap();
        let db = shelf(directory.path()).await;
        let ids = |matching: &Matching, sql: &str| -> Vec<i64> {
            let look = |connection: &Connection| {
                let mut statement = connection.prepare(sql)?;
                let rows =
                    statement.query_map(params_from_iter(matching.values([7, 7])), |row| row.get(0))?;
                Ok(rows.collect::<rusqlite::Result<_>>()?)
            };
            db.read(look).unwrap()
        };
        for criteria in every_criteria() {
            let matching = Matching::of(&criteria).unwrap();
            for listing in listings() {
                let gathered = ids(&matching, &matching.gather(listing));
                let walked = ids(&matching, &matching.walk(listing));
                assert_eq!(gathered, walked, "{criteria:?} {listing:?}");
                assert!(!gathered.is_empty(), "{criteria:?}");
            }
        }
    }
}
