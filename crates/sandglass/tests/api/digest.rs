//! What the database holds, as one number.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use sandglass::shop::Shop;

/// Every table's rows: how many, and a sum of their hashes, which no order of theirs changes. Idempotency keys
/// are left out, for a refusal by a rule may be remembered, and so are the engine's own tables.
pub(crate) type Digest = BTreeMap<String, (u64, u64)>;

const TABLES: &str = r"SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%\_keys' ESCAPE '\'
    AND name NOT LIKE 'engine\_%' ESCAPE '\' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'";

/// The digest of everything `shop` holds now.
pub(crate) async fn digest(shop: &Shop) -> Digest {
    shop.embedded().unwrap().scan(|connection| Ok(all_tables(connection).unwrap())).await.unwrap()
}

fn all_tables(connection: &Connection) -> rusqlite::Result<Digest> {
    let mut statement = connection.prepare_cached(TABLES)?;
    let names = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    names.into_iter().map(|name| table(connection, &name).map(|sum| (name.clone(), sum))).collect()
}

fn table(connection: &Connection, name: &str) -> rusqlite::Result<(u64, u64)> {
    let mut statement = connection.prepare_cached(&format!("SELECT * FROM \"{name}\""))?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    let (mut count, mut sum) = (0, 0_u64);
    while let Some(row) = rows.next()? {
        let mut hasher = DefaultHasher::new();
        for column in 0..columns {
            hash(row.get_ref(column)?, &mut hasher);
        }
        count += 1;
        sum = sum.wrapping_add(hasher.finish());
    }
    Ok((count, sum))
}

fn hash(value: ValueRef<'_>, hasher: &mut DefaultHasher) {
    match value {
        ValueRef::Null => 0.hash(hasher),
        ValueRef::Integer(number) => (1, number).hash(hasher),
        ValueRef::Real(number) => (2, number.to_bits()).hash(hasher),
        ValueRef::Text(text) => (3, text).hash(hasher),
        ValueRef::Blob(bytes) => (4, bytes).hash(hasher),
    }
}
