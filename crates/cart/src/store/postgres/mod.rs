//! The cart on PostgreSQL.
//!
//! A cart has no row of its own, only those of its items, which may not be there yet. So whoever changes a cart takes
//! an advisory lock that stands for its user, until the transaction ends; then it reads the cart's few rows, decides in
//! memory, and writes each changed row once.

mod carts;

use async_trait::async_trait;
use clock::Ms;
use engine::postgres::{Batch, Batcher, Db, Keys, Tx};
use engine::{Keeps, Migrations, Once, Result};
use model::UserId;

use self::carts::Carts;
use super::{Clear, Command, Row, Store};
use crate::rules::Outcome;

/// The cart's tables.
pub const MIGRATIONS: Migrations = Migrations {
    service: "cart",
    keeps: &[Keeps::Inbox, Keeps::Keys],
    steps: &[include_str!("../../../migrations/postgres/001_cart.sql")],
};

/// How many transactions of each kind may run at once.
const LANES: usize = 2;

/// The cart's storage in a schema that has [`MIGRATIONS`]. Clones share it.
#[derive(Clone)]
pub struct PgStore {
    db: Db,
    keys: Keys,
    changes: Batcher<ChangeAll>,
    clears: Batcher<ClearAll>,
}

impl PgStore {
    /// Over `db`, with carts of at most `rows_max` rows. Must be called within a runtime.
    pub fn new(db: Db, rows_max: usize) -> Self {
        let keys = Keys::new(MIGRATIONS.service);
        let changes = ChangeAll { keys: keys.clone(), rows_max };
        Self {
            changes: Batcher::start(&db, changes, LANES),
            clears: Batcher::start(&db, ClearAll, LANES),
            db,
            keys,
        }
    }
}

#[async_trait]
impl Store for PgStore {
    async fn change(&self, command: Command) -> Result<Once<Outcome>> {
        self.changes.submit(command).await
    }

    async fn rows(&self, user: UserId) -> Result<Vec<Row>> {
        carts::rows(&self.db.conn().await?, user).await
    }

    async fn clear(&self, clears: Vec<Clear>) -> Result<usize> {
        Ok(self.clears.submit_all(clears).await?.into_iter().sum())
    }

    async fn expire_keys(&self, now: Ms, limit: usize) -> Result<usize> {
        self.keys.expire(&self.db, now, limit).await
    }
}

/// Makes changes, each at most once per idempotency key.
struct ChangeAll {
    keys: Keys,
    rows_max: usize,
}

#[async_trait]
impl Batch for ChangeAll {
    type Request = Command;
    type Answer = Once<Outcome>;

    async fn run(&self, tx: &mut Tx<'_>, commands: &[Command]) -> Result<Vec<Once<Outcome>>> {
        let mut keys = self.keys.load(tx, commands.iter().map(|command| command.key.as_ref())).await?;
        let mut carts = Carts::lock(tx, commands.iter().map(|command| command.user)).await?;
        let made = commands.iter().map(|command| {
            let change = || Ok(carts.change(command, self.rows_max));
            keys.once(command.key.as_ref(), command.at, change)
        });
        let answers = made.collect::<Result<_>>()?;
        carts.save(tx);
        self.keys.save(tx, keys);
        Ok(answers)
    }
}

/// Clears carts; answers for each how many rows left.
struct ClearAll;

#[async_trait]
impl Batch for ClearAll {
    type Request = Clear;
    type Answer = usize;

    async fn run(&self, tx: &mut Tx<'_>, clears: &[Clear]) -> Result<Vec<usize>> {
        let mut carts = Carts::lock(tx, clears.iter().map(|clear| clear.user)).await?;
        let left = clears.iter().map(|clear| carts.clear(clear)).collect();
        carts.save(tx);
        Ok(left)
    }
}
