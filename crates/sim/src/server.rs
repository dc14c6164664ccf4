//! A town whose services keep their data in a real PostgreSQL, each in a schema of its own.
//!
//! What is asked of the server takes real time and no simulated time: the clock is held meanwhile. So the order in
//! which things happen is nearly that of a simulation, but not to the byte.

use engine::postgres::{Db, Options, Reads};
use engine::testing::PgDatabase;
use engine::{Migrations, Result};

use crate::place::Place;

/// The database of one town; gone when dropped.
pub(crate) struct Server {
    database: PgDatabase,
    auditor: Db,
}

impl Server {
    /// Makes the database and every service's tables. None, said on standard error with the name of the `test`, if
    /// there is no server.
    pub(crate) async fn create(test: &str) -> Result<Option<Self>> {
        let Some(database) = PgDatabase::create(test).await else { return Ok(None) };
        for place in Place::SERVICES {
            database.db(place.name()).migrate(migrations(place)).await?;
        }
        let options =
            Options { connections: 2, reads: Reads::Whole, ..Options::new(database.url(), "public") };
        Ok(Some(Self { auditor: Db::new(&options)?, database }))
    }

    /// The schema of a service, through connections of its own.
    pub(crate) fn schema(&self, place: Place) -> Db {
        self.database.db(place.name())
    }

    /// Everything, as the auditor reads it.
    pub(crate) fn auditor(&self) -> &Db {
        &self.auditor
    }

    /// How many messages and duties the outboxes keep.
    pub(crate) async fn queued(&self) -> Result<i64> {
        let sql = "SELECT (SELECT count(*) FROM trade.trade_outbox) + (SELECT count(*) FROM pay.pay_outbox)";
        let row = self.auditor.conn().await?.query_opt(sql, &[]).await?;
        Ok(row.map_or(Ok(0), |row| row.try_get(0))?)
    }

    /// Cuts every connection of the process of `place` and waits until the server has undone what was open in them.
    pub(crate) async fn cut(&self, place: Place) -> Result<()> {
        let sql = "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name = $1";
        let name = format!("sandglass {place}");
        self.auditor.conn().await?.query(sql, &[&name]).await.map(drop)
    }
}

fn migrations(place: Place) -> &'static Migrations {
    match place {
        Place::User => &user::store::postgres::MIGRATIONS,
        Place::Item => &item::store::postgres::MIGRATIONS,
        Place::Cart => &cart::store::postgres::MIGRATIONS,
        Place::Trade => &trade::store::postgres::MIGRATIONS,
        Place::Pay | Place::Broker | Place::People | Place::Provider => &pay::store::postgres::MIGRATIONS,
    }
}
