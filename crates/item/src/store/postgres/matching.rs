//! From criteria to SQL: counting what fits, and one page of it.
//!
//! Two ways lead to a sorted page, and neither is good for both a rare and a frequent match. What fits few is
//! gathered through the index of its criteria and sorted; what fits many is met soon by walking the order's
//! own index. The bounded count, which is needed anyway, tells which of the two it is: for what fits few the order is
//! hidden from its index (`i.price + 0`); for what fits many the planner weighs both ways by its statistics, as
//! every such query is planned for its values.
//!
//! Words lead to rows that have what else can be asked for beside them, so nothing is joined; only how many were
//! sold, which every sale changes, is looked up.

use engine::Result;
use engine::postgres::{Conn, Row, ToSql, Type};
use model::ItemId;

use crate::config::TOTAL_MAX;
use crate::search::{Criteria, Listing, SortBy};
use crate::words::{self, Word};

/// The longest word the server knows, in bytes. No item has one as long.
const WORD_BYTES_MAX: usize = 2_046;
/// How far a list of the best sold may be walked to find words on the way; further pages are gathered.
const WALK_MAX: u64 = 1_000;

/// Which items, as parts of a query over `i`.
pub(super) struct Matching {
    /// Whether `i` is `item_words`, which has only what is on sale, rather than `item_items`.
    worded: bool,
    filters: Vec<String>,
    values: Vec<Value>,
}

enum Value {
    Text(String),
    Number(i64),
}

impl Value {
    fn param(&self) -> (&(dyn ToSql + Sync), Type) {
        match self {
            Value::Text(text) => (text, Type::TEXT),
            Value::Number(number) => (number, Type::INT8),
        }
    }
}

/// How a page is to be found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Through the indexes of the criteria.
    Gather,
    /// As the planner sees fit.
    Free,
}

impl Matching {
    /// Everything that is not deleted.
    pub(super) fn everything() -> Self {
        Self { worded: false, filters: vec!["i.status < 3".into()], values: Vec::new() }
    }

    /// What is on sale and fits. `None` if nothing can: a key has no word in it, or a text no item can have.
    pub(super) fn of(criteria: &Criteria) -> Option<Self> {
        let mut this = Self { worded: criteria.key.is_some(), filters: Vec::new(), values: Vec::new() };
        match &criteria.key {
            Some(key) => this.add(|n| format!("i.words @@ ${n}::text::tsquery"), words_value(key)?),
            // Both, as each index names one of them.
            None => this.filters.extend(["i.status < 3".into(), "i.status = 1".into()]),
        }
        if let Some(category) = &criteria.category {
            this.add(|n| format!("i.category = ${n}"), text_value(category)?);
        }
        if let Some(brand) = &criteria.brand {
            this.add(|n| format!("i.brand = ${n}"), text_value(brand)?);
        }
        if let Some(price) = criteria.min_price {
            this.add(|n| format!("i.price >= ${n}"), Value::Number(price.0));
        }
        if let Some(price) = criteria.max_price {
            this.add(|n| format!("i.price <= ${n}"), Value::Number(price.0));
        }
        Some(this)
    }

    /// Adds a filter, which is told the number of its value's placeholder.
    fn add(&mut self, filter: impl FnOnce(usize) -> String, value: Value) {
        self.values.push(value);
        self.filters.push(filter(self.values.len()));
    }

    /// `FROM … WHERE …`.
    pub(super) fn source(&self) -> String {
        self.source_with("")
    }

    fn source_with(&self, join: &str) -> String {
        let table = if self.worded { "item_words" } else { "item_items" };
        format!("FROM {table} i {join} WHERE {}", self.filters.join(" AND "))
    }

    /// The number of the first placeholder after those of the criteria.
    pub(super) fn next_placeholder(&self) -> usize {
        self.values.len() + 1
    }

    /// The rows of a query that has the criteria's values, followed by `more`.
    pub(super) async fn query<const N: usize>(
        &self,
        conn: &Conn,
        sql: &str,
        more: [u64; N],
    ) -> Result<Vec<Row>> {
        let more = more.map(|number| Value::Number(i64::try_from(number).unwrap_or(i64::MAX)));
        let params: Vec<_> = self.values.iter().chain(&more).map(Value::param).collect();
        conn.query_planned(sql, &params).await
    }

    /// How many fit; counting stops at `most`.
    pub(super) async fn count(&self, conn: &Conn, most: u64) -> Result<u64> {
        let (source, limit) = (self.source(), self.next_placeholder());
        let sql = format!("SELECT count(*) FROM (SELECT 1 {source} LIMIT ${limit}) counted");
        let rows = self.query(conn, &sql, [most]).await?;
        let count: i64 = rows.first().map_or(Ok(0), |row| row.try_get(0))?;
        Ok(count.cast_unsigned())
    }

    /// The ids of one page, of which there are `total` (counted up to a bound) in all.
    pub(super) async fn ids(&self, conn: &Conn, listing: Listing, total: u64) -> Result<Vec<ItemId>> {
        let end = listing.offset().saturating_add(listing.page_size);
        let far = self.worded && listing.sort == SortBy::Sold && end > WALK_MAX;
        let way = if total < TOTAL_MAX || far { Way::Gather } else { Way::Free };
        self.page(conn, listing, total, way).await
    }

    async fn page(&self, conn: &Conn, listing: Listing, total: u64, way: Way) -> Result<Vec<ItemId>> {
        let offset = listing.offset();
        let limit = listing.page_size.min(total.saturating_sub(offset));
        if limit == 0 {
            return Ok(Vec::new());
        }
        let rows = self.query(conn, &self.page_sql(listing, way), [limit, offset]).await?;
        rows.iter().map(super::row::item_id).collect()
    }

    fn page_sql(&self, listing: Listing, way: Way) -> String {
        let (join, sold) = if self.worded && listing.sort == SortBy::Sold {
            ("JOIN item_items s ON s.id = i.id AND s.status < 3", "(s.sold_before + s.sold)")
        } else {
            ("", "(i.sold_before + i.sold)")
        };
        // The index of the best sold has this order, and only what is not deleted.
        let id = if join.is_empty() { "i.id" } else { "s.id" };
        let columns = match listing.sort {
            SortBy::Id => vec![id],
            SortBy::Price => vec!["i.price", id],
            SortBy::Sold => vec![sold, id],
        };
        let hidden = if way == Way::Gather { " + 0" } else { "" };
        let direction = if listing.ascending { "ASC" } else { "DESC" };
        let order: Vec<String> =
            columns.into_iter().map(|column| format!("{column}{hidden} {direction}")).collect();
        let (source, order, limit) = (self.source_with(join), order.join(", "), self.next_placeholder());
        format!("SELECT i.id {source} ORDER BY {order} LIMIT ${limit} OFFSET ${}", limit + 1)
    }
}

/// A text to compare with; `None` if the server has none like it, so that no item has it either.
fn text_value(text: &str) -> Option<Value> {
    (!text.contains('\0')).then(|| Value::Text(text.to_owned()))
}

fn words_value(key: &str) -> Option<Value> {
    all_of(&words::asked(key)).map(Value::Text)
}

/// The full-text query for all of `words`, each quoted; `None` if nothing fits.
fn all_of(words: &[Word]) -> Option<String> {
    if words.is_empty() || words.iter().any(|word| word.text.len() > WORD_BYTES_MAX) {
        return None;
    }
    let prefix = |word: &Word| if word.unfinished { ":*" } else { "" };
    let quoted: Vec<String> = words.iter().map(|word| format!("'{}'{}", word.text, prefix(word))).collect();
    Some(quoted.join(" & "))
}

#[cfg(test)]
mod tests {
    use clock::Ms;
    use engine::testing::PgDatabase;
    use model::Cents;

    use super::*;
    use crate::Store;
    use crate::import::generate;
    use crate::store::postgres::{MIGRATIONS, PgStore};
    use crate::store::{Change, Row};

    fn every_criteria() -> Vec<Criteria> {
        let phones = Criteria { category: Some("手机".into()), ..Criteria::default() };
        let starboat = Criteria { brand: Some("星舟 Starboat".into()), ..phones.clone() };
        let priced =
            Criteria { min_price: Some(Cents(90_000)), max_price: Some(Cents(300_000)), ..phones.clone() };
        let worded = Criteria { key: Some("星舟".into()), ..Criteria::default() };
        let begun =
            Criteria { key: Some("starb".into()), min_price: Some(Cents(9_000)), ..Criteria::default() };
        vec![
            Criteria::default(),
            phones,
            Criteria { category: None, ..starboat.clone() },
            starboat,
            priced,
            worded,
            begun,
        ]
    }

    fn listings() -> impl Iterator<Item = Listing> {
        let sorts = [SortBy::Id, SortBy::Price, SortBy::Sold];
        sorts.into_iter().flat_map(|sort| {
            [true, false].map(|ascending| Listing { page_no: 2, page_size: 3, sort, ascending })
        })
    }

    #[tokio::test]
    async fn both_ways_lead_to_the_same_page() {
        let Some(database) = PgDatabase::create("both_ways_lead_to_the_same_page").await else { return };
        let db = database.db("item");
        db.migrate(&MIGRATIONS).await.unwrap();
        let rows: Vec<Row> = generate(800, 1).collect();
        PgStore::new(db.clone()).put(rows, false, Change { id: 1, by: None, at: Ms(0) }).await.unwrap();
        let conn = db.conn().await.unwrap();
        for criteria in every_criteria() {
            let matching = Matching::of(&criteria).unwrap();
            for listing in listings() {
                let gathered = matching.page(&conn, listing, 800, Way::Gather).await.unwrap();
                assert!(!gathered.is_empty(), "{criteria:?}");
                let free = matching.page(&conn, listing, 800, Way::Free).await.unwrap();
                assert_eq!(gathered, free, "{criteria:?} {listing:?}");
            }
        }
    }

    #[test]
    fn a_word_that_no_item_can_have_finds_nothing() {
        let long = Criteria { key: Some("x".repeat(WORD_BYTES_MAX + 1)), ..Criteria::default() };
        assert!(Matching::of(&long).is_none());
        let nul = Criteria { brand: Some("a\0b".into()), ..Criteria::default() };
        assert!(Matching::of(&nul).is_none());
    }
}
