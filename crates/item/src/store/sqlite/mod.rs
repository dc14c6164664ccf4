//! The embedded tables: one unit of work a batch, statements kept prepared.

mod catalogue;
mod copy;
mod facets;
mod header;
mod hold;
mod index;
mod ledger;
mod lists;
mod matching;
mod put;
mod quote;
mod settle;
mod watch;

use std::collections::BTreeSet;
use std::sync::Arc;

use api::body::Page;
use api::calls::{HoldAnswer, HoldRequest, Quote, SettleAnswer, SettleRequest};
use async_trait::async_trait;
use engine::sqlite::{Db, Keeps, Keys, Migrations, Tx};
use engine::{IdempotencyKey, Once, Result};
use model::{ItemId, Ms, OrderId};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::copy::HoldPattern;
use self::index::{Bounds, Index, Start};
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

/// The service's tables in the embedded engine. What is on sale is found in memory, which follows what is written
/// through this store and its clones.
#[derive(Clone)]
pub struct SqliteStore {
    db: Db,
    keys: Keys,
    index: Arc<Index>,
}

impl SqliteStore {
    /// The tables in `db`, which was opened with [`MIGRATIONS`].
    pub fn new(db: Db) -> Self {
        Self::with(db, Bounds::default())
    }

    fn with(db: Db, bounds: Bounds) -> Self {
        Self { db, keys: Keys::new("item"), index: Arc::new(Index::new(bounds)) }
    }

    /// Loads what is on sale into memory, unless that was begun: at once if it is little, otherwise beside everything
    /// else, while SQL answers.
    async fn load(&self) -> Result<()> {
        let index = self.index.clone();
        match index.start(&self.db)? {
            Start::Begun => Ok(()),
            Start::Beside(loading) => index.load_beside(self.db.clone(), loading),
            Start::AtOnce(loading) => {
                self.db
                    .scan(move |connection| {
                        index.load(connection, loading);
                        Ok(())
                    })
                    .await
            }
        }
    }

    /// Takes in what was committed, on a thread where it may take its time. Where that fails, the change stands all
    /// the same and remains marked, for whoever searches next.
    async fn catch_up(&self, sold_too: bool) {
        if !self.index.is_ready() {
            return;
        }
        let index = self.index.clone();
        let caught_up = self.db.scan(move |connection| {
            index.catch_up(connection, sold_too);
            Ok(())
        });
        if let Err(error) = caught_up.await {
            tracing::warn!(%error, "a change is not taken into searches yet; the next search does it");
        }
    }

    /// Runs `work`, which changes what is said of `item`, under the idempotency key, and has searches know of it.
    async fn change<T, F>(
        &self,
        key: Option<IdempotencyKey>,
        now: Ms,
        item: ItemId,
        work: F,
    ) -> Result<Once<T>>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let index = self.index.clone();
        let done = self
            .once(key, now, move |tx| {
                let index = index.clone();
                tx.after_commit(move || index.mark_changed([item.as_i64()]));
                work(tx)
            })
            .await?;
        self.catch_up(false).await;
        Ok(done)
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
        let index = self.index.clone();
        let settled = self
            .db
            .write(move |tx| {
                let (index, mut sold) = (index.clone(), Vec::new());
                let settled = ends.iter().map(|end| settle::settle(tx, *end, now, &mut sold)).collect();
                if !sold.is_empty() {
                    tx.after_commit(move || index.mark_sold(sold));
                }
                settled
            })
            .await?;
        if self.index.is_far_behind() {
            self.catch_up(true).await;
        }
        Ok(settled)
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

    async fn warm_up(&self) -> Result<()> {
        self.load().await
    }

    async fn list(&self, listing: Listing) -> Result<Page<Item>> {
        self.db.scan(move |connection| lists::all(connection, listing)).await
    }

    async fn search(&self, criteria: Criteria, listing: Listing) -> Result<Page<Item>> {
        self.load().await?;
        let found = self.db.read(|connection| lists::found(connection, &self.index, &criteria, listing))?;
        if let Some(page) = found {
            return Ok(page);
        }
        self.db.scan(move |connection| lists::search(connection, &criteria, listing)).await
    }

    async fn facets(&self, criteria: Criteria) -> Result<Facets> {
        self.load().await?;
        let found = self.db.read(|connection| Ok(self.index.facets(connection, &criteria)))?;
        if let Some(facets) = found {
            return Ok(facets);
        }
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
        let id = ItemId(change.id);
        self.change(key, change.at, id, move |tx| {
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
        self.change(key, change.at, item, move |tx| {
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
        let index = self.index.clone();
        let put = self
            .db
            .write(move |tx| {
                let (index, ids) =
                    (index.clone(), rows.iter().map(|row| row.id.as_i64()).collect::<Vec<_>>());
                tx.after_commit(move || index.mark_changed(ids));
                put::all(tx, &rows, set_stock, change)
            })
            .await?;
        self.catch_up(false).await;
        Ok(put)
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
