//! The embedded tables: one unit of work a batch, statements kept prepared.

mod catalogue;
mod copy;
mod facets;
mod header;
mod hold;
mod ledger;
mod lists;
mod matching;
mod put;
mod quote;
mod settle;
mod watch;

use std::collections::BTreeSet;

use api::body::Page;
use api::calls::{HoldAnswer, HoldRequest, Quote, SettleAnswer, SettleRequest};
use async_trait::async_trait;
use engine::sqlite::{Db, Keeps, Keys, Migrations, Tx};
use engine::{IdempotencyKey, Once, Result};
use model::{ItemId, Ms, OrderId};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::copy::HoldPattern;
use super::{Change, Delta, Edited, HoldTimes, PutCounts, Restocked, Row, Store};
use crate::catalogue::{Draft, Edit, Item};
use crate::ledger::{DueHold, Entry, Hold};
use crate::search::{Criteria, Facets, Listing};
use crate::watch::{Counters, OpenHold, OrderEntry, Record as StaffRecord};

/// The tables of this service.
pub const MIGRATIONS: Migrations = Migrations {
    service: "item",
    keeps: &[Keeps::Keys],
    steps: &[
        include_str!("../../../migrations/sqlite/001_init.sql"),
        include_str!("../../../migrations/sqlite/002_records.sql"),
        include_str!("../../../migrations/sqlite/003_deleted.sql"),
    ],
};

/// The service's tables in the embedded engine.
#[derive(Clone)]
pub struct SqliteStore {
    db: Db,
    keys: Keys,
}

impl SqliteStore {
    /// The tables in `db`, which was opened with [`MIGRATIONS`].
    pub fn new(db: Db) -> Self {
        Self { db, keys: Keys::new("item") }
    }

    /// Runs `work` under the idempotency key, in one transaction with its outcome.
    async fn once<T, F>(&self, key: Option<IdempotencyKey>, now: Ms, work: F) -> Result<Once<T>>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let keys = self.keys.clone();
        self.db.write(move |tx| keys.once(tx, key.as_ref(), now, &work)).await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn quote(&self, ids: &[ItemId]) -> Result<Vec<Quote>> {
        self.db.read(|connection| quote::all(connection, ids))
    }

    async fn hold(&self, orders: Vec<HoldRequest>, times: HoldTimes) -> Result<Vec<HoldAnswer>> {
        self.db.write(move |tx| orders.iter().map(|order| hold::hold(tx, order, times)).collect()).await
    }

    async fn settle(&self, ends: Vec<SettleRequest>, now: Ms) -> Result<Vec<SettleAnswer>> {
        self.db.write(move |tx| ends.iter().map(|end| settle::settle(tx, *end, now)).collect()).await
    }

    async fn find_hold(&self, order: OrderId) -> Result<Option<Hold>> {
        self.db.read(|connection| header::view(connection, order))
    }

    async fn due_holds(&self, now: Ms, limit: usize) -> Result<Vec<DueHold>> {
        self.db.read(|connection| header::due(connection, now, limit))
    }

    async fn postpone(&self, until: Vec<(OrderId, Ms)>) -> Result<()> {
        self.db.write(move |tx| header::postpone(tx, &until)).await
    }

    async fn items(&self, ids: Vec<ItemId>) -> Result<Vec<Item>> {
        self.db.read(|connection| lists::by_ids(connection, &ids))
    }

    async fn list(&self, listing: Listing) -> Result<Page<Item>> {
        self.db.scan(move |connection| lists::all(connection, listing)).await
    }

    async fn search(&self, criteria: Criteria, listing: Listing) -> Result<Page<Item>> {
        self.db.scan(move |connection| lists::search(connection, &criteria, listing)).await
    }

    async fn facets(&self, criteria: Criteria) -> Result<Facets> {
        self.db.scan(move |connection| facets::of(connection, &criteria)).await
    }

    async fn ledger(&self, item: ItemId, page_no: u64, page_size: u64) -> Result<Option<Page<Entry>>> {
        self.db.scan(move |connection| ledger::page(connection, item, page_no, page_size)).await
    }

    async fn create(
        &self,
        key: Option<IdempotencyKey>,
        draft: Draft,
        change: Change,
    ) -> Result<Once<ItemId>> {
        self.once(key, change.at, move |tx| {
            let id = ItemId(change.id);
            catalogue::insert(tx, id, &draft, change)?;
            watch::write(tx, StaffRecord::created(id, change))?;
            Ok(id)
        })
        .await
    }

    async fn edit(
        &self,
        key: Option<IdempotencyKey>,
        item: ItemId,
        edit: Edit,
        change: Change,
    ) -> Result<Once<Edited>> {
        self.once(key, change.at, move |tx| {
            let edited = catalogue::edit_standing(tx, item, edit.clone(), change.at)?;
            if edited == Edited::Done {
                watch::write(tx, StaffRecord::edited(item, &edit, change))?;
            }
            Ok(edited)
        })
        .await
    }

    async fn restock(
        &self,
        key: Option<IdempotencyKey>,
        item: ItemId,
        delta: Delta,
        change: Change,
    ) -> Result<Once<Restocked>> {
        self.once(key, change.at, move |tx| {
            let restocked = ledger::restock(tx, item, &delta, change)?;
            if let Restocked::Done(_) = restocked {
                watch::write(tx, StaffRecord::restocked(item, &delta, change))?;
            }
            Ok(restocked)
        })
        .await
    }

    async fn put(&self, rows: Vec<Row>, set_stock: bool, change: Change) -> Result<PutCounts> {
        self.db.write(move |tx| put::all(tx, &rows, set_stock, change)).await
    }

    async fn counters(&self, item: ItemId) -> Result<Option<Counters>> {
        self.db.scan(move |connection| watch::counters(connection, item)).await
    }

    async fn open_holds(&self, after: (Ms, OrderId), limit: u64) -> Result<Vec<OpenHold>> {
        self.db.scan(move |connection| watch::open_holds(connection, after, limit)).await
    }

    async fn still_held(&self, orders: Vec<OrderId>) -> Result<BTreeSet<OrderId>> {
        self.db.scan(move |connection| watch::still_held(connection, &orders)).await
    }

    async fn movements(&self, order: OrderId, items: Vec<ItemId>) -> Result<Vec<OrderEntry>> {
        self.db.scan(move |connection| watch::movements(connection, order, &items)).await
    }

    async fn records(&self, before: i64, limit: u64) -> Result<Vec<StaffRecord>> {
        self.db.scan(move |connection| watch::records(connection, before, limit)).await
    }

    async fn expire_keys(&self, now: Ms, limit: usize) -> Result<usize> {
        let keys = self.keys.clone();
        self.db.write(move |tx| keys.expire(tx, now, limit)).await
    }
}
