//! A cart over the real embedded engine, beside a shelf that plays `item`.
#![expect(dead_code, reason = "each test program uses its part of the support")]
#![expect(clippy::unwrap_used, reason = "a test may fail here like anywhere else")]

use std::collections::BTreeMap;
use std::sync::Arc;

use api::calls::{HoldAnswer, HoldRequest, Items, Quote, SettleAnswer, SettleRequest};
use api::{Answer, NoAnswer};
use async_trait::async_trait;
use axum::Router;
use cart::store::postgres::{self, PgStore};
use cart::store::{MIGRATIONS, SqliteStore, Store};
use cart::{Config, Parts, Service, routes};
use clock::{IdGen, ManualClock, Ms};
use delay::{Bus, EmbeddedBus, Handler};
use edge::Role;
use edge::testing::{Sent, call, principal};
use engine::sqlite::{Db, Options};
use engine::testing::{PgDatabase, TestEngine, test_name};
use http::{Method, StatusCode};
use model::{Cents, ItemId};
use parking_lot::Mutex;
use serde_json::Value;

pub(crate) const NOON: Ms = Ms(1_772_366_400_000);
pub(crate) const JACK: u64 = 1;
pub(crate) const ROSE: u64 = 2;

/// What `item` would answer; `None` while it is away. Another service, so it cannot be linked here.
pub(crate) struct Shelf(Mutex<Option<BTreeMap<ItemId, Quote>>>);

impl Shelf {
    pub(crate) fn put(&self, id: u64, price: i64, status: u8) {
        let quote = Quote {
            id: ItemId(id),
            name: format!("item {id}"),
            price: Cents(price),
            image: format!("/{id}.png"),
            spec: None,
            status,
            stock: 7,
            version: 1,
        };
        self.0.lock().get_or_insert_default().insert(ItemId(id), quote);
    }

    pub(crate) fn remove(&self, id: u64) {
        self.0.lock().get_or_insert_default().remove(&ItemId(id));
    }

    /// `item` goes away.
    pub(crate) fn leave(&self) {
        *self.0.lock() = None;
    }
}

#[async_trait]
impl Items for Shelf {
    async fn quote(&self, ids: &[ItemId]) -> Answer<Vec<Quote>> {
        let shelf = self.0.lock();
        let shelf = shelf.as_ref().ok_or_else(|| NoAnswer::from("item", "away"))?;
        Ok(ids.iter().filter_map(|id| shelf.get(id).cloned()).collect())
    }

    async fn hold(&self, _: Vec<HoldRequest>) -> Answer<Vec<HoldAnswer>> {
        Err(NoAnswer::from("item", "the cart holds nothing"))
    }

    async fn settle(&self, _: Vec<SettleRequest>) -> Answer<Vec<SettleAnswer>> {
        Err(NoAnswer::from("item", "the cart settles nothing"))
    }
}

pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) service: Service,
    pub(crate) router: Router,
    pub(crate) handler: Arc<dyn Handler>,
    pub(crate) database: Option<PgDatabase>,
    _dir: Option<tempfile::TempDir>,
}

/// How many rows a cart may have.
pub(crate) const ROWS_MAX: usize = 3;

/// A cart of at most three rows; items 1 … 4 cost ten times their number and are on sale. `None` without a server to
/// test with.
pub(crate) async fn world() -> Option<World> {
    world_on(TestEngine::chosen()).await
}

pub(crate) async fn world_on(engine: TestEngine) -> Option<World> {
    match engine {
        TestEngine::Sqlite => {
            let dir = tempfile::tempdir().unwrap();
            let db = Db::open(&dir.path().join("t.db"), Options::for_tests(), &[MIGRATIONS]).unwrap();
            Some(world_over(Arc::new(SqliteStore::new(db, ROWS_MAX)), None, Some(dir)))
        }
        TestEngine::Postgres => {
            let database = PgDatabase::create(&test_name()).await?;
            let db = database.db("cart");
            db.migrate(&postgres::MIGRATIONS).await.unwrap();
            Some(world_over(Arc::new(PgStore::new(db, ROWS_MAX)), Some(database), None))
        }
    }
}

fn world_over(store: Arc<dyn Store>, database: Option<PgDatabase>, dir: Option<tempfile::TempDir>) -> World {
    let clock = ManualClock::at(NOON);
    let shelf = Arc::new(Shelf(Mutex::default()));
    (1..=4).for_each(|id| shelf.put(id, 10 * i64::try_from(id).unwrap(), 1));
    let config = Config { rows_max: ROWS_MAX, ..Config::default() };
    let service = Service::new(Parts {
        store,
        items: shelf.clone(),
        clock: Arc::new(clock.clone()),
        ids: Arc::new(IdGen::new(1)),
        config,
    });
    let bus = EmbeddedBus::default();
    service.subscribe(&bus);
    let handler = bus.outlet(api::topics::ORDER_CREATED.code).unwrap();
    let (router, _) = routes(service.clone()).split_for_parts();
    World { clock, shelf, service, router, handler, database, _dir: dir }
}

impl World {
    pub(crate) async fn send(
        &self,
        user: u64,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        self.send_keyed(user, method, path, body, None).await
    }

    pub(crate) async fn send_keyed(
        &self,
        user: u64,
        method: Method,
        path: &str,
        body: Option<Value>,
        key: Option<&str>,
    ) -> (StatusCode, Value) {
        let caller = Some(principal(user, Role::Buyer));
        call(&self.router, Sent { method, path, caller, key, body }).await
    }

    /// Puts one of `item` in, which must succeed.
    pub(crate) async fn add(&self, user: u64, item: u64) {
        let (status, body) = self.try_add(user, item).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(body, Value::Null);
    }

    pub(crate) async fn try_add(&self, user: u64, item: u64) -> (StatusCode, Value) {
        self.send(user, Method::POST, "/carts", Some(serde_json::json!({ "itemId": item.to_string() }))).await
    }

    /// The user's rows as the client sees them.
    pub(crate) async fn rows(&self, user: u64) -> Vec<Value> {
        let (status, body) = self.send(user, Method::GET, "/carts", None).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body.as_array().unwrap().clone()
    }

    /// The user's items and their numbers, newest first.
    pub(crate) async fn nums(&self, user: u64) -> Vec<(String, u64)> {
        let read = |row: &Value| (row["itemId"].as_str().unwrap().to_owned(), row["num"].as_u64().unwrap());
        self.rows(user).await.iter().map(read).collect()
    }
}
