//! The user service on a fresh database, with the demo's users in it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use api::calls::{Debit, RefundRequest, SettleDebit, Users};
use audit::facts::{MoneyFact, WalletEntryFact, WalletFact};
use auth::password::{Cost, Options, Password, PasswordChecker, Salt, Threads};
use auth::token::{KeyUse, Signer, Verifier};
use clock::{IdGen, ManualClock, Ms};
use edge::testing::{Sent, call, principal};
use edge::{FingerprintKey, Role};
use engine::IdempotencyKey;
use engine::sqlite::Db;
use engine::testing::{Gate, PgDatabase, Tables, TestEngine, test_name};
use http::{Method, StatusCode};
use model::wallet::Outcome;
use model::{AttemptId, Cents, PayOrderId, UserId};
use serde_json::Value;
use tempfile::TempDir;
use user::store::postgres::{self, PgStore};
use user::store::sqlite::{MIGRATIONS, SqliteStore};
use user::store::{By, Entry, Store};
use user::{Config, DEMO_PASSWORD, Parts, Service, facts};

pub(crate) const START: Ms = Ms(1_772_366_400_000);
pub(crate) const JACK: UserId = UserId(1);
pub(crate) const ROSE: UserId = UserId(2);
pub(crate) const ADMIN: UserId = UserId(1_000);
/// What the demo's buyers own.
pub(crate) const RICH: Cents = Cents(1_000_000);
pub(crate) const ORDER: PayOrderId = PayOrderId(9_001);
pub(crate) const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
pub(crate) const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));
/// bcrypt of [`DEMO_PASSWORD`], as another program stored it.
pub(crate) const BCRYPT: &str = "$2a$04$abcdefghijklmnopqrstuuykcD0PB2tNYrXiPLvl4pFe9.8eaT62G";

const SEED: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";

pub(crate) struct World {
    pub(crate) service: Service,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: ManualClock,
    pub(crate) passwords: PasswordChecker,
    pub(crate) verifier: Verifier,
    pub(crate) tables: Tables,
    _dir: Option<TempDir>,
}

/// A store on a fresh database, the tables under it, and the directory they may be in.
type Ground = (Arc<dyn Store>, Tables, Option<TempDir>);

async fn ground(engine: TestEngine, options: engine::sqlite::Options) -> Option<Ground> {
    match engine {
        TestEngine::Sqlite => {
            let dir = TempDir::new().unwrap();
            let path = dir.path().join("t.db");
            let db = Db::open(&path, options, &[MIGRATIONS]).unwrap();
            Some((Arc::new(SqliteStore::new(db.clone())), Tables::Sqlite(db, path), Some(dir)))
        }
        TestEngine::Postgres => {
            let database = PgDatabase::create(&test_name()).await?;
            let db = database.db("user");
            db.migrate(&postgres::MIGRATIONS).await.unwrap();
            let tables = Tables::Postgres(db.clone(), Box::new(database));
            Some((Arc::new(PgStore::new(db)), tables, None))
        }
    }
}

impl World {
    /// Jack and Rose are rich, and admin is staff. `None` without a server to test with.
    pub(crate) async fn new() -> Option<Self> {
        Self::empty().await?.seeded().await
    }

    /// Nobody has registered yet.
    pub(crate) async fn empty() -> Option<Self> {
        Self::hashing(Threads::Inline, 256).await
    }

    /// Where writes that arrive together share a commit.
    pub(crate) async fn grouped() -> Option<Self> {
        let options = engine::sqlite::Options { inline: false, ..engine::sqlite::Options::for_tests() };
        let ground = ground(TestEngine::chosen(), options).await?;
        Self::on(ground, Threads::Inline, 256).seeded().await
    }

    /// Seeded, on PostgreSQL, whatever is tested otherwise.
    pub(crate) async fn on_postgres() -> Option<Self> {
        let ground = ground(TestEngine::Postgres, engine::sqlite::Options::for_tests()).await?;
        Self::on(ground, Threads::Inline, 256).seeded().await
    }

    /// Passwords are hashed on `threads`, and so many may wait beyond those that run.
    pub(crate) async fn hashing(threads: Threads, waiting_max: usize) -> Option<Self> {
        let ground = ground(TestEngine::chosen(), engine::sqlite::Options::for_tests()).await?;
        Some(Self::on(ground, threads, waiting_max))
    }

    async fn seeded(self) -> Option<Self> {
        self.service.seed_demo(Password::new("admin's own")).await.unwrap();
        Some(self)
    }

    fn on((store, tables, dir): Ground, threads: Threads, waiting_max: usize) -> Self {
        let clock = ManualClock::at(START);
        let options = Options { cost: Cost::for_tests(), threads, waiting_max, ..Options::default() };
        let passwords = PasswordChecker::new(options, &[3; 32]).unwrap();
        let signer = Signer::from_pem_or_seed(SEED, "user", KeyUse::Users).unwrap();
        let verifier = Verifier::new([signer.public().clone()]).unwrap();
        let service = Service::new(Parts {
            store: store.clone(),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(IdGen::new(1)),
            passwords: passwords.clone(),
            salt: Arc::new(|| Salt([5; 16])),
            signer: Arc::new(signer),
            config: Config { addresses_max: 3, ..Config::default() },
        });
        Self { service, store, clock, passwords, verifier, tables, _dir: dir }
    }

    pub(crate) async fn debit(&self, attempt: u64, pay_order: PayOrderId, amount: i64) -> Outcome {
        self.debit_with(debit(attempt, pay_order, amount)).await
    }

    pub(crate) async fn debit_with(&self, debit: Debit) -> Outcome {
        self.service.debit(debit).await.unwrap()
    }

    pub(crate) async fn settle(&self, attempt: u64, pay_order: PayOrderId) -> Outcome {
        let settle = SettleDebit { attempt: AttemptId(attempt), pay_order, user: JACK };
        self.service.settle_debits(vec![settle]).await.unwrap()[0]
    }

    pub(crate) async fn refund(&self, pay_order: PayOrderId, amount: i64) {
        let refund = RefundRequest { pay_order, user: JACK, amount: Cents(amount) };
        self.service.refund(vec![refund]).await.unwrap();
    }

    pub(crate) async fn balance(&self, user: UserId) -> Cents {
        self.store.by_id(user).await.unwrap().unwrap().balance
    }

    /// All entries of a wallet, newest first.
    pub(crate) async fn entries(&self, user: UserId) -> Vec<Entry> {
        self.store.entries(user, 0, 1_000).await.unwrap().1
    }

    pub(crate) async fn hash_of(&self, user: UserId) -> String {
        self.store.by_id(user).await.unwrap().unwrap().password
    }

    pub(crate) async fn set_hash(&self, user: UserId, hash: &str) {
        assert!(self.store.upgrade_password(user, self.hash_of(user).await, hash.to_owned()).await.unwrap());
    }

    pub(crate) async fn set_password(&self, user: UserId, password: &str) {
        let hash = self.passwords.hash(Password::new(password), Salt([6; 16])).await.unwrap();
        self.set_hash(user, &hash).await;
    }

    /// Credits a wallet until no more goes in.
    pub(crate) async fn fill(&self, user: UserId) {
        for amount in (0..=12).rev().map(|digits| Cents(10_i64.pow(digits))) {
            let by = || By { user: ADMIN, reason: "a test".into(), at: START };
            while self.service.credit(user, amount, by(), None).await.is_ok() {}
        }
    }

    pub(crate) async fn freeze(&self, user: UserId, frozen: bool) {
        let by = By { user: ADMIN, reason: "a test".into(), at: START };
        self.service.set_frozen(user, frozen, by, None).await.unwrap();
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.tables.count(sql).await
    }

    /// The storage as another process of the service has it.
    pub(crate) fn replica(&self) -> PgStore {
        PgStore::new(self.database().db("user"))
    }

    /// Holds up others by the locks that `sql` takes.
    pub(crate) async fn gate(&self, sql: &str) -> Gate {
        self.database().gate("user", sql).await
    }

    fn database(&self) -> &PgDatabase {
        match &self.tables {
            Tables::Postgres(_, database) => database,
            Tables::Sqlite(..) => panic!("there is one process on the embedded engine"),
        }
    }

    /// What the auditor is told: wallets, entries, money.
    pub(crate) async fn facts(&self) -> (Vec<WalletFact>, Vec<WalletEntryFact>, Vec<MoneyFact>) {
        let (user, pay_order) = (UserId(0), PayOrderId(0));
        match &self.tables {
            Tables::Sqlite(db, _) => (
                db.read(|connection| facts::wallets(connection, user, 100)).unwrap(),
                db.read(|connection| facts::entries(connection, (user, 0), 100)).unwrap(),
                db.read(|connection| facts::money(connection, (pay_order, 0), 100)).unwrap(),
            ),
            Tables::Postgres(_, database) => {
                let conn = database.db("public").conn().await.unwrap();
                (
                    facts::postgres::wallets(&conn, user, 100).await.unwrap(),
                    facts::postgres::entries(&conn, (user, 0), 100).await.unwrap(),
                    facts::postgres::money(&conn, (pay_order, 0), 100).await.unwrap(),
                )
            }
        }
    }

    /// The routes, as the shell would call them.
    pub(crate) fn router(&self) -> axum::Router {
        let (router, _) = user::routes(self.service.clone()).split_for_parts();
        router.layer(axum::Extension(FingerprintKey([7; 32])))
    }

    /// Calls a route as `caller`, a user's id and role.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        caller: Option<(UserId, Role)>,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        self.send_once(method, path, caller, None, body).await
    }

    /// The same under an idempotency key.
    pub(crate) async fn send_once(
        &self,
        method: Method,
        path: &str,
        caller: Option<(UserId, Role)>,
        key: Option<&str>,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let caller = caller.map(|(user, role)| principal(user.0, role));
        call(&self.router(), Sent { method, path, caller, key, body }).await
    }
}

/// Jack pays from home, with the right password.
pub(crate) fn debit(attempt: u64, pay_order: PayOrderId, amount: i64) -> Debit {
    Debit {
        attempt: AttemptId(attempt),
        pay_order,
        user: JACK,
        amount: Cents(amount),
        password: DEMO_PASSWORD.into(),
        from: HOME,
    }
}

/// A key sent with `body`.
pub(crate) fn key(name: &str, body: u8) -> IdempotencyKey {
    IdempotencyKey { owner: ADMIN.0, key: name.into(), fingerprint: [body; 16] }
}

pub(crate) const BUYER: Option<(UserId, Role)> = Some((JACK, Role::Buyer));
pub(crate) const STAFF: Option<(UserId, Role)> = Some((ADMIN, Role::Staff));
pub(crate) const SERVICE: Option<(UserId, Role)> = Some((UserId(0), Role::Service));
