//! A shop for one test: tables of its own, a clock, and a `trade` that answers as told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use api::calls::{HoldAnswer, HoldLine, HoldRefusal, HoldRequest, Items, OrderFate, Payable, Quote};
use api::calls::{SettleAnswer, SettleRequest, Trade};
use api::{Answer, NoAnswer};
use async_trait::async_trait;
use clock::{IdGen, ManualClock};
use engine::Once;
use item::catalogue::{Draft, Item, Status};
use item::store::{Delta, Restocked};
use item::{Config, Parts, Service, Store};
use model::hold::End;
use model::{Cents, ItemId, Ms, OrderId, UserId};

use crate::tables::Tables;

pub(crate) const NOON: Ms = Ms(1_772_366_400_000);
pub(crate) const STAFF: UserId = UserId(9);

pub(crate) struct Shop {
    pub(crate) service: Service,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: ManualClock,
    pub(crate) trade: Arc<Fates>,
    tables: Tables,
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

/// A shop of its own on the engine under test; `None`, and the test says so, where it is not reachable.
pub(crate) async fn open(test: &str) -> Option<Shop> {
    let (tables, store) = Tables::open(test, true).await?;
    Some(Shop::on(tables, store))
}

/// The same, where what arrives together is committed together: the embedded engine too has its writing thread.
pub(crate) async fn open_grouping(test: &str) -> Option<Shop> {
    let (tables, store) = Tables::open(test, false).await?;
    Some(Shop::on(tables, store))
}

impl Shop {
    pub(crate) fn on(tables: Tables, store: Arc<dyn Store>) -> Self {
        let (clock, trade) = (ManualClock::at(NOON), Arc::new(Fates::default()));
        let service = Service::new(Parts {
            store: store.clone(),
            trade: trade.clone(),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(IdGen::new(1)),
            config: Config::default(),
        });
        Shop { service, store, clock, trade, tables }
    }

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

    pub(crate) fn tables(&self) -> &Tables {
        &self.tables
    }

    /// Available, held and sold.
    pub(crate) async fn counters(&self, item: ItemId) -> (i64, i64, i64) {
        let sql = format!("SELECT available, held, sold FROM item_items WHERE id = {}", item.as_i64());
        let [available, held, sold] = self.tables.numbers(&sql).await;
        (available, held, sold)
    }

    /// How many items have counters that their ledger does not explain.
    pub(crate) async fn unexplained(&self) -> i64 {
        let [count] = self.tables.numbers(UNEXPLAINED).await;
        count
    }

    /// Damages the tables, as a disk or a bug might.
    pub(crate) async fn sql(&self, sql: &'static str) {
        self.tables.execute(sql).await;
    }
}

const UNEXPLAINED: &str = "
    SELECT count(*) FROM item_items i LEFT JOIN (
        SELECT item_id,
               sum(CASE movement WHEN 4 THEN qty ELSE 0 END) AS added,
               sum(qty * CASE movement WHEN 0 THEN -1 WHEN 2 THEN 0 ELSE 1 END) AS available,
               sum(qty * CASE movement WHEN 0 THEN 1 WHEN 1 THEN -1 WHEN 2 THEN -1 ELSE 0 END) AS held,
               sum(qty * CASE movement WHEN 2 THEN 1 WHEN 3 THEN -1 ELSE 0 END) AS sold
        FROM item_ledger GROUP BY item_id
    ) l ON l.item_id = i.id
    WHERE i.added <> coalesce(l.added, 0) OR i.available <> coalesce(l.available, 0)
       OR i.held <> coalesce(l.held, 0) OR i.sold <> coalesce(l.sold, 0)";

pub(crate) const fn refused(line: usize, reason: HoldRefusal) -> HoldAnswer {
    HoldAnswer::Refused { line, reason }
}
