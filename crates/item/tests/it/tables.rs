//! The tables of one test, on the engine that is to be tested.

use std::sync::Arc;

use engine::testing::PgDatabase;
use engine::{postgres, sqlite};
use item::store::{postgres::MIGRATIONS as POSTGRES, sqlite::MIGRATIONS as SQLITE};
use item::{PgStore, SqliteStore, Store};

/// Where the tables are.
pub(crate) enum Tables {
    /// In a directory of their own.
    Sqlite { db: sqlite::Db, _directory: tempfile::TempDir },
    /// In a database of their own, on the real server.
    Postgres { db: postgres::Db, database: Box<PgDatabase> },
}

/// Which engine the tests run on.
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment which engine to test")]
fn on_postgres() -> bool {
    let engine = std::env::var("SANDGLASS_TEST_ENGINE").unwrap_or_else(|_| "sqlite".into());
    match engine.as_str() {
        "sqlite" => false,
        "postgres" => true,
        other => panic!("SANDGLASS_TEST_ENGINE is `sqlite` or `postgres`, not `{other}`"),
    }
}

impl Tables {
    /// Empty tables and the store over them.
    pub(crate) async fn open(test: &str, inline: bool) -> Option<(Self, Arc<dyn Store>)> {
        if on_postgres() { Self::postgres(test).await } else { Some(Self::sqlite(inline)) }
    }

    fn sqlite(inline: bool) -> (Self, Arc<dyn Store>) {
        let directory = tempfile::tempdir().unwrap();
        let options = sqlite::Options { inline, ..sqlite::Options::for_tests() };
        let db = sqlite::Db::open(&directory.path().join("t.db"), options, &[SQLITE]).unwrap();
        let store = Arc::new(SqliteStore::new(db.clone()));
        (Tables::Sqlite { db, _directory: directory }, store)
    }

    /// The same on PostgreSQL, whatever engine is to be tested.
    pub(crate) async fn postgres(test: &str) -> Option<(Self, Arc<dyn Store>)> {
        let database = PgDatabase::create(test).await?;
        let db = database.db("item");
        db.migrate(&POSTGRES).await.unwrap();
        let store = Arc::new(PgStore::new(db.clone()));
        Some((Tables::Postgres { db, database: Box::new(database) }, store))
    }

    /// The whole numbers in the one row that `sql` answers.
    pub(crate) async fn numbers<const N: usize>(&self, sql: &str) -> [i64; N] {
        match self {
            Tables::Sqlite { db, .. } => {
                let columns = |row: &rusqlite::Row<'_>| {
                    (0..N).map(|column| row.get(column)).collect::<rusqlite::Result<Vec<i64>>>()
                };
                let row = db.read(|connection| Ok(connection.query_row(sql, [], columns)?)).unwrap();
                row.try_into().unwrap()
            }
            Tables::Postgres { db, .. } => {
                let row = db.conn().await.unwrap().query_opt(sql, &[]).await.unwrap().unwrap();
                std::array::from_fn(|column| row.get(column))
            }
        }
    }

    /// Runs a statement.
    pub(crate) async fn execute(&self, sql: &'static str) {
        match self {
            Tables::Sqlite { db, .. } => db.write(move |tx| Ok(tx.execute_batch(sql)?)).await.unwrap(),
            Tables::Postgres { db, .. } => db.conn().await.unwrap().batch_execute(sql).await.unwrap(),
        }
    }
}
