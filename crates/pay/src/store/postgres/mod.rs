//! The payment service's tables on PostgreSQL.
//!
//! Whatever happens to payments is done by batches over [`book::Book`]: lock the pay orders it is about in the
//! order of their ids, decide as the embedded engine does, write each changed row once. Two events that exclude
//! each other meet on the locked row; where there is no row yet, they meet on the unique order of the new one, and
//! who comes second is run again and finds it.

mod apply;
mod book;
mod close;
mod open;
mod press;
mod read;
pub(crate) mod row;
mod sweep;

use async_trait::async_trait;
use engine::postgres::{Batcher, Db, Keys, PgOutbox};
use engine::{IdempotencyKey, Keeps, Migrations, Once, Result};
use model::pay_order::{CloseAnswer, Event};
use model::{AttemptId, Ms, OrderId, PayOrderId, UserId};

use self::apply::ApplyAll;
use self::close::CloseAll;
use self::open::OpenAll;
use self::press::PressAll;
use self::sweep::{BILLS, PAYMENTS, Postpone};
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
        include_str!("../../../migrations/postgres/001_pay.sql"),
        include_str!("../../../migrations/postgres/002_trace.sql"),
        include_str!("../../../migrations/postgres/003_bill.sql"),
    ],
};

/// How many transactions of each frequent kind may run at once.
const LANES: usize = 2;

/// The PostgreSQL storage of `pay`. Clones share it.
#[derive(Clone)]
pub struct PgStore {
    db: Db,
    keys: Keys,
    opens: Batcher<OpenAll>,
    presses: Batcher<PressAll>,
    events: Batcher<ApplyAll>,
    closes: Batcher<CloseAll>,
    postponed: Batcher<Postpone>,
    postponed_bills: Batcher<Postpone>,
}

/// What every batch needs.
#[derive(Clone)]
struct Kit {
    outbox: PgOutbox,
    keys: Keys,
    config: Config,
}

impl PgStore {
    /// The storage in `db`, which has [`MIGRATIONS`]; messages go to `outbox`, duties come due as `config` says.
    /// Must be called within a runtime.
    pub fn new(db: Db, outbox: PgOutbox, config: Config) -> Self {
        let keys = Keys::new(MIGRATIONS.service);
        let kit = Kit { outbox, keys: keys.clone(), config };
        Self {
            opens: Batcher::start(&db, OpenAll(kit.clone()), LANES),
            presses: Batcher::start(&db, PressAll(kit.clone()), LANES),
            events: Batcher::start(&db, ApplyAll(kit.clone()), LANES),
            closes: Batcher::start(&db, CloseAll(kit), LANES),
            postponed: Batcher::start(&db, Postpone(&PAYMENTS), 1),
            postponed_bills: Batcher::start(&db, Postpone(&BILLS), 1),
            db,
            keys,
        }
    }
}

#[async_trait]
impl Store for PgStore {
    async fn opened_before(&self, key: &IdempotencyKey) -> Result<Option<Once<Opened>>> {
        self.keys.find(&self.db.conn().await?, key).await
    }

    async fn open(&self, application: Application, now: Ms) -> Result<Once<Opened>> {
        self.opens.submit((application, now)).await
    }

    async fn pressed_before(&self, key: &IdempotencyKey) -> Result<Option<Once<Pressed>>> {
        self.keys.find(&self.db.conn().await?, key).await
    }

    async fn press(&self, press: Press, now: Ms) -> Result<Once<Pressed>> {
        self.presses.submit((press, now)).await
    }

    async fn apply(&self, moves: Vec<(Target, Event)>, now: Ms) -> Result<Vec<Moved>> {
        let events = moves.into_iter().map(|(target, event)| (target, event, Told::default(), now));
        self.events.submit_all(events.collect()).await
    }

    async fn hear(&self, news: Vec<News>, now: Ms) -> Result<Vec<Moved>> {
        let event = |News { pay_order, event, told }| (Target::PayOrder(pay_order), event, told, now);
        self.events.submit_all(news.into_iter().map(event).collect()).await
    }

    async fn close(&self, orders: Vec<(OrderId, PayOrderId)>, now: Ms) -> Result<Vec<CloseAnswer>> {
        let closes = orders.into_iter().map(|(order, tombstone)| (order, tombstone, now));
        self.closes.submit_all(closes.collect()).await
    }

    async fn by_id(&self, id: PayOrderId) -> Result<Option<Record>> {
        read::by_id(&self.db.conn().await?, id).await
    }

    async fn by_ids(&self, ids: &[PayOrderId]) -> Result<Vec<Found<Record>>> {
        read::by_ids(&self.db.conn().await?, ids).await
    }

    async fn by_orders(&self, orders: &[OrderId]) -> Result<Vec<Found<Record>>> {
        read::by_orders(&self.db.conn().await?, orders).await
    }

    async fn of_owner(&self, owner: UserId, limit: usize) -> Result<Vec<Record>> {
        read::of_owner(&self.db.conn().await?, owner, limit).await
    }

    async fn attempts(&self, ids: &[AttemptId]) -> Result<Vec<Found<Attempt>>> {
        read::attempts(&self.db.conn().await?, ids).await
    }

    async fn presses(&self, pay_order: PayOrderId) -> Result<Vec<record::Press>> {
        read::presses(&self.db.conn().await?, pay_order).await
    }

    async fn overdue(&self, after: Option<SweepCursor>, until: Ms, limit: usize) -> Result<Vec<Overdue>> {
        sweep::page(&self.db.conn().await?, &PAYMENTS, after, until, limit).await
    }

    async fn overdue_bills(
        &self,
        after: Option<SweepCursor>,
        until: Ms,
        limit: usize,
    ) -> Result<Vec<Overdue>> {
        sweep::page(&self.db.conn().await?, &BILLS, after, until, limit).await
    }

    async fn owing_bills(&self, look: usize) -> Result<Vec<Overdue>> {
        sweep::owing_bills(&self.db.conn().await?, look).await
    }

    async fn postpone_bills(&self, rows: Vec<(PayOrderId, Option<Ms>)>) -> Result<()> {
        self.postponed_bills.submit_all(rows).await.map(drop)
    }

    async fn postpone(&self, rows: Vec<(PayOrderId, Ms)>) -> Result<()> {
        let rows = rows.into_iter().map(|(id, at)| (id, Some(at))).collect();
        self.postponed.submit_all(rows).await.map(drop)
    }

    async fn expire_keys(&self, now: Ms, limit: usize) -> Result<usize> {
        self.keys.expire(&self.db, now, limit).await
    }

    async fn owed(&self) -> Result<Owed> {
        sweep::owed(&self.db.conn().await?).await
    }
}
