//! What the service of a process keeps its data in: a file of its own, or a schema of a server.

use std::sync::Arc;

use api::topics;
use clock::{Clock, MINUTE};
use delay::{Inbox, Outbox};
use engine::Result;
use engine::postgres::{self, PgOutbox, Worker};
use engine::sqlite::Db;

use crate::disk::Beside;
use crate::life::Life;
use crate::place::Place;
use crate::shop;

/// How many worker numbers each service leases from a range of its own.
const WORKERS_EACH: u16 = 200;
/// How long a number of a server stays taken, in milliseconds: nobody renews it, and no cell takes as long.
const LEASE_MS: i64 = 10 * MINUTE;

/// The data of one process.
pub(crate) struct Base {
    tables: Tables,
    clock: Arc<dyn Clock>,
    /// The number that its ids are made with.
    pub(crate) worker: u16,
}

enum Tables {
    File(Db),
    Schema(postgres::Db),
}

/// A service's messages, for its pump.
pub(crate) type Messages = (Arc<dyn Outbox>, Inbox);

impl Base {
    /// Opens the data of the process of `life`, which is watched from then on.
    pub(crate) async fn open(life: &Arc<Life>) -> Result<Self> {
        let (town, place) = (&life.town, life.place);
        let clock: Arc<dyn Clock> = Arc::new(town.clock.clone());
        let first = u16::try_from(place.index()).unwrap_or(0) * WORKERS_EACH;
        let beside = Arc::new(Beside(life.clone()));
        if let Some(server) = town.server() {
            let (db, _held) = (server.schema(place), town.clock.hold());
            let leased = db.lease_worker(clock.now(), first..first + WORKERS_EACH, LEASE_MS).await?;
            let tables = Tables::Schema(db.watched(beside));
            return Ok(Self { tables, clock, worker: leased.number });
        }
        let db = shop::open(&town.path(place), place)?.watched(beside);
        let worker = first + db.lease_worker().await? % WORKERS_EACH;
        Ok(Self { tables: Tables::File(db), clock, worker })
    }

    pub(crate) fn user(&self) -> Arc<dyn user::store::Store> {
        match &self.tables {
            Tables::File(db) => Arc::new(user::store::sqlite::SqliteStore::new(db.clone())),
            Tables::Schema(db) => Arc::new(user::store::postgres::PgStore::new(db.clone())),
        }
    }

    pub(crate) fn item(&self) -> Arc<dyn item::Store> {
        match &self.tables {
            Tables::File(db) => Arc::new(item::SqliteStore::new(db.clone())),
            Tables::Schema(db) => Arc::new(item::PgStore::new(db.clone())),
        }
    }

    pub(crate) fn cart(&self, rows_max: usize) -> Arc<dyn cart::store::Store> {
        match &self.tables {
            Tables::File(db) => Arc::new(cart::store::SqliteStore::new(db.clone(), rows_max)),
            Tables::Schema(db) => Arc::new(cart::store::postgres::PgStore::new(db.clone(), rows_max)),
        }
    }

    pub(crate) fn trade(&self, config: &trade::Config) -> (Arc<dyn trade::store::Store>, Messages) {
        match &self.tables {
            Tables::File(db) => {
                let store = trade::store::sqlite::SqliteStore::new(db.clone(), config);
                let outbox = store.outbox();
                (Arc::new(store), (Arc::new(outbox.clone()), outbox.inbox()))
            }
            Tables::Schema(db) => {
                let outbox = self.outbox(db, Place::Trade, topics::OF_TRADE);
                let store = trade::store::postgres::PgStore::new(
                    db.clone(),
                    outbox.clone(),
                    config,
                    Worker { number: self.worker },
                );
                (Arc::new(store), (Arc::new(outbox.clone()), outbox.inbox()))
            }
        }
    }

    pub(crate) fn pay(&self, config: pay::Config) -> (Arc<dyn pay::store::Store>, Messages) {
        match &self.tables {
            Tables::File(db) => {
                let store = pay::SqliteStore::new(db.clone(), config);
                let outbox = store.outbox().clone();
                (Arc::new(store), (Arc::new(outbox.clone()), outbox.inbox()))
            }
            Tables::Schema(db) => {
                let outbox = self.outbox(db, Place::Pay, topics::OF_PAY);
                let store = pay::store::postgres::PgStore::new(db.clone(), outbox.clone(), config);
                (Arc::new(store), (Arc::new(outbox.clone()), outbox.inbox()))
            }
        }
    }

    fn outbox(&self, db: &postgres::Db, place: Place, topics: &'static [delay::Topic]) -> PgOutbox {
        let worker = Worker { number: self.worker };
        PgOutbox::new(db.clone(), self.clock.clone(), worker, place.name(), topics, &[])
    }
}
