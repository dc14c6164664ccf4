//! The engine under the service: `SANDGLASS_TEST_ENGINE` says which, `sqlite` (default) or `postgres`.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use api::topics;
use audit::facts::{KeyFact, OrderFact};
use clock::ManualClock;
use delay::{Inbox, Outbox};
use engine::postgres::{self, PgOutbox, Worker};
use engine::sqlite;
use engine::testing::PgDatabase;
use model::{OrderId, UserId};
use tempfile::TempDir;
use trade::store::Store;
use trade::store::postgres::PgStore;
use trade::store::sqlite::SqliteStore;
use trade::{Config, facts};

/// A fresh database with its store.
pub(crate) struct Base {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) outbox: Arc<dyn Outbox>,
    pub(crate) inbox: Inbox,
    engine: Engine,
}

enum Engine {
    Sqlite { db: sqlite::Db, dir: TempDir },
    Postgres { db: postgres::Db, loan: Box<Loan> },
}

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment which engine to run on")]
pub(crate) fn on_postgres() -> bool {
    match std::env::var("SANDGLASS_TEST_ENGINE").as_deref() {
        Ok("postgres") => true,
        Ok("sqlite") | Err(_) => false,
        Ok(other) => panic!("SANDGLASS_TEST_ENGINE is sqlite or postgres, not {other}"),
    }
}

/// How many rounds an outage lasts: with a server behind every step, a few tell the same as many.
pub(crate) fn rounds_of_outage() -> usize {
    if on_postgres() { 4 } else { 20 }
}

impl Base {
    /// On the engine that the environment names; on SQLite opened with `options`. `None`: there is no server.
    pub(crate) async fn new(options: sqlite::Options, clock: &ManualClock, config: &Config) -> Option<Self> {
        if on_postgres() { Self::postgres(clock, config).await } else { Some(Self::sqlite(options, config)) }
    }

    fn sqlite(options: sqlite::Options, config: &Config) -> Self {
        let dir = TempDir::new().unwrap();
        let tables = trade::store::sqlite::MIGRATIONS;
        let db = sqlite::Db::open(&dir.path().join("t.db"), options, &[tables]).unwrap();
        let store = SqliteStore::new(db.clone(), config);
        let outbox = store.outbox();
        Self {
            store: Arc::new(store),
            inbox: outbox.inbox(),
            outbox: Arc::new(outbox),
            engine: Engine::Sqlite { db, dir },
        }
    }

    async fn postgres(clock: &ManualClock, config: &Config) -> Option<Self> {
        let (loan, db) = Loan::take().await?;
        let store = pg_store(&db, clock, config, Worker { number: 1 }, &[]);
        let outbox = store.outbox();
        Some(Self {
            store: Arc::new(store),
            inbox: outbox.inbox(),
            outbox: Arc::new(outbox),
            engine: Engine::Postgres { db, loan: Box::new(loan) },
        })
    }

    /// The one number that a query answers, if any.
    pub(crate) async fn number(&self, sql: &str) -> Option<i64> {
        match &self.engine {
            Engine::Sqlite { db, .. } => {
                db.read(|connection| Ok(connection.query_row(sql, [], |row| row.get(0))?)).unwrap()
            }
            Engine::Postgres { db, .. } => {
                let sql = format!("SELECT ({sql})::bigint");
                let row = db.conn().await.unwrap().query_opt(&sql, &[]).await.unwrap();
                row.and_then(|row| row.get(0))
            }
        }
    }

    pub(crate) async fn execute(&self, sql: &'static str) {
        match &self.engine {
            Engine::Sqlite { db, .. } => drop(db.write(|tx| Ok(tx.execute(sql, [])?)).await.unwrap()),
            Engine::Postgres { db, .. } => drop(db.conn().await.unwrap().execute(sql, &[]).await.unwrap()),
        }
    }

    /// Changes the data behind everybody's back, past all checks.
    pub(crate) async fn corrupt(&self, sql: &str) {
        match &self.engine {
            Engine::Sqlite { dir, .. } => {
                let connection = rusqlite::Connection::open(dir.path().join("t.db")).unwrap();
                connection.execute_batch("PRAGMA ignore_check_constraints = ON").unwrap();
                connection.execute_batch(sql).unwrap();
            }
            Engine::Postgres { db, loan } => {
                loan.spoilt.store(true, Ordering::SeqCst);
                let conn = db.conn().await.unwrap();
                conn.batch_execute(DROP_CHECKS).await.unwrap();
                conn.batch_execute(sql).await.unwrap();
            }
        }
    }

    /// Puts `many` keys of long ago there.
    pub(crate) async fn old_keys(&self, many: usize) {
        let sql = match &self.engine {
            Engine::Sqlite { .. } => format!(
                "INSERT INTO trade_keys SELECT 7, value, x'00', 'null', 0
                 FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n LIMIT {many})
                       SELECT value FROM n)"
            ),
            Engine::Postgres { .. } => format!(
                "INSERT INTO trade_keys SELECT 7, n::text, ''::bytea, 'null', 0 FROM generate_series(1, {many}) n"
            ),
        };
        self.corrupt(&sql).await;
    }

    pub(crate) async fn order_facts(&self, after: OrderId, limit: usize) -> Vec<OrderFact> {
        match &self.engine {
            Engine::Sqlite { db, .. } => db.read(|conn| facts::orders(conn, after, limit)).unwrap(),
            Engine::Postgres { db, .. } => {
                facts::postgres::orders(&db.conn().await.unwrap(), after, limit).await.unwrap()
            }
        }
    }

    pub(crate) async fn key_facts(&self, after: (UserId, String), limit: usize) -> Vec<KeyFact> {
        match &self.engine {
            Engine::Sqlite { db, .. } => db.read(|conn| facts::keys(conn, &after, limit)).unwrap(),
            Engine::Postgres { db, .. } => {
                facts::postgres::keys(&db.conn().await.unwrap(), &after, limit).await.unwrap()
            }
        }
    }

    pub(crate) async fn owner_facts(&self, orders: &[OrderId]) -> Vec<Option<UserId>> {
        match &self.engine {
            Engine::Sqlite { db, .. } => db.read(|conn| facts::owners(conn, orders)).unwrap(),
            Engine::Postgres { db, .. } => {
                facts::postgres::owners(&db.conn().await.unwrap(), orders).await.unwrap()
            }
        }
    }
}

const DROP_CHECKS: &str = "DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT conname FROM pg_constraint WHERE conrelid = 'trade_orders'::regclass AND contype = 'c'
    LOOP EXECUTE format('ALTER TABLE trade_orders DROP CONSTRAINT %I', name); END LOOP; END $$";

/// A store as one process has it.
pub(crate) fn pg_store(
    db: &postgres::Db,
    clock: &ManualClock,
    config: &Config,
    worker: Worker,
    relayed: &[u16],
) -> PgStore {
    let clock = Arc::new(clock.clone());
    let outbox = PgOutbox::new(db.clone(), clock, worker, "trade", topics::OF_TRADE, relayed);
    PgStore::new(db.clone(), outbox, config, worker)
}

thread_local! {
    /// Making a database takes long, and some tests need hundreds: one after the other they share one.
    static IDLE: RefCell<Option<PgDatabase>> = const { RefCell::new(None) };
}

/// A database, given back to the test's thread when it is not needed any more.
struct Loan {
    database: Option<PgDatabase>,
    spoilt: AtomicBool,
}

impl Loan {
    async fn take() -> Option<(Self, postgres::Db)> {
        let idle = IDLE.with_borrow_mut(Option::take);
        let used = idle.is_some();
        let database = match idle {
            Some(database) => database,
            None => PgDatabase::create(std::thread::current().name().unwrap_or("a test")).await?,
        };
        let db = database.db("trade");
        let conn = db.conn().await.unwrap();
        if used {
            conn.batch_execute(EMPTY).await.unwrap();
        } else {
            conn.batch_execute(QUICK).await.unwrap();
            drop(conn);
            db.migrate(&trade::store::postgres::MIGRATIONS).await.unwrap();
        }
        Some((Self { database: Some(database), spoilt: AtomicBool::new(false) }, db))
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let database = self.database.take().filter(|_| !self.spoilt.load(Ordering::SeqCst));
        let _ = IDLE.try_with(|idle| idle.replace(database));
    }
}

/// What a test leaves behind need not survive a power cut.
const QUICK: &str = "DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$";
const EMPTY: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    DELETE FROM trade_orders; DELETE FROM trade_history; DELETE FROM trade_tally;
    DELETE FROM trade_archived; DELETE FROM trade_archives; DELETE FROM trade_keys; DELETE FROM trade_outbox; DELETE FROM trade_dead";
