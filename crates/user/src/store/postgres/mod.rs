//! Users on PostgreSQL.
//!
//! Money moves under the lock of its user's row: a transaction locks the users it may charge or pay, in the order of
//! their ids, then reads debits and refunds, which are written once and never changed. What no user's row orders (two
//! debits for one pay order, a debit and the void of its attempt) meets on a unique key, and who comes second is run
//! again and finds the other. Rare operations on accounts run alone and write as they go.

mod accounts;
mod addresses;
mod debits;
mod reads;
mod records;
mod settle;
mod staff;
mod wallets;

use api::calls::{Address, RefundRequest, SettleDebit};
use async_trait::async_trait;
use clock::Ms;
use engine::postgres::{Batch, Batcher, Db, KeyBook, Keys};
use engine::{Error, IdempotencyKey, Keeps, Migrations, Once, Result};
use model::wallet::Outcome;
use model::{AddressId, AttemptId, Cents, PayOrderId, UserId};
use serde::de::DeserializeOwned;

use self::accounts::{PasswordChange, PasswordChanges, Registrations};
use self::addresses::{AddressChange, AddressChanges, Removal, Removals};
use self::debits::{DebitAll, RefundAll};
use self::records::{Note, Notes};
use self::settle::SettleAll;
use self::staff::{Credit, Credits, Freeze, Freezes};
use crate::records::{Money, Noted, Record};

use super::{By, Changed, CheckedDebit, Credited, Entry, NewUser, Registered, Saved, Store, User};

/// The tables of `user`.
pub const MIGRATIONS: Migrations = Migrations {
    service: "user",
    keeps: &[Keeps::Keys],
    steps: &[include_str!("../../../migrations/postgres/001_users.sql")],
};

/// How many transactions of each frequent kind may run at once.
const LANES: usize = 2;
/// How many old keys are forgotten at once.
const EXPIRE_PAGE: usize = 1_000;

/// Users on PostgreSQL. Clones share it.
#[derive(Clone)]
pub struct PgStore {
    db: Db,
    keys: Keys,
    debits: Batcher<DebitAll>,
    settlements: Batcher<SettleAll>,
    refunds: Batcher<RefundAll>,
}

impl PgStore {
    /// The store over `db`, which has [`MIGRATIONS`]. Must be called within a runtime.
    pub fn new(db: Db) -> Self {
        Self {
            debits: Batcher::start(&db, DebitAll, LANES),
            settlements: Batcher::start(&db, SettleAll, LANES),
            refunds: Batcher::start(&db, RefundAll, 1),
            keys: Keys::new(MIGRATIONS.service),
            db,
        }
    }

    /// Runs one request alone.
    async fn alone<B: Batch>(&self, batch: B, request: B::Request) -> Result<B::Answer> {
        self.db.run(&batch, &[request]).await?.pop().ok_or(Error::Broken)
    }
}

/// What came of a request under its key before.
fn known<T: DeserializeOwned>(keys: &KeyBook, key: Option<&IdempotencyKey>) -> Result<Option<Once<T>>> {
    key.map_or(Ok(None), |key| keys.find(key))
}

#[async_trait]
impl Store for PgStore {
    async fn register(&self, new: NewUser, key: Option<IdempotencyKey>) -> Result<Once<Registered>> {
        self.alone(Registrations(self.keys.clone()), (new, key)).await
    }

    async fn by_name(&self, username: &str) -> Result<Option<User>> {
        reads::by_name(&self.db.conn().await?, username).await
    }

    async fn by_id(&self, id: UserId) -> Result<Option<User>> {
        reads::by_id(&self.db.conn().await?, id).await
    }

    async fn list(&self, prefix: String, offset: u64, limit: u64) -> Result<(u64, Vec<User>)> {
        reads::list(&self.db.conn().await?, &prefix, offset, limit).await
    }

    async fn upgrade_password(&self, id: UserId, old: String, new: String) -> Result<bool> {
        let conn = self.db.conn().await?;
        Ok(conn.execute(accounts::SET_PASSWORD, &[&id.as_i64(), &old, &new]).await? == 1)
    }

    async fn password_changed(&self, key: &IdempotencyKey) -> Result<Option<Once<Changed>>> {
        self.keys.find(&self.db.conn().await?, key).await
    }

    async fn change_password(
        &self,
        id: UserId,
        old: String,
        new: String,
        at: Ms,
        key: Option<IdempotencyKey>,
    ) -> Result<Option<Once<Changed>>> {
        let change = PasswordChange { id, old, new, at, key };
        self.alone(PasswordChanges(self.keys.clone()), change).await
    }

    async fn set_frozen(
        &self,
        id: UserId,
        frozen: bool,
        by: By,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<bool>> {
        self.alone(Freezes(self.keys.clone()), Freeze { id, frozen, by, key }).await
    }

    async fn credit(
        &self,
        id: UserId,
        amount: Cents,
        by: By,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Credited>> {
        self.alone(Credits(self.keys.clone()), Credit { id, amount, by, key }).await
    }

    async fn entries(&self, user: UserId, offset: u64, limit: u64) -> Result<(u64, Vec<Entry>)> {
        reads::entries(&self.db.conn().await?, user, offset, limit).await
    }

    async fn decided(&self, pay_order: PayOrderId, attempt: AttemptId) -> Result<Option<Outcome>> {
        reads::decided(&self.db.conn().await?, pay_order, attempt).await
    }

    async fn debit(&self, debit: CheckedDebit) -> Result<Outcome> {
        self.debits.submit(debit).await
    }

    async fn settle_debits(&self, attempts: Vec<SettleDebit>, at: Ms) -> Result<Vec<Outcome>> {
        self.settlements.submit_all(attempts.into_iter().map(|attempt| (attempt, at)).collect()).await
    }

    async fn refund(&self, refunds: Vec<RefundRequest>, at: Ms) -> Result<()> {
        let refunds = refunds.into_iter().map(|refund| (refund, at));
        self.refunds.submit_all(refunds.collect()).await.map(drop)
    }

    async fn addresses(&self, user: UserId) -> Result<Vec<Address>> {
        addresses::list(&self.db.conn().await?, user).await
    }

    async fn add_address(
        &self,
        user: UserId,
        address: Address,
        max: usize,
        at: Ms,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Saved>> {
        let change = AddressChange { user, address, max: Some(max), at, key };
        self.alone(AddressChanges(self.keys.clone()), change).await
    }

    async fn change_address(
        &self,
        user: UserId,
        address: Address,
        at: Ms,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Saved>> {
        let change = AddressChange { user, address, max: None, at, key };
        self.alone(AddressChanges(self.keys.clone()), change).await
    }

    async fn delete_address(
        &self,
        user: UserId,
        id: AddressId,
        at: Ms,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<bool>> {
        self.alone(Removals(self.keys.clone()), Removal { user, id, at, key }).await
    }

    async fn records(&self, before: i64, limit: u64) -> Result<Vec<Record>> {
        records::page(&self.db.conn().await?, before, limit).await
    }

    async fn note(&self, action: String, by: By, key: Option<IdempotencyKey>) -> Result<Once<Noted>> {
        self.alone(Notes(self.keys.clone()), Note { action, by, key }).await
    }

    async fn money(&self, pay_order: PayOrderId) -> Result<Money> {
        records::money(&self.db.conn().await?, pay_order).await
    }

    async fn expire_keys(&self, now: Ms) -> Result<usize> {
        self.keys.expire(&self.db, now, EXPIRE_PAGE).await
    }
}
