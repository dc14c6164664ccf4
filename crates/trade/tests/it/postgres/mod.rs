//! Two processes on one PostgreSQL, stopped between their statements.
//!
//! A third connection, the [`Gate`], locks what a transaction is about to read or to write. So it is certain that
//! both transactions have begun, which of them stands in front, and how far it has come, before any of them ends.

mod audit;
mod batches;
mod keys;
mod pairs;

use std::future::Future;

use clock::{MINUTE, ManualClock};
use engine::IdempotencyKey;
use engine::postgres::{Conn, Db, Worker};
use engine::testing::PgDatabase;
use model::order::{Event, Order};
use model::{Actor, Cause, Cents, Ms, OrderId};
use trade::store::postgres::{MIGRATIONS, PgStore};
use trade::store::{Applied, Begun, Change, Detail, Line, NewOrder, Store};

use crate::engines::pg_store;
use crate::shelf::KETTLE;
use crate::world::{JACK, START, WINDOW_MS, config};

/// The end of an order's payment window.
const DEADLINE: Ms = Ms(START.0 + WINDOW_MS);
const LATER: Ms = Ms(DEADLINE.0 + 30 * MINUTE);
const HELD: Event = Event::Held { window_ms: WINDOW_MS };

/// One database, two processes that serve orders from it, and a connection to look at it.
struct Two {
    one: PgStore,
    other: PgStore,
    eye: Conn,
    db: Db,
    database: PgDatabase,
}

/// An open transaction of the test's own, in which something is locked.
struct Gate(Conn);

impl Gate {
    /// Lets go of it, without a trace.
    async fn open(self) {
        self.0.batch_execute("ROLLBACK").await.unwrap();
    }
}

impl Two {
    async fn new(test: &str) -> Option<Self> {
        Self::relaying(test, &[]).await
    }

    /// Both hand the messages of `relayed` topics over at once.
    async fn relaying(test: &str, relayed: &[u16]) -> Option<Self> {
        let database = PgDatabase::create(test).await?;
        let db = database.db("trade");
        db.migrate(&MIGRATIONS).await.unwrap();
        let clock = ManualClock::at(START);
        let store = |number| pg_store(&database.db("trade"), &clock, &config(), Worker { number }, relayed);
        let (one, other) = (store(1), store(2));
        Some(Self { one, other, eye: db.conn().await.unwrap(), db, database })
    }

    async fn hold(&self, sql: &str) -> Gate {
        let conn = self.db.conn().await.unwrap();
        conn.batch_execute("BEGIN").await.unwrap();
        conn.batch_execute(sql).await.unwrap();
        Gate(conn)
    }

    /// Waits until `many` transactions wait for a lock.
    async fn until_waiting(&self, many: i64) {
        const LOOKS: usize = 20_000;
        let sql = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
        for _ in 0..LOOKS {
            if self.number(sql).await == many {
                return;
            }
        }
        panic!("{many} transactions should have met by now");
    }

    /// Runs both at once: each has begun when what `gate` locks is let go, and `first` waits in front.
    async fn race<A: Send + 'static, B: Send + 'static>(
        &self,
        gate: &str,
        first: impl Future<Output = A> + Send + 'static,
        second: impl Future<Output = B> + Send + 'static,
    ) -> (A, B) {
        let gate = self.hold(gate).await;
        let first = tokio::spawn(first);
        self.until_waiting(1).await;
        let second = tokio::spawn(second);
        self.until_waiting(2).await;
        gate.open().await;
        (first.await.unwrap(), second.await.unwrap())
    }

    async fn number(&self, sql: &str) -> i64 {
        self.eye.query_opt(&format!("SELECT ({sql})::bigint"), &[]).await.unwrap().unwrap().get(0)
    }

    async fn row(&self, id: OrderId) -> trade::store::Row {
        self.one.find(id).await.unwrap().unwrap()
    }

    async fn told(&self, id: OrderId) -> Vec<String> {
        self.one.history(id).await.unwrap().into_iter().map(|entry| entry.name).collect()
    }

    /// How many messages of `topic` about an order there are.
    async fn messages(&self, topic: delay::Topic, id: OrderId) -> i64 {
        let code = topic.code;
        self.number(&format!("SELECT count(*) FROM trade_outbox WHERE topic = {code} AND subject = {id}"))
            .await
    }

    /// A new order, to which `events` have happened since.
    async fn order(&self, id: u64, events: &[Event]) -> OrderId {
        let id = OrderId(id);
        assert_eq!(self.one.begin(new_order(id), None).await.unwrap(), Begun::New);
        for event in events {
            let applied = apply(&self.one, &[(id, event.clone())], START).await;
            assert!(matches!(applied[..], [Applied::Moved { .. }]), "{event:?}: {applied:?}");
        }
        id
    }

    /// What must hold whatever has happened: histories without gaps, duties and counts that fit the rows.
    async fn check(&self) {
        let gaps = "SELECT count(*) FROM trade_orders o WHERE moves <> (
            SELECT count(*) FROM trade_history h WHERE h.order_id = o.id AND h.seq < o.moves)";
        let broken = "SELECT count(*) FROM (SELECT from_state, lag(to_state, 1, 0::smallint)
            OVER (PARTITION BY order_id ORDER BY seq) AS before FROM trade_history) h WHERE from_state <> before";
        let astray = "SELECT count(*) FROM trade_orders o WHERE state <> (
            SELECT to_state FROM trade_history h WHERE h.order_id = o.id ORDER BY seq DESC LIMIT 1)";
        let duties = "SELECT count(*) FROM trade_orders o WHERE (duty_due IS NOT NULL)::int <> (
            SELECT count(*) FROM trade_outbox m WHERE m.topic = 3 AND m.subject = o.id AND m.due = o.duty_due)";
        let stray = "SELECT count(*) FROM trade_outbox m WHERE topic = 3 AND NOT EXISTS (
            SELECT FROM trade_orders o WHERE o.id = m.subject AND o.duty_due = m.due)";
        let miscounted = "SELECT count(*) FROM
            (SELECT state, sum(n) AS n FROM trade_tally GROUP BY state HAVING sum(n) <> 0) t
            FULL JOIN (SELECT state, count(*) AS n FROM trade_orders GROUP BY state) o USING (state)
            WHERE t.n IS DISTINCT FROM o.n";
        for sql in [gaps, broken, astray, duties, stray, miscounted] {
            assert_eq!(self.number(sql).await, 0, "{sql}");
        }
    }
}

/// Locks an order's row: a change of it stops before it has read.
fn row_of(id: OrderId) -> String {
    format!("SELECT 1 FROM trade_orders WHERE id = {id} FOR UPDATE")
}

/// Takes the place of the next entry in an order's history: a change of it stops when it has read and decided.
fn next_entry_of(id: OrderId) -> String {
    format!(
        "INSERT INTO trade_history SELECT id, moves, 0, 0, 0, 'gate', 0, 0, '', '' FROM trade_orders WHERE id = {id}"
    )
}

/// Takes the place of a key: whoever records it stops when it has looked for it in vain.
fn place_of(key: &IdempotencyKey) -> String {
    format!("INSERT INTO trade_keys VALUES ({}, '{}', '', 'null', 0)", key.owner, key.key)
}

fn key(name: &str, body: u8) -> IdempotencyKey {
    IdempotencyKey { owner: JACK.0, key: name.into(), fingerprint: [body; 16] }
}

fn new_order(id: OrderId) -> NewOrder {
    let line = Line {
        item_id: KETTLE,
        num: 1,
        name: "kettle".into(),
        price: Cents(2_500),
        image: String::new(),
        spec: None,
        version: 1,
    };
    let order = Order::placing(id, JACK, Cents(2_500), START);
    NewOrder { order, payment_type: 1, address: None, lines: vec![line], cause: Cause::of(Actor::Buyer) }
}

fn change(order: OrderId, event: Event) -> Change {
    Change { order, event, cause: Cause::of(Actor::Staff), carried: false, detail: Detail::None }
}

async fn apply(store: &PgStore, events: &[(OrderId, Event)], now: Ms) -> Vec<Applied> {
    let changes = events.iter().map(|(order, event)| change(*order, event.clone())).collect();
    store.apply(changes, now).await.unwrap()
}

fn moved(applied: &Applied) -> bool {
    matches!(applied, Applied::Moved { .. })
}
