//! Orders on PostgreSQL, for any number of processes.
//!
//! Two transitions that exclude each other meet on the order's row, which every change locks before it decides.
//! Two requests under one idempotency key meet on the key's row: the later one cannot be committed, runs again
//! and finds what the first has led to.

mod apply;
pub(crate) mod archive;
mod begin;
mod columns;
mod desk;
mod header;
mod list;
mod rare;
pub(crate) mod read;
mod watch;

use async_trait::async_trait;
use clock::Ms;
use engine::postgres::{Batcher, Db, Keys, PgOutbox, Worker};
use engine::{Error, IdempotencyKey, Keeps, Migrations, Result};
use model::order::State;
use model::{Cents, OrderId};

use self::apply::{Apply, Ask};
use self::archive::PutAway;
use self::begin::{Begin, Opening};
use self::desk::Desk;
use self::rare::{Note, Postpone};
use super::archive::{File, Leaving, Whole};
use super::codec::json;
use super::decide::Timing;
use super::{
    Applied, Begun, Change, Entry, Filter, Header, Keyed, Line, NewOrder, Placement, Row, Store, Unfinished,
};
use crate::place::Refused;
use crate::watch::{Bucket, Candidate, Deed};

/// The tables of `trade`.
pub const MIGRATIONS: Migrations = Migrations {
    service: "trade",
    keeps: &[Keeps::Outbox, Keeps::Inbox, Keeps::Keys],
    steps: &[
        include_str!("../../../migrations/postgres/001_orders.sql"),
        include_str!("../../../migrations/postgres/002_staff.sql"),
        include_str!("../../../migrations/postgres/003_lists.sql"),
        include_str!("../../../migrations/postgres/004_archive.sql"),
    ],
};

/// How many batches of one kind that is frequent may be under way at once.
const LANES: usize = 2;
/// How many old keys are forgotten at once.
const EXPIRE_PAGE: usize = 1_000;

/// Orders on PostgreSQL. Clones share it.
#[derive(Clone)]
pub struct PgStore {
    db: Db,
    desk: Desk,
    keys: Keys,
    outbox: PgOutbox,
    begins: Batcher<Begin>,
    applies: Batcher<Apply>,
    notes: Batcher<Note>,
}

impl PgStore {
    /// The store over `db`, whose schema must have been migrated by [`MIGRATIONS`], and the outbox in it.
    /// `worker` is this process's number. Must be called within a runtime.
    pub fn new(db: Db, outbox: PgOutbox, config: &crate::Config, worker: Worker) -> Self {
        let desk = Desk::new(outbox.clone(), Timing::of(config), worker);
        let keys = desk.keys.clone();
        Self {
            begins: Batcher::start(&db, Begin { desk: desk.clone() }, LANES),
            applies: Batcher::start(&db, Apply { desk: desk.clone() }, LANES),
            notes: Batcher::start(&db, Note { keys: keys.clone() }, 1),
            db,
            desk,
            keys,
            outbox,
        }
    }

    /// Its outbox, for the pump.
    pub fn outbox(&self) -> PgOutbox {
        self.outbox.clone()
    }
}

#[async_trait]
impl Store for PgStore {
    async fn begin(&self, new: NewOrder, key: Option<IdempotencyKey>) -> Result<Begun> {
        self.begins.submit((Opening::Order(Box::new(new)), key)).await
    }

    async fn refuse(&self, refused: Refused, key: IdempotencyKey, now: Ms) -> Result<Begun> {
        self.begins.submit((Opening::Refusal(refused, now), Some(key))).await
    }

    async fn placement(&self, key: &IdempotencyKey) -> Result<Option<Begun>> {
        let once = self.keys.find::<Placement>(&self.db.conn().await?, key).await?;
        Ok(once.map(Begun::from))
    }

    async fn reprice(&self, order: OrderId, lines: Vec<Line>, total: Cents) -> Result<bool> {
        let sql = "UPDATE trade_orders SET lines = $2, total = $3 WHERE id = $1 AND state = 0";
        let lines = json(&lines, order)?;
        let changed = self.db.conn().await?.execute(sql, &[&order.as_i64(), &lines, &total.0]).await?;
        Ok(changed == 1)
    }

    async fn apply(&self, changes: Vec<Change>, now: Ms) -> Result<Vec<Applied>> {
        let asks = changes.into_iter().map(|change| Ask { change, key: None, now }).collect();
        let applied = |keyed| match keyed {
            Keyed::Now(applied) => Ok(applied),
            Keyed::Before(_) | Keyed::OtherBody => Err(Error::Broken),
        };
        self.applies.submit_all(asks).await?.into_iter().map(applied).collect()
    }

    async fn apply_once(&self, change: Change, key: IdempotencyKey, now: Ms) -> Result<Keyed> {
        self.applies.submit(Ask { change, key: Some(key), now }).await
    }

    async fn note_key(&self, key: IdempotencyKey, now: Ms) -> Result<bool> {
        self.notes.submit((key, now)).await
    }

    async fn headers(&self, orders: &[OrderId]) -> Result<Vec<Header>> {
        read::headers(&self.db.conn().await?, read::OWN, orders).await
    }

    async fn find(&self, order: OrderId) -> Result<Option<Row>> {
        read::find(&self.db.conn().await?, order).await
    }

    async fn list(&self, filter: Filter, offset: u64, limit: u64) -> Result<(u64, Vec<Row>)> {
        list::page(&self.db.conn().await?, filter, offset, limit).await
    }

    async fn history(&self, order: OrderId) -> Result<Vec<Entry>> {
        let mut histories = read::histories(&self.db.conn().await?, read::OWN, &[order]).await?;
        Ok(histories.remove(&order).unwrap_or_default())
    }

    async fn placed_in(&self, orders: &[OrderId]) -> Result<Vec<String>> {
        read::placed_in(&self.db.conn().await?, orders).await
    }

    async fn unfinished(&self, until: Ms, after: (Ms, OrderId), limit: usize) -> Result<Vec<Unfinished>> {
        read::unfinished(&self.db.conn().await?, until, after, limit).await
    }

    async fn postpone(&self, orders: Vec<(OrderId, Ms)>) -> Result<()> {
        self.db.run(&Postpone, &orders).await.map(drop)
    }

    async fn expire_keys(&self, now: Ms) -> Result<usize> {
        self.keys.expire(&self.db, now, EXPIRE_PAGE).await
    }

    async fn overdue(&self, now: Ms) -> Result<i64> {
        read::overdue(&self.db.conn().await?, now).await
    }

    async fn candidates(&self, now: Ms) -> Result<Vec<Candidate>> {
        watch::candidates(&self.db.conn().await?, now).await
    }

    async fn due(&self, edges: &[Ms]) -> Result<Vec<Bucket>> {
        watch::due(&self.db.conn().await?, edges).await
    }

    async fn deeds(&self, before: (Ms, OrderId, i64), limit: u64) -> Result<Vec<Deed>> {
        watch::deeds(&self.db.conn().await?, before, limit).await
    }

    async fn tally(&self) -> Result<Vec<(State, i64)>> {
        read::tally(&self.db.conn().await?).await
    }

    async fn whole(&self, orders: &[OrderId]) -> Result<Vec<Whole>> {
        archive::whole(&self.db.conn().await?, orders).await
    }

    async fn note_file(&self, file: File) -> Result<i64> {
        archive::note_file(&self.db.conn().await?, &file).await
    }

    async fn put_away(&self, leaving: Vec<Leaving>, file: i64) -> Result<usize> {
        let gone = self.db.run(&PutAway { desk: self.desk.clone(), file }, &leaving).await?;
        Ok(gone.into_iter().filter(|gone| *gone).count())
    }

    async fn file_of(&self, order: OrderId) -> Result<Option<File>> {
        archive::file_of(&self.db.conn().await?, order).await
    }
}
