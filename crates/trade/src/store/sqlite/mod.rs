//! Orders in the embedded engine.

mod apply;
pub(crate) mod archive;
mod begin;
mod columns;
mod copy;
mod effects;
mod list;
pub(crate) mod read;
mod watch;

use std::sync::Arc;

use api::topics;
use async_trait::async_trait;
use clock::Ms;
use engine::sqlite::{Db, Keeps, Keys, Migrations, SqliteOutbox};
use engine::{IdempotencyKey, Once, Result};
use model::order::State;
use model::{Cents, OrderId};

pub use self::copy::OrderPattern;
use super::archive::{File, Leaving, Whole};
use super::decide::Timing;
use super::{
    Applied, Begun, Change, Entry, Filter, Header, Keyed, Line, NewOrder, Placement, Row, Store, Unfinished,
};
use crate::place::Refused;
use crate::watch::{Bucket, Candidate, Deed};

/// The tables of `trade`.
pub const MIGRATIONS: Migrations = Migrations {
    service: "trade",
    keeps: &[Keeps::Outbox, Keeps::Keys],
    steps: &[
        include_str!("../../../migrations/sqlite/001_orders.sql"),
        include_str!("../../../migrations/sqlite/002_staff.sql"),
        include_str!("../../../migrations/sqlite/003_lists.sql"),
        include_str!("../../../migrations/sqlite/004_archive.sql"),
    ],
};

/// How many old keys are forgotten at once.
const EXPIRE_PAGE: usize = 1_000;

/// Orders in the embedded engine. Clones share it.
#[derive(Clone)]
pub struct SqliteStore {
    db: Db,
    outbox: SqliteOutbox,
    keys: Keys,
    timing: Timing,
}

impl SqliteStore {
    /// The store over `db`, whose migrations must include [`MIGRATIONS`].
    pub fn new(db: Db, config: &crate::Config) -> Self {
        let outbox = SqliteOutbox::new(db.clone(), "trade", topics::OF_TRADE);
        Self { db, outbox, keys: Keys::new("trade"), timing: Timing::of(config) }
    }

    /// Its outbox, for the pump.
    pub fn outbox(&self) -> SqliteOutbox {
        self.outbox.clone()
    }
}

impl SqliteStore {
    async fn apply_together(&self, changes: Arc<[Change]>, now: Ms) -> Result<Vec<Applied>> {
        let store = self.clone();
        self.db.write(move |tx| apply::apply_all(&store, tx, &changes, now)).await
    }

    /// One row's fault undid the whole batch: the changes are tried one by one, so that it costs no other
    /// order anything.
    async fn apply_alone(&self, changes: &[Change], now: Ms) -> Result<Vec<Applied>> {
        let mut applied = Vec::with_capacity(changes.len());
        for change in changes {
            match self.apply_together(Arc::new([change.clone()]), now).await {
                Ok(alone) => applied.extend(alone),
                Err(error) if error.is_of_a_row() => {
                    tracing::error!(%error, order = change.order.0, "an order's rows contradict each other");
                    applied.push(Applied::Corrupt);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(applied)
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn begin(&self, new: NewOrder, key: Option<IdempotencyKey>) -> Result<Begun> {
        let store = self.clone();
        self.db.write(move |tx| begin::begin(&store, tx, &new, key.as_ref())).await
    }

    async fn refuse(&self, refused: Refused, key: IdempotencyKey, now: Ms) -> Result<Begun> {
        let store = self.clone();
        self.db.write(move |tx| begin::refuse(&store, tx, &refused, &key, now)).await
    }

    async fn placement(&self, key: &IdempotencyKey) -> Result<Option<Begun>> {
        self.db.read(|connection| Ok(self.keys.find::<Placement>(connection, key)?.map(Begun::from)))
    }

    async fn reprice(&self, order: OrderId, lines: Vec<Line>, total: Cents) -> Result<bool> {
        self.db.write(move |tx| begin::reprice(tx, order, &lines, total)).await
    }

    async fn apply(&self, changes: Vec<Change>, now: Ms) -> Result<Vec<Applied>> {
        let changes: Arc<[Change]> = changes.into();
        match self.apply_together(changes.clone(), now).await {
            Err(error) if error.is_of_a_row() => self.apply_alone(&changes, now).await,
            applied => applied,
        }
    }

    async fn apply_once(&self, change: Change, key: IdempotencyKey, now: Ms) -> Result<Keyed> {
        let store = self.clone();
        self.db.write(move |tx| apply::apply_once(&store, tx, &change, &key, now)).await
    }

    async fn note_key(&self, key: IdempotencyKey, now: Ms) -> Result<bool> {
        let keys = self.keys.clone();
        let noted = self.db.write(move |tx| keys.once(tx, Some(&key), now, |_| Ok(()))).await?;
        Ok(noted == Once::Outcome(()))
    }

    async fn headers(&self, orders: &[OrderId]) -> Result<Vec<Header>> {
        self.db.read(|connection| read::headers(connection, orders))
    }

    async fn find(&self, order: OrderId) -> Result<Option<Row>> {
        self.db.read(|connection| read::find(connection, order))
    }

    async fn list(&self, filter: Filter, offset: u64, limit: u64) -> Result<(u64, Vec<Row>)> {
        self.db.scan(move |connection| list::page(connection, filter, offset, limit)).await
    }

    async fn history(&self, order: OrderId) -> Result<Vec<Entry>> {
        self.db.read(|connection| read::history(connection, order))
    }

    async fn placed_in(&self, orders: &[OrderId]) -> Result<Vec<String>> {
        self.db.read(|connection| read::placed_in(connection, orders))
    }

    async fn unfinished(&self, until: Ms, after: (Ms, OrderId), limit: usize) -> Result<Vec<Unfinished>> {
        self.db.scan(move |connection| read::unfinished(connection, until, after, limit)).await
    }

    async fn postpone(&self, orders: Vec<(OrderId, Ms)>) -> Result<()> {
        self.db.write(move |tx| apply::postpone(tx, &orders)).await
    }

    async fn expire_keys(&self, now: Ms) -> Result<usize> {
        let keys = self.keys.clone();
        self.db.write(move |tx| keys.expire(tx, now, EXPIRE_PAGE)).await
    }

    async fn overdue(&self, now: Ms) -> Result<i64> {
        self.db.scan(move |connection| read::overdue(connection, now)).await
    }

    async fn candidates(&self, now: Ms) -> Result<Vec<Candidate>> {
        self.db.scan(move |connection| watch::candidates(connection, now)).await
    }

    async fn due(&self, edges: &[Ms]) -> Result<Vec<Bucket>> {
        let edges = edges.to_vec();
        self.db.scan(move |connection| watch::due(connection, &edges)).await
    }

    async fn deeds(&self, before: (Ms, OrderId, i64), limit: u64) -> Result<Vec<Deed>> {
        self.db.scan(move |connection| watch::deeds(connection, before, limit)).await
    }

    async fn tally(&self) -> Result<Vec<(State, i64)>> {
        self.db.read(read::tally)
    }

    async fn whole(&self, orders: &[OrderId]) -> Result<Vec<Whole>> {
        let orders = orders.to_vec();
        self.db.scan(move |connection| archive::whole(connection, &orders)).await
    }

    async fn note_file(&self, file: File) -> Result<i64> {
        self.db.write(move |tx| archive::note_file(tx, &file)).await
    }

    async fn put_away(&self, leaving: Vec<Leaving>, file: i64) -> Result<usize> {
        self.db.write(move |tx| archive::put_away(tx, &leaving, file)).await
    }

    async fn file_of(&self, order: OrderId) -> Result<Option<File>> {
        self.db.read(|connection| archive::file_of(connection, order))
    }
}
