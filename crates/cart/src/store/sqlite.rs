//! The cart in the embedded engine.
//!
//! Parameters are written `?1`: to `SQLite` a `$1` is a *name*, numbered by where it first appears.

use async_trait::async_trait;
use clock::Ms;
use engine::sqlite::{Db, Keeps, Keys, Migrations, Tx};
use engine::{Once, Result};
use model::{CartRowId, Cents, ItemId, UserId};
use mutants::Mutant;
use rusqlite::Connection;

use super::{Change, Clear, Command, Row, Store};
use crate::rules::{Adding, Offer, Outcome, Present, Refusal, Snapshot, add};

/// The cart's tables.
pub const MIGRATIONS: Migrations = Migrations {
    service: "cart",
    keeps: &[Keeps::Keys],
    steps: &[include_str!("../../migrations/sqlite/001_cart.sql")],
};

/// The cart's storage in a `SQLite` database that has [`MIGRATIONS`].
#[derive(Clone)]
pub struct SqliteStore {
    db: Db,
    keys: Keys,
    rows_max: usize,
}

impl SqliteStore {
    /// Over `db`, with carts of at most `rows_max` rows.
    pub fn new(db: Db, rows_max: usize) -> Self {
        Self { db, keys: Keys::new("cart"), rows_max }
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn change(&self, command: Command) -> Result<Once<Outcome>> {
        let (keys, rows_max) = (self.keys.clone(), self.rows_max);
        let work = move |tx: &mut Tx<'_>| {
            keys.once(tx, command.key.as_ref(), command.at, |tx| change(tx, &command, rows_max))
        };
        self.db.write(work).await
    }

    async fn rows(&self, user: UserId) -> Result<Vec<Row>> {
        self.db.read(|connection| rows(connection, user))
    }

    async fn clear(&self, clears: Vec<Clear>) -> Result<usize> {
        let work = move |tx: &mut Tx<'_>| {
            clears.iter().try_fold(0, |cleared, clear| Ok(cleared + clear_one(tx, clear)?))
        };
        self.db.write(work).await
    }

    async fn expire_keys(&self, now: Ms, limit: usize) -> Result<usize> {
        let keys = self.keys.clone();
        self.db.write(move |tx| keys.expire(tx, now, limit)).await
    }
}

fn change(tx: &Tx<'_>, command: &Command, rows_max: usize) -> Result<Outcome> {
    let (user, at) = (command.user, command.at);
    match &command.change {
        Change::Add { id, item, offer } => add_item(tx, (user, *item, *id), offer, at, rows_max),
        Change::SetNum { row, num } => set_num(tx, user, *row, *num, at).map(found),
        Change::RemoveRow(row) => remove_row(tx, user, *row).map(found),
        Change::RemoveItems(items) => remove_items(tx, user, items).map(|()| Outcome::Done),
    }
}

fn found(rows: usize) -> Outcome {
    if rows == 0 { Outcome::Refused(Refusal::NotFound) } else { Outcome::Done }
}

fn add_item(
    tx: &Tx<'_>,
    place: (UserId, ItemId, CartRowId),
    offer: &Offer,
    at: Ms,
    rows_max: usize,
) -> Result<Outcome> {
    let (user, item, _) = place;
    match add(offer, present(tx, user, item)?, rows_max) {
        Adding::Insert(snapshot) => insert(tx, place, snapshot, at)?,
        Adding::OneMore => one_more(tx, user, item, at)?,
        Adding::Refuse(refusal) => return Ok(Outcome::Refused(refusal)),
    }
    Ok(Outcome::Done)
}

fn present(tx: &Tx<'_>, user: UserId, item: ItemId) -> Result<Present> {
    let sql = "SELECT COUNT(*), MAX(num) FILTER (WHERE item_id = ?2) FROM cart_rows WHERE user_id = ?1";
    let key = (user.as_i64(), item.as_i64());
    let read = |row: &rusqlite::Row<'_>| Ok(Present { rows: row.get(0)?, num: row.get(1)? });
    Ok(tx.prepare_cached(sql)?.query_row(key, read)?)
}

fn insert(
    tx: &Tx<'_>,
    (user, item, id): (UserId, ItemId, CartRowId),
    snapshot: &Snapshot,
    at: Ms,
) -> Result<()> {
    let sql =
        "INSERT INTO cart_rows (user_id, item_id, id, num, name, price, image, spec, created, changed_at)
               VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6, ?7, ?8, ?8)";
    let Snapshot { name, price, image, spec } = snapshot;
    let row = (user.as_i64(), item.as_i64(), id.as_i64(), name, price.0, image, spec, at.0);
    tx.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// A clock that steps back must not make a row look older than a clear-cart message it came after.
fn one_more(tx: &Tx<'_>, user: UserId, item: ItemId, at: Ms) -> Result<()> {
    let sql = "UPDATE cart_rows SET num = num + 1, changed_at = MAX(changed_at, ?3)
               WHERE user_id = ?1 AND item_id = ?2";
    tx.prepare_cached(sql)?.execute((user.as_i64(), item.as_i64(), at.0))?;
    Ok(())
}

fn set_num(tx: &Tx<'_>, user: UserId, row: CartRowId, num: u32, at: Ms) -> Result<usize> {
    let sql =
        "UPDATE cart_rows SET num = ?3, changed_at = MAX(changed_at, ?4) WHERE user_id = ?1 AND id = ?2";
    Ok(tx.prepare_cached(sql)?.execute((user.as_i64(), row.as_i64(), num, at.0))?)
}

fn remove_row(tx: &Tx<'_>, user: UserId, row: CartRowId) -> Result<usize> {
    let sql = "DELETE FROM cart_rows WHERE user_id = ?1 AND id = ?2";
    Ok(tx.prepare_cached(sql)?.execute((user.as_i64(), row.as_i64()))?)
}

fn remove_items(tx: &Tx<'_>, user: UserId, items: &[ItemId]) -> Result<()> {
    let mut statement = tx.prepare_cached("DELETE FROM cart_rows WHERE user_id = ?1 AND item_id = ?2")?;
    for item in items {
        statement.execute((user.as_i64(), item.as_i64()))?;
    }
    Ok(())
}

fn clear_one(tx: &Tx<'_>, clear: &Clear) -> Result<usize> {
    let sql = "DELETE FROM cart_rows WHERE user_id = ?1 AND item_id = ?2 AND changed_at <= ?3";
    let mut statement = tx.prepare_cached(sql)?;
    let until = if mutants::on(Mutant::ClearCartIgnoresTime) { i64::MAX } else { clear.ordered_at.0 };
    let mut cleared = 0;
    for item in &clear.items {
        cleared += statement.execute((clear.user.as_i64(), item.as_i64(), until))?;
    }
    Ok(cleared)
}

fn rows(connection: &Connection, user: UserId) -> Result<Vec<Row>> {
    let sql = "SELECT id, item_id, num, name, price, image, spec, created, changed_at
               FROM cart_rows WHERE user_id = ?1 ORDER BY created DESC, id DESC";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_map([user.as_i64()], read_row)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        id: CartRowId::from_i64(row.get(0)?),
        item: ItemId::from_i64(row.get(1)?),
        num: row.get(2)?,
        snapshot: Snapshot {
            name: row.get(3)?,
            price: Cents(row.get(4)?),
            image: row.get(5)?,
            spec: row.get(6)?,
        },
        created: Ms(row.get(7)?),
        changed_at: Ms(row.get(8)?),
    })
}
