//! The payment service's tables in the embedded engine.
//!
//! `SQLite` numbers `$1`, `$2`, … by where they first appear, whatever their digits say; so here they always
//! appear in order.

mod change;
mod close;
mod copy;
mod open;
mod press;
mod read;
pub(crate) mod row;
mod sweep;

use async_trait::async_trait;
use engine::sqlite::{Db, Keeps, Keys, Migrations, SqliteOutbox, Tx};
use engine::{IdempotencyKey, Once, Result};
use model::pay_order::{CloseAnswer, Event};
use model::{AttemptId, Ms, OrderId, PayOrderId, UserId};

pub use self::copy::PayOrderPattern;
use super::stored::found;
use super::{
    Application, Found, Moved, News, Opened, Overdue, Owed, Press, Pressed, Store, SweepCursor, Target, Told,
};
use crate::config::Config;
use crate::record::{self, Attempt, Record};

/// The tables of `pay`.
pub const MIGRATIONS: Migrations = Migrations {
    service: "pay",
    keeps: &[Keeps::Outbox, Keeps::Keys],
    steps: &[
        include_str!("../../../migrations/sqlite/001_pay.sql"),
        include_str!("../../../migrations/sqlite/002_trace.sql"),
        include_str!("../../../migrations/sqlite/003_bill.sql"),
    ],
};

/// The SQLite storage of `pay`.
#[derive(Clone)]
pub struct SqliteStore {
    db: Db,
    outbox: SqliteOutbox,
    keys: Keys,
    config: Config,
}

impl SqliteStore {
    /// The storage in `db`, which was opened with [`MIGRATIONS`]; duties come due as `config` says.
    pub fn new(db: Db, config: Config) -> Self {
        let outbox = SqliteOutbox::new(db.clone(), MIGRATIONS.service, api::topics::OF_PAY);
        Self { db, outbox, keys: Keys::new(MIGRATIONS.service), config }
    }

    /// The outbox that a pump must empty.
    pub fn outbox(&self) -> &SqliteOutbox {
        &self.outbox
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn opened_before(&self, key: &IdempotencyKey) -> Result<Option<Once<Opened>>> {
        self.db.read(|connection| self.keys.find(connection, key))
    }

    async fn open(&self, application: Application, now: Ms) -> Result<Once<Opened>> {
        let store = self.clone();
        self.db.write(move |tx| store.open_in(tx, &application, now)).await
    }

    async fn pressed_before(&self, key: &IdempotencyKey) -> Result<Option<Once<Pressed>>> {
        self.db.read(|connection| self.keys.find(connection, key))
    }

    async fn press(&self, press: Press, now: Ms) -> Result<Once<Pressed>> {
        let store = self.clone();
        self.db.write(move |tx| store.press_in(tx, &press, now)).await
    }

    async fn apply(&self, moves: Vec<(Target, Event)>, now: Ms) -> Result<Vec<Moved>> {
        let store = self.clone();
        let work = move |tx: &mut Tx<'_>| {
            let told = Told::default();
            moves.iter().map(|(target, event)| store.apply_in(tx, *target, (*event, &told), now)).collect()
        };
        self.db.write(work).await
    }

    async fn hear(&self, news: Vec<News>, now: Ms) -> Result<Vec<Moved>> {
        let store = self.clone();
        let work = move |tx: &mut Tx<'_>| {
            let hear = |News { pay_order, event, told }: &News| {
                store.apply_in(tx, Target::PayOrder(*pay_order), (*event, told), now)
            };
            news.iter().map(hear).collect()
        };
        self.db.write(work).await
    }

    async fn close(&self, orders: Vec<(OrderId, PayOrderId)>, now: Ms) -> Result<Vec<CloseAnswer>> {
        let store = self.clone();
        let work = move |tx: &mut Tx<'_>| {
            orders.iter().map(|(order, tombstone)| store.close_in(tx, *order, *tombstone, now)).collect()
        };
        self.db.write(work).await
    }

    async fn by_id(&self, id: PayOrderId) -> Result<Option<Record>> {
        self.db.read(|connection| read::by_id(connection, id))
    }

    async fn by_ids(&self, ids: &[PayOrderId]) -> Result<Vec<Found<Record>>> {
        self.db.read(|connection| ids.iter().map(|id| found(read::by_id(connection, *id))).collect())
    }

    async fn by_orders(&self, orders: &[OrderId]) -> Result<Vec<Found<Record>>> {
        self.db.read(|connection| orders.iter().map(|order| read::by_order(connection, *order)).collect())
    }

    async fn of_owner(&self, owner: UserId, limit: usize) -> Result<Vec<Record>> {
        self.db.scan(move |connection| read::of_owner(connection, owner, limit)).await
    }

    async fn attempts(&self, ids: &[AttemptId]) -> Result<Vec<Found<Attempt>>> {
        self.db.read(|connection| ids.iter().map(|id| read::attempt(connection, *id)).collect())
    }

    async fn presses(&self, pay_order: PayOrderId) -> Result<Vec<record::Press>> {
        self.db.scan(move |connection| read::presses(connection, pay_order)).await
    }

    async fn overdue(&self, after: Option<SweepCursor>, until: Ms, limit: usize) -> Result<Vec<Overdue>> {
        self.db.scan(move |connection| sweep::page(connection, &sweep::PAYMENTS, after, until, limit)).await
    }

    async fn postpone(&self, rows: Vec<(PayOrderId, Ms)>) -> Result<()> {
        let rows: Vec<_> = rows.into_iter().map(|(id, at)| (id, Some(at))).collect();
        self.db.write(move |tx| sweep::postpone(tx, &sweep::PAYMENTS, &rows)).await
    }

    async fn overdue_bills(
        &self,
        after: Option<SweepCursor>,
        until: Ms,
        limit: usize,
    ) -> Result<Vec<Overdue>> {
        self.db.scan(move |connection| sweep::page(connection, &sweep::BILLS, after, until, limit)).await
    }

    async fn owing_bills(&self, look: usize) -> Result<Vec<Overdue>> {
        self.db.scan(move |connection| sweep::owing_bills(connection, look)).await
    }

    async fn postpone_bills(&self, rows: Vec<(PayOrderId, Option<Ms>)>) -> Result<()> {
        self.db.write(move |tx| sweep::postpone(tx, &sweep::BILLS, &rows)).await
    }

    async fn expire_keys(&self, now: Ms, limit: usize) -> Result<usize> {
        let keys = self.keys.clone();
        self.db.write(move |tx| keys.expire(tx, now, limit)).await
    }

    async fn owed(&self) -> Result<Owed> {
        self.db.scan(sweep::owed).await
    }
}
