//! A shop for one test: tables in a temporary directory, a clock, and a `trade` that answers as told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use api::calls::{HoldAnswer, HoldLine, HoldRefusal, HoldRequest, Items, OrderFate, Payable, Quote};
use api::calls::{SettleAnswer, SettleRequest, Trade};
use api::{Answer, NoAnswer};
use async_trait::async_trait;
use clock::{IdGen, ManualClock};
use engine::Once;
use engine::sqlite::{Db, Options};
use item::catalogue::{Draft, Item, Status};
use item::store::{Delta, Restocked};
use item::{Config, MIGRATIONS, Parts, Service, SqliteStore, Store};
use model::hold::End;
use model::{Cents, ItemId, Ms, OrderId, UserId};

pub(crate) const NOON: Ms = Ms(1_772_366_400_000);
pub(crate) const STAFF: UserId = UserId(9);

pub(crate) struct Shop {
    pub(crate) service: Service,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) clock: ManualClock,
    pub(crate) trade: Arc<Fates>,
    pub(crate) db: Db,
    _dir: tempfile::TempDir,
}

/// `trade` as the sweep knows it: what became of each order; no answer while it is down.
#[derive(Default)]
pub(crate) struct Fates {
    pub(crate) known: Mutex<BTreeMap<OrderId, OrderFate>>,
    pub(crate) down: Mutex<bool>,
}

#[async_trait]
impl Trade for Fates {
    async fn apply_payment(&self, _: OrderId) -> Answer<Option<Payable>> {
        Err(NoAnswer::from("trade", "not asked here"))
    }

    async fn owner(&self, _: OrderId) -> Answer<Option<UserId>> {
        Err(NoAnswer::from("trade", "not asked here"))
    }

    async fn fates(&self, orders: Vec<OrderId>) -> Answer<Vec<OrderFate>> {
        if *self.down.lock().unwrap() {
            return Err(NoAnswer::from("trade", "down"));
        }
        let known = self.known.lock().unwrap();
        Ok(orders.iter().map(|order| known.get(order).copied().unwrap_or(OrderFate::Unknown)).collect())
    }
}

pub(crate) fn draft(name: &str, price: i64, stock: i64) -> Draft {
    Draft {
        name: name.into(),
        price: Cents(price),
        stock,
        image: "/pictures/box.svg".into(),
        category: "手机".into(),
        brand: "Starboat".into(),
        spec: None,
        sold_before: 0,
        comment_count: 0,
        is_ad: false,
        status: Status::OnSale,
    }
}

pub(crate) fn open() -> Shop {
    open_on(Options::for_tests())
}

/// The same on a database opened with `options`.
pub(crate) fn open_on(options: Options) -> Shop {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&dir.path().join("t.db"), options, &[MIGRATIONS]).unwrap();
    let (store, clock) = (Arc::new(SqliteStore::new(db.clone())), ManualClock::at(NOON));
    let trade = Arc::new(Fates::default());
    let service = Service::new(Parts {
        store: store.clone(),
        trade: trade.clone(),
        clock: Arc::new(clock.clone()),
        ids: Arc::new(IdGen::new(1)),
        config: Config::default(),
    });
    Shop { service, store, clock, trade, db, _dir: dir }
}

impl Shop {
    pub(crate) async fn stocked(&self, stock: i64) -> ItemId {
        self.add(draft("手机 Mate 60", 100, stock)).await
    }

    pub(crate) async fn add(&self, draft: Draft) -> ItemId {
        match self.service.create(None, draft, STAFF).await.unwrap() {
            Once::Outcome(id) => id,
            Once::OtherBody => unreachable!("no key was given"),
        }
    }

    pub(crate) async fn quote(&self, item: ItemId) -> Quote {
        self.service.quote(&[item]).await.unwrap().remove(0)
    }

    pub(crate) async fn item(&self, item: ItemId) -> Item {
        self.store.items(vec![item]).await.unwrap().remove(0)
    }

    /// Holds `lines` of (item, number) at the present versions.
    pub(crate) async fn hold(&self, order: u64, lines: &[(ItemId, u32)]) -> HoldAnswer {
        let mut quoted = Vec::new();
        for (item, num) in lines {
            quoted.push(HoldLine { item_id: *item, num: *num, version: self.quote(*item).await.version });
        }
        self.hold_quoted(order, quoted).await
    }

    pub(crate) async fn hold_quoted(&self, order: u64, lines: Vec<HoldLine>) -> HoldAnswer {
        let request = HoldRequest { order_id: OrderId(order), lines };
        self.service.hold(vec![request]).await.unwrap().remove(0)
    }

    pub(crate) async fn settle(&self, order: u64, end: End) -> SettleAnswer {
        let request = SettleRequest { order_id: OrderId(order), end };
        self.service.settle(vec![request]).await.unwrap().remove(0)
    }

    pub(crate) async fn restock(&self, item: ItemId, pieces: i64) -> Restocked {
        let delta = Delta { pieces, reason: "count".into() };
        match self.service.restock(None, item, delta, STAFF).await.unwrap() {
            Once::Outcome(outcome) => outcome,
            Once::OtherBody => unreachable!("no key was given"),
        }
    }

    /// Available, held and sold.
    pub(crate) fn counters(&self, item: ItemId) -> (i64, i64, i64) {
        let sql = "SELECT available, held, sold FROM item_items WHERE id = ?1";
        let look = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        self.db.read(|connection| Ok(connection.query_row(sql, [item.as_i64()], look)?)).unwrap()
    }

    /// How many items have counters that their ledger does not explain.
    pub(crate) fn unexplained(&self) -> u64 {
        let sql = "SELECT count(*) FROM item_items WHERE (added, available, held, sold) IS NOT (
                       SELECT coalesce(sum(iif(movement = 4, qty, 0)), 0),
                              coalesce(sum(qty * CASE movement WHEN 0 THEN -1 WHEN 2 THEN 0 ELSE 1 END), 0),
                              coalesce(sum(qty * CASE movement WHEN 0 THEN 1 WHEN 1 THEN -1 WHEN 2 THEN -1
                                           ELSE 0 END), 0),
                              coalesce(sum(qty * CASE movement WHEN 2 THEN 1 WHEN 3 THEN -1 ELSE 0 END), 0)
                       FROM item_ledger WHERE item_id = item_items.id)";
        self.db.read(|connection| Ok(connection.query_row(sql, [], |row| row.get(0))?)).unwrap()
    }

    /// Damages the tables, as a disk or a bug might.
    pub(crate) async fn sql(&self, sql: &'static str) {
        self.db.write(move |tx| Ok(tx.execute_batch(sql)?)).await.unwrap();
    }
}

pub(crate) fn refused(line: usize, reason: HoldRefusal) -> HoldAnswer {
    HoldAnswer::Refused { line, reason }
}
