//! Two replicas over one PostgreSQL schema, and a third party that holds rows until both stand before them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use api::calls::{HoldAnswer, HoldLine, HoldRequest, SettleAnswer, SettleRequest};
use engine::Once;
use engine::postgres::{Conn, Db};
use item::catalogue::{Draft, Edit};
use item::store::{Change, Delta, Edited, HoldTimes, PutCounts, Restocked, Row};
use item::{PgStore, Store};
use model::hold::End;
use model::{ItemId, OrderId};

use crate::shop::{NOON, STAFF, Shop};
use crate::tables::Tables;

/// How often the server is asked whether those who should wait do.
const LOOKS_MAX: u32 = 100_000;

/// One thing that a replica is asked to do.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Hold one piece of each item, at version 1.
    Hold(u64, Vec<ItemId>),
    Settle(u64, End),
    Restock(ItemId, i64),
    Edit(ItemId, Edit),
    Put(ItemId, Draft),
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    Hold(HoldAnswer),
    Settle(SettleAnswer),
    Restock(Restocked),
    Edit(Edited),
    Put(PutCounts),
}

pub(crate) const HELD: Came = Came::Hold(HoldAnswer::Held);
pub(crate) const SETTLED: Came = Came::Settle(SettleAnswer::Settled);

pub(crate) struct Race {
    /// One replica.
    pub(crate) shop: Shop,
    /// The other one.
    pub(crate) other: Arc<dyn Store>,
    gate: Conn,
    watch: Conn,
}

impl Race {
    pub(crate) async fn open(test: &str) -> Option<Self> {
        let (tables, store) = Tables::postgres(test).await?;
        let Tables::Postgres { database, .. } = &tables else { return None };
        let (other, third): (Db, Db) = (database.db("item"), database.db("item"));
        let (gate, watch) = (third.conn().await.unwrap(), third.conn().await.unwrap());
        Some(Self { shop: Shop::on(tables, store), other: Arc::new(PgStore::new(other)), gate, watch })
    }

    /// Keeps the lock that `sql` takes.
    pub(crate) async fn shut(&self, sql: &str) {
        self.gate.batch_execute(&format!("BEGIN; {sql}")).await.unwrap();
    }

    /// Keeps the row of an item.
    pub(crate) async fn shut_item(&self, item: ItemId) {
        self.shut(&format!("SELECT 1 FROM item_items WHERE id = {} FOR UPDATE", item.as_i64())).await;
    }

    /// Keeps the header of an order that has one.
    pub(crate) async fn shut_header(&self, order: u64) {
        self.shut(&format!("SELECT 1 FROM item_holds WHERE order_id = {order} FOR UPDATE")).await;
    }

    /// Keeps the place of the header of an order that has none.
    pub(crate) async fn shut_place(&self, order: u64) {
        self.shut(&format!(
            "INSERT INTO item_holds (order_id, state, lines, created, changed) VALUES ({order}, 1, '[]', 0, 0)"
        ))
        .await;
    }

    /// Lets go, without a trace.
    pub(crate) async fn release(&self) {
        self.gate.batch_execute("ROLLBACK").await.unwrap();
    }

    /// Waits until so many transactions stand before a lock.
    pub(crate) async fn until_waiting(&self, wanted: i64) {
        let sql = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
        for _ in 0..LOOKS_MAX {
            let row = self.watch.query_opt(sql, &[]).await.unwrap().unwrap();
            if row.get::<_, i64>(0) == wanted {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("{wanted} transactions should stand before a lock, but do not");
    }

    /// Starts `first` in one replica; once it stands before the lock that is kept, `second` in the other; once it
    /// stands there too, lets go.
    pub(crate) async fn meet(&self, first: Act, second: Act) -> (Came, Came) {
        let first = self.start(first);
        self.until_waiting(1).await;
        let second = tokio::spawn(act(self.other.clone(), second));
        self.until_waiting(2).await;
        self.release().await;
        (first.await.unwrap(), second.await.unwrap())
    }

    /// Starts an act in the first replica.
    pub(crate) fn start(&self, it: Act) -> tokio::task::JoinHandle<Came> {
        tokio::spawn(act(self.shop.store.clone(), it))
    }
}

/// Does it and answers what came of it.
pub(crate) async fn act(store: Arc<dyn Store>, act: Act) -> Came {
    match act {
        Act::Hold(order, items) => {
            let lines = items.into_iter().map(|item_id| HoldLine { item_id, num: 1, version: 1 });
            let request = HoldRequest { order_id: OrderId(order), lines: lines.collect() };
            let times = HoldTimes { now: NOON, sweep_at: NOON + 1 };
            Came::Hold(store.hold(vec![request], times).await.unwrap()[0])
        }
        Act::Settle(order, end) => {
            let request = SettleRequest { order_id: OrderId(order), end };
            Came::Settle(store.settle(vec![request], NOON).await.unwrap()[0])
        }
        Act::Restock(item, pieces) => {
            let delta = Delta { pieces, reason: "count".into() };
            Came::Restock(outcome(store.restock(None, item, delta, change(fresh())).await.unwrap()))
        }
        Act::Edit(item, edit) => {
            Came::Edit(outcome(store.edit(None, item, edit, change(fresh())).await.unwrap()))
        }
        Act::Put(id, draft) => {
            let rows = vec![Row { id, draft }];
            Came::Put(store.put(rows, false, change(2)).await.unwrap())
        }
    }
}

/// A number that no other change has.
fn fresh() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(1_000);
    LAST.fetch_add(1, Ordering::Relaxed)
}

pub(crate) fn change(id: u64) -> Change {
    Change { id, by: Some(STAFF), at: NOON }
}

fn outcome<T>(once: Once<T>) -> T {
    match once {
        Once::Outcome(outcome) => outcome,
        Once::OtherBody => unreachable!("no key was given"),
    }
}
