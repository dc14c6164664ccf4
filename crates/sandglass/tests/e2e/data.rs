//! What the shop under test is kept in, for looking and meddling by hand.

use engine::postgres::{Db as PgDb, Options};
use engine::sqlite::Db;
use engine::testing::PgDatabase;
use sandglass::shop::Shop;

use crate::world::told::Told;

/// All schemas, so that every table is found by its own name.
const SCHEMAS: &str = "trade,pay,item,cart,\"user\"";

/// Where a shop in this process is kept.
pub(crate) enum Data {
    Embedded,
    Postgres {
        /// For looking and meddling, as its owner.
        database: Box<PgDatabase>,
        /// As the configuration has it.
        address: String,
    },
}

impl Data {
    /// As the tests are told.
    pub(crate) async fn choose() -> Self {
        match Told::read() {
            Told::Postgres => {
                let database = PgDatabase::create("end to end").await;
                Self::owned(database.expect("SANDGLASS_TEST_ENGINE asks for PostgreSQL"))
            }
            Told::Embedded | Told::Cluster { .. } => Self::Embedded,
        }
    }

    /// All services as the owner of `database`.
    pub(crate) fn owned(database: PgDatabase) -> Self {
        let address = database.url().to_owned();
        Self::Postgres { database: Box::new(database), address }
    }

    /// The number in the one row that `sql` answers.
    pub(crate) async fn number(&self, shop: &Shop, sql: String) -> i64 {
        match self {
            Data::Embedded => {
                let look = move |connection: &rusqlite::Connection| {
                    Ok(connection.query_row(&sql, [], |row| row.get(0))?)
                };
                embedded(shop).scan(look).await.unwrap()
            }
            Data::Postgres { database, .. } => {
                let row = of(database).conn().await.unwrap().query_opt(&sql, &[]).await.unwrap();
                row.unwrap().try_get(0).unwrap()
            }
        }
    }

    /// Runs some statements by hand, as a careless operator would.
    pub(crate) async fn run(&self, shop: &Shop, sql: &'static str) {
        match self {
            Data::Embedded => embedded(shop).write(move |tx| Ok(tx.execute_batch(sql)?)).await.unwrap(),
            Data::Postgres { database, .. } => {
                of(database).conn().await.unwrap().batch_execute(sql).await.unwrap();
            }
        }
    }
}

fn embedded(shop: &Shop) -> &Db {
    shop.embedded().unwrap()
}

fn of(database: &PgDatabase) -> PgDb {
    PgDb::new(&Options { connections: 1, ..Options::new(database.url(), SCHEMAS) }).unwrap()
}
