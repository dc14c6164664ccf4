//! Writing items, and the words they are found by, for a whole batch.

use engine::params;
use engine::postgres::Tx;
use model::{ItemId, Ms};

use crate::catalogue::Status;
use crate::store::standing::Standing;

/// An item to be written.
pub(super) struct Shown {
    pub(super) id: ItemId,
    pub(super) standing: Standing,
    /// What only a new item has.
    pub(super) first: Option<First>,
    /// When it was changed.
    pub(super) at: Ms,
    /// Whether what a search by words looks at is to be written.
    pub(super) searched: bool,
}

/// What a new item begins with.
pub(super) struct First {
    pub(super) stock: i64,
    pub(super) sold_before: i64,
    pub(super) created: Ms,
}

/// Writes the items, which come in the order of their ids and are locked or new.
pub(super) fn write(tx: &mut Tx<'_>, items: Vec<Shown>) {
    insert_items(tx, items.iter().filter_map(|item| Some((item, item.first.as_ref()?))));
    update_items(tx, items.iter().filter(|item| item.first.is_none()));
    write_words(tx, &items);
    write_texts(tx, items);
}

/// What decisions and searches look at of an item, as columns.
#[derive(Default)]
struct Narrow {
    ids: Vec<i64>,
    statuses: Vec<i64>,
    versions: Vec<i64>,
    prices: Vec<i64>,
    categories: Vec<String>,
    brands: Vec<String>,
}

impl Narrow {
    fn push(&mut self, Shown { id, standing, .. }: &Shown) {
        self.ids.push(id.as_i64());
        self.statuses.push(u8::from(standing.status).into());
        self.versions.push(standing.version.into());
        self.prices.push(standing.price.0);
        self.categories.push(standing.category.clone());
        self.brands.push(standing.brand.clone());
    }
}

/// An id that another transaction has just taken fails here, and the batch runs again and finds the item.
fn insert_items<'a>(tx: &mut Tx<'_>, items: impl Iterator<Item = (&'a Shown, &'a First)>) {
    let (mut columns, mut stocks, mut sold_before) = (Narrow::default(), Vec::new(), Vec::new());
    for (item, first) in items {
        columns.push(item);
        stocks.push(first.stock);
        sold_before.push(first.sold_before);
    }
    if columns.ids.is_empty() {
        return;
    }
    let sql = "INSERT INTO item_items
                   (id, status, version, price, category, brand, added, available, held, sold, sold_before)
               SELECT id, status, version, price, category, brand, stock, stock, 0, 0, sold_before
               FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[],
                   $7::bigint[], $8::bigint[])
                   AS n (id, status, version, price, category, brand, stock, sold_before)";
    let Narrow { ids, statuses, versions, prices, categories, brands } = columns;
    tx.write(sql, params![ids, statuses, versions, prices, categories, brands, stocks, sold_before]);
}

fn update_items<'a>(tx: &mut Tx<'_>, items: impl Iterator<Item = &'a Shown>) {
    let mut columns = Narrow::default();
    items.for_each(|item| columns.push(item));
    if columns.ids.is_empty() {
        return;
    }
    let sql = "UPDATE item_items i SET status = n.status, version = n.version, price = n.price,
                   category = n.category, brand = n.brand
               FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
                   AS n (id, status, version, price, category, brand)
               WHERE i.id = n.id";
    let Narrow { ids, statuses, versions, prices, categories, brands } = columns;
    tx.write(sql, params![ids, statuses, versions, prices, categories, brands]);
}

/// What people read.
fn write_texts(tx: &mut Tx<'_>, items: Vec<Shown>) {
    if items.is_empty() {
        return;
    }
    let (mut ids, mut names, mut images, mut specs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut comments, mut ads, mut created, mut updated) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for Shown { id, standing, first, at, .. } in items {
        ids.push(id.as_i64());
        names.push(standing.name);
        images.push(standing.image);
        specs.push(standing.spec);
        comments.push(standing.comment_count);
        ads.push(standing.is_ad);
        created.push(first.map_or(at, |first| first.created).0);
        updated.push(at.0);
    }
    let sql = "INSERT INTO item_texts (id, name, image, spec, comment_count, is_ad, created, updated)
               SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::boolean[],
                   $7::bigint[], $8::bigint[])
               ON CONFLICT (id) DO UPDATE SET name = excluded.name, image = excluded.image,
                   spec = excluded.spec, comment_count = excluded.comment_count, is_ad = excluded.is_ad,
                   updated = excluded.updated";
    tx.write(sql, params![ids, names, images, specs, comments, ads, created, updated]);
}

/// Only what is on sale has words: a search never meets anything else.
fn write_words(tx: &mut Tx<'_>, items: &[Shown]) {
    let searched = items.iter().filter(|item| item.searched);
    let (on_sale, gone): (Vec<&Shown>, Vec<&Shown>) =
        searched.partition(|item| item.standing.status == Status::OnSale);
    if !gone.is_empty() {
        let ids: Vec<i64> = gone.iter().map(|item| item.id.as_i64()).collect();
        tx.write("DELETE FROM item_words WHERE id = ANY($1)", params![ids]);
    }
    if !on_sale.is_empty() {
        insert_words(tx, &on_sale);
    }
}

/// Writes words, joined by blanks: an array of arrays would have to be square, and no word has a blank in it.
pub(super) const INSERT_WORDS: &str = "INSERT INTO item_words (id, price, category, brand, words)
    SELECT id, price, category, brand, array_to_tsvector(string_to_array(words, ' '))
    FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[])
        AS n (id, price, category, brand, words)
    ON CONFLICT (id) DO UPDATE SET price = excluded.price, category = excluded.category,
        brand = excluded.brand, words = excluded.words";

fn insert_words(tx: &mut Tx<'_>, items: &[&Shown]) {
    let mut columns = Narrow::default();
    for item in items {
        columns.push(item);
    }
    let words: Vec<String> = items.iter().map(|item| item.standing.words().join(" ")).collect();
    let Narrow { ids, prices, categories, brands, .. } = columns;
    tx.write(INSERT_WORDS, params![ids, prices, categories, brands, words]);
}
