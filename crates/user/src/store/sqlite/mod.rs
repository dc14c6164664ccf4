//! Users in the embedded engine.

mod addresses;
mod records;
mod users;
mod wallet;

use api::calls::{Address, RefundRequest, SettleDebit};
use async_trait::async_trait;
use clock::Ms;
use engine::sqlite::{Db, Keeps, Keys, Migrations};
use engine::{IdempotencyKey, Once, Result};
use model::wallet::Outcome;
use model::{AddressId, AttemptId, Cents, PayOrderId, UserId};

use crate::records::{Money, Noted, Record};

use super::{By, Changed, CheckedDebit, Credited, Entry, NewUser, Registered, Saved, Store, User};

/// The tables of `user`.
pub const MIGRATIONS: Migrations = Migrations {
    service: "user",
    keeps: &[Keeps::Keys],
    steps: &[include_str!("../../../migrations/sqlite/001_users.sql")],
};

/// How many old keys are forgotten at once.
const EXPIRE_PAGE: usize = 1_000;

/// Users in the embedded engine. Clones share it.
#[derive(Clone)]
pub struct SqliteStore {
    db: Db,
    keys: Keys,
}

impl SqliteStore {
    /// The store over `db`, whose migrations must include [`MIGRATIONS`].
    pub fn new(db: Db) -> Self {
        Self { db, keys: Keys::new("user") }
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn register(&self, new: NewUser, key: Option<IdempotencyKey>) -> Result<Once<Registered>> {
        let keys = self.keys.clone();
        self.db.write(move |tx| keys.once(tx, key.as_ref(), new.at, |tx| users::register(tx, &new))).await
    }

    async fn by_name(&self, username: &str) -> Result<Option<User>> {
        self.db.read(|connection| users::by_name(connection, username))
    }

    async fn by_id(&self, id: UserId) -> Result<Option<User>> {
        self.db.read(|connection| users::by_id(connection, id))
    }

    async fn list(&self, prefix: String, offset: u64, limit: u64) -> Result<(u64, Vec<User>)> {
        self.db.scan(move |connection| users::list(connection, &prefix, offset, limit)).await
    }

    async fn upgrade_password(&self, id: UserId, old: String, new: String) -> Result<bool> {
        self.db.write(move |tx| users::set_password(tx, id, &old, &new)).await
    }

    async fn password_changed(&self, key: &IdempotencyKey) -> Result<Option<Once<Changed>>> {
        self.db.read(|connection| self.keys.find(connection, key))
    }

    async fn change_password(
        &self,
        id: UserId,
        old: String,
        new: String,
        at: Ms,
        key: Option<IdempotencyKey>,
    ) -> Result<Option<Once<Changed>>> {
        let keys = self.keys.clone();
        let work = move |tx: &mut engine::sqlite::Tx<'_>| {
            if let Some(known) = key.as_ref().map(|key| keys.find(tx, key)).transpose()?.flatten() {
                return Ok(Some(known));
            }
            if !users::set_password(tx, id, &old, &new)? {
                return Ok(None);
            }
            keys.once(tx, key.as_ref(), at, |_| Ok(Changed)).map(Some)
        };
        self.db.write(work).await
    }

    async fn set_frozen(
        &self,
        id: UserId,
        frozen: bool,
        by: By,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<bool>> {
        let keys = self.keys.clone();
        let work = move |tx: &mut engine::sqlite::Tx<'_>| {
            keys.once(tx, key.as_ref(), by.at, |tx| users::set_frozen(tx, id, frozen, &by))
        };
        self.db.write(work).await
    }

    async fn credit(
        &self,
        id: UserId,
        amount: Cents,
        by: By,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Credited>> {
        let keys = self.keys.clone();
        let work = move |tx: &mut engine::sqlite::Tx<'_>| {
            keys.once(tx, key.as_ref(), by.at, |tx| wallet::credit(tx, id, amount, &by))
        };
        self.db.write(work).await
    }

    async fn entries(&self, user: UserId, offset: u64, limit: u64) -> Result<(u64, Vec<Entry>)> {
        self.db.scan(move |connection| wallet::entries(connection, user, offset, limit)).await
    }

    async fn decided(&self, pay_order: PayOrderId, attempt: AttemptId) -> Result<Option<Outcome>> {
        self.db.read(|connection| wallet::decided(connection, pay_order, attempt))
    }

    async fn debit(&self, debit: CheckedDebit) -> Result<Outcome> {
        self.db.write(move |tx| wallet::debit(tx, &debit)).await
    }

    async fn settle_debits(&self, attempts: Vec<SettleDebit>, at: Ms) -> Result<Vec<Outcome>> {
        let work = move |tx: &mut engine::sqlite::Tx<'_>| {
            attempts.iter().map(|attempt| wallet::settle(tx, attempt, at)).collect()
        };
        self.db.write(work).await
    }

    async fn refund(&self, refunds: Vec<RefundRequest>, at: Ms) -> Result<()> {
        let work = move |tx: &mut engine::sqlite::Tx<'_>| {
            refunds.iter().try_for_each(|refund| wallet::refund(tx, refund, at))
        };
        self.db.write(work).await
    }

    async fn addresses(&self, user: UserId) -> Result<Vec<Address>> {
        self.db.read(|connection| addresses::list(connection, user))
    }

    async fn add_address(
        &self,
        user: UserId,
        address: Address,
        max: usize,
        at: Ms,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Saved>> {
        let keys = self.keys.clone();
        let work = move |tx: &mut engine::sqlite::Tx<'_>| {
            keys.once(tx, key.as_ref(), at, |tx| addresses::add(tx, user, &address, max))
        };
        self.db.write(work).await
    }

    async fn change_address(
        &self,
        user: UserId,
        address: Address,
        at: Ms,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Saved>> {
        let keys = self.keys.clone();
        let work = move |tx: &mut engine::sqlite::Tx<'_>| {
            keys.once(tx, key.as_ref(), at, |tx| addresses::change(tx, user, &address))
        };
        self.db.write(work).await
    }

    async fn delete_address(
        &self,
        user: UserId,
        id: AddressId,
        at: Ms,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<bool>> {
        let keys = self.keys.clone();
        let work = move |tx: &mut engine::sqlite::Tx<'_>| {
            keys.once(tx, key.as_ref(), at, |tx| addresses::delete(tx, user, id))
        };
        self.db.write(work).await
    }

    async fn records(&self, before: i64, limit: u64) -> Result<Vec<Record>> {
        self.db.scan(move |connection| records::page(connection, before, limit)).await
    }

    async fn note(&self, action: String, by: By, key: Option<IdempotencyKey>) -> Result<Once<Noted>> {
        let keys = self.keys.clone();
        let work = move |tx: &mut engine::sqlite::Tx<'_>| {
            keys.once(tx, key.as_ref(), by.at, |tx| {
                users::record(tx, UserId(0), &action, &by).map(|()| Noted)
            })
        };
        self.db.write(work).await
    }

    async fn money(&self, pay_order: PayOrderId) -> Result<Money> {
        self.db.scan(move |connection| records::money(connection, pay_order)).await
    }

    async fn expire_keys(&self, now: Ms) -> Result<usize> {
        let keys = self.keys.clone();
        self.db.write(move |tx| keys.expire(tx, now, EXPIRE_PAGE)).await
    }
}
