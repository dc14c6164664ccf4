//! The tables in PostgreSQL: one transaction of a few statements over arrays a batch.
//!
//! Who excludes whom meets on rows that are locked in one order everywhere: **headers of holds by order, then items
//! by id**. An order without a header has no row to lock: of two transactions that both write its first header
//! the second one fails on the key, is run again, and finds the first one's.

mod catalogue;
mod derived;
mod facets;
mod headers;
mod hold;
mod ledger;
mod lists;
mod matching;
mod moves;
mod postpone;
mod row;
mod settle;
mod staff;
mod tally;
mod watch;
mod workbench;

use std::collections::BTreeSet;

use api::body::Page;
use api::calls::{HoldAnswer, HoldRequest, Quote, SettleAnswer, SettleRequest};
use async_trait::async_trait;
use engine::postgres::{Batcher, Db, Keys};
use engine::{Error, IdempotencyKey, Keeps, Migrations, Once, Result};
use model::{ItemId, Ms, OrderId};

pub(super) use self::derived::Derived;
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
        include_str!("../../../migrations/postgres/001_items.sql"),
        include_str!("../../../migrations/postgres/002_records.sql"),
    ],
};

/// How many transactions of holds, and how many of ends, one process has open at once.
const LANES: usize = 2;

/// The service's tables in PostgreSQL.
#[derive(Clone)]
pub struct PgStore {
    db: Db,
    keys: Keys,
    holds: Batcher<hold::Holds>,
    ends: Batcher<settle::Ends>,
}

impl PgStore {
    /// The tables in `db`, which was brought up to date with [`MIGRATIONS`]. Must be called within a runtime.
    pub fn new(db: Db) -> Self {
        let holds = Batcher::start(&db, hold::Holds, LANES);
        let ends = Batcher::start(&db, settle::Ends, LANES);
        Self { db, keys: Keys::new("item"), holds, ends }
    }

    /// Runs one rare unit of work.
    async fn run<B: engine::postgres::Batch>(&self, batch: B, request: B::Request) -> Result<B::Answer> {
        self.db.run(&batch, &[request]).await?.pop().ok_or(Error::Broken)
    }
}

#[async_trait]
impl Store for PgStore {
    async fn quote(&self, ids: &[ItemId]) -> Result<Vec<Quote>> {
        lists::quotes(&self.db.conn().await?, ids).await
    }

    async fn hold(&self, orders: Vec<HoldRequest>, times: HoldTimes) -> Result<Vec<HoldAnswer>> {
        self.holds.submit_all(orders.into_iter().map(|order| (order, times)).collect()).await
    }

    async fn settle(&self, ends: Vec<SettleRequest>, now: Ms) -> Result<Vec<SettleAnswer>> {
        self.ends.submit_all(ends.into_iter().map(|end| (end, now)).collect()).await
    }

    async fn find_hold(&self, order: OrderId) -> Result<Option<Hold>> {
        headers::view(&self.db.conn().await?, order).await
    }

    async fn due_holds(&self, now: Ms, limit: usize) -> Result<Vec<DueHold>> {
        headers::due(&self.db.conn().await?, now, limit).await
    }

    async fn postpone(&self, until: Vec<(OrderId, Ms)>) -> Result<()> {
        self.db.run(&postpone::Postpone, &until).await.map(drop)
    }

    async fn items(&self, ids: Vec<ItemId>) -> Result<Vec<Item>> {
        lists::by_ids(&self.db.conn().await?, &ids).await
    }

    async fn list(&self, listing: Listing) -> Result<Page<Item>> {
        lists::all(&self.db.conn().await?, listing).await
    }

    async fn search(&self, criteria: Criteria, listing: Listing) -> Result<Page<Item>> {
        lists::search(&self.db.conn().await?, &criteria, listing).await
    }

    async fn facets(&self, criteria: Criteria) -> Result<Facets> {
        facets::of(&self.db.conn().await?, &criteria).await
    }

    async fn ledger(&self, item: ItemId, page_no: u64, page_size: u64) -> Result<Option<Page<Entry>>> {
        ledger::page(&self.db.conn().await?, item, page_no, page_size).await
    }

    async fn create(
        &self,
        key: Option<IdempotencyKey>,
        draft: Draft,
        change: Change,
    ) -> Result<Once<ItemId>> {
        self.run(staff::Creation { keys: self.keys.clone() }, (key, draft, change)).await
    }

    async fn edit(
        &self,
        key: Option<IdempotencyKey>,
        item: ItemId,
        edit: Edit,
        change: Change,
    ) -> Result<Once<Edited>> {
        self.run(staff::Editing { keys: self.keys.clone() }, (key, item, edit, change)).await
    }

    async fn restock(
        &self,
        key: Option<IdempotencyKey>,
        item: ItemId,
        delta: Delta,
        change: Change,
    ) -> Result<Once<Restocked>> {
        self.run(staff::Restocking { keys: self.keys.clone() }, (key, item, delta, change)).await
    }

    async fn put(&self, rows: Vec<Row>, set_stock: bool, change: Change) -> Result<PutCounts> {
        let counts = self.db.run(&staff::Import { set_stock, change }, &rows).await?;
        Ok(counts.into_iter().fold(PutCounts::default(), PutCounts::plus))
    }

    async fn counters(&self, item: ItemId) -> Result<Option<Counters>> {
        watch::counters(&self.db.conn().await?, item).await
    }

    async fn open_holds(&self, after: (Ms, OrderId), limit: u64) -> Result<Vec<OpenHold>> {
        watch::open_holds(&self.db.conn().await?, after, limit).await
    }

    async fn still_held(&self, orders: Vec<OrderId>) -> Result<BTreeSet<OrderId>> {
        watch::still_held(&self.db.conn().await?, &orders).await
    }

    async fn movements(&self, order: OrderId, items: Vec<ItemId>) -> Result<Vec<OrderEntry>> {
        watch::movements(&self.db.conn().await?, order, &items).await
    }

    async fn records(&self, before: i64, limit: u64) -> Result<Vec<StaffRecord>> {
        watch::records(&self.db.conn().await?, before, limit).await
    }

    async fn expire_keys(&self, now: Ms, limit: usize) -> Result<usize> {
        self.keys.expire(&self.db, now, limit).await
    }
}
