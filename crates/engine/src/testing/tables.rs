//! The tables under a service, looked at and spoiled past it.

use std::path::PathBuf;

use rusqlite::Connection;

use super::PgDatabase;
use crate::{Result, postgres, sqlite};

/// The engine a suite runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestEngine {
    /// The embedded one, the default.
    Sqlite,
    /// The real server.
    Postgres,
}

impl TestEngine {
    /// The engine that `SANDGLASS_TEST_ENGINE` names.
    ///
    /// # Panics
    ///
    /// If it names none.
    #[expect(clippy::disallowed_methods, reason = "tests are told by the environment which engine to use")]
    pub fn chosen() -> Self {
        match std::env::var("SANDGLASS_TEST_ENGINE").as_deref() {
            Ok("sqlite") | Err(_) => TestEngine::Sqlite,
            Ok("postgres") => TestEngine::Postgres,
            Ok(other) => panic!("SANDGLASS_TEST_ENGINE is `sqlite` or `postgres`, not `{other}`"),
        }
    }

    /// Whether the test at hand, which is about the embedded engine itself, must be skipped; says so and why.
    #[expect(clippy::print_stderr, reason = "a skipped test says so, with its name and reason")]
    pub fn skips_sqlite_only(self, reason: &str) -> bool {
        if self == TestEngine::Postgres {
            eprintln!("skipped: {}: {reason}", test_name());
        }
        self == TestEngine::Postgres
    }
}

/// The name of the test that runs on this thread.
pub fn test_name() -> String {
    std::thread::current().name().unwrap_or("a test").to_owned()
}

/// The database under a service in a test, whichever engine it is.
pub enum Tables {
    /// The embedded engine, and its file.
    Sqlite(sqlite::Db, PathBuf),
    /// A schema in a database of the test's own.
    Postgres(postgres::Db, Box<PgDatabase>),
}

impl Tables {
    /// The one number that `sql` answers.
    ///
    /// # Panics
    ///
    /// If the database says no.
    pub async fn count(&self, sql: &str) -> i64 {
        match self {
            Tables::Sqlite(db, _) => {
                db.read(|connection| Ok(connection.query_row(sql, [], |row| row.get(0))?)).expect("a number")
            }
            Tables::Postgres(db, _) => {
                let conn = db.conn().await.expect("a connection");
                conn.query_opt(sql, &[]).await.expect("a query").expect("a row").get(0)
            }
        }
    }

    /// Runs one statement as the service could.
    pub async fn execute(&self, sql: &str) -> Result<()> {
        let sql = sql.to_owned();
        match self {
            Tables::Sqlite(db, _) => db.write(move |tx| Ok(tx.execute(&sql, [])?)).await.map(drop),
            Tables::Postgres(db, _) => db.conn().await?.execute(&sql, &[]).await.map(drop),
        }
    }

    /// Changes rows behind everybody's back, past all checks of `table`.
    ///
    /// # Panics
    ///
    /// If the database says no.
    pub async fn corrupt(&self, table: &str, sql: &str) {
        match self {
            Tables::Sqlite(_, path) => {
                let connection = Connection::open(path).expect("the file opens");
                connection.execute_batch("PRAGMA ignore_check_constraints = ON").expect("checks end");
                connection.execute_batch(sql).expect("the rows change");
            }
            Tables::Postgres(db, _) => {
                let conn = db.conn().await.expect("a connection");
                let checks = "SELECT conname::text FROM pg_constraint
                              WHERE contype = 'c' AND conrelid = $1::text::regclass";
                for row in conn.query(checks, &[&table]).await.expect("a query") {
                    let drop = format!("ALTER TABLE {table} DROP CONSTRAINT {}", row.get::<_, String>(0));
                    conn.batch_execute(&drop).await.expect("checks end");
                }
                conn.batch_execute(sql).await.expect("the rows change");
            }
        }
    }

    /// All of a table's rows as readable text.
    ///
    /// # Panics
    ///
    /// If the database says no.
    pub async fn dump(&self, table: &str) -> Vec<String> {
        match self {
            Tables::Sqlite(db, _) => {
                db.read(|connection| dump(connection, table)).expect("the table is read")
            }
            Tables::Postgres(db, _) => {
                let conn = db.conn().await.expect("a connection");
                conn.batch_execute("SET bytea_output = escape").await.expect("a setting");
                let rows = conn.query(&format!("SELECT t::text FROM {table} t"), &[]).await.expect("a query");
                rows.iter().map(|row| row.get(0)).collect()
            }
        }
    }
}

fn dump(connection: &Connection, table: &str) -> Result<Vec<String>> {
    let mut statement = connection.prepare(&format!("SELECT * FROM {table}"))?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    let mut values = Vec::new();
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            values.push(match row.get_ref(column)? {
                rusqlite::types::ValueRef::Blob(bytes) | rusqlite::types::ValueRef::Text(bytes) => {
                    String::from_utf8_lossy(bytes).into_owned()
                }
                other => format!("{other:?}"),
            });
        }
    }
    Ok(values)
}
