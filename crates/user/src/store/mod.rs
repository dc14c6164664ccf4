//! Where users are kept. Every operation is one transaction.

mod codec;
mod money;
pub mod postgres;
pub mod sqlite;
pub mod transfer;

use api::calls::{Address, RefundRequest, SettleDebit};
use async_trait::async_trait;
use clock::Ms;
use edge::Role;
use engine::{IdempotencyKey, Once, Result};
use model::wallet::Outcome;
use model::{AddressId, AttemptId, Cents, PayOrderId, UserId};
use serde::{Deserialize, Serialize};

use crate::records::{Money, Noted, Record};

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their name, as registered.
    pub username: String,
    /// The stored hash of their password.
    pub password: String,
    /// What they may do.
    pub role: Role,
    /// Frozen accounts neither log in nor pay.
    pub frozen: bool,
    /// What they can spend.
    pub balance: Cents,
    /// When they registered.
    pub created: Ms,
}

/// A user to be written.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub username: String,
    /// The hash of their password.
    pub password: String,
    /// What they may do.
    pub role: Role,
    /// When.
    pub at: Ms,
    /// Which staff user makes the account; `None` for a buyer who registers.
    pub hired_by: Option<UserId>,
}

/// Who changes an account, and why.
#[derive(Clone, Debug)]
pub struct By {
    /// Which staff user; 0 for the program itself.
    pub user: UserId,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Ms,
}

/// What became of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Registered {
    /// The user exists now.
    Created(UserId),
    /// The name is taken.
    NameTaken,
}

/// A password was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed;

/// What became of a credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Credited {
    /// The balance afterwards.
    Balance(Cents),
    /// There is no such user.
    UnknownUser,
    /// The balance would not fit.
    TooLarge,
}

/// A debit whose password was already looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckedDebit {
    /// The attempt.
    pub attempt: AttemptId,
    /// The pay order it is for.
    pub pay_order: PayOrderId,
    /// Whose wallet.
    pub user: UserId,
    /// How much.
    pub amount: Cents,
    /// What the password check came to; `None` if it was right.
    pub refused: Option<model::pay_order::Failure>,
    /// When.
    pub at: Ms,
}

/// What kind of movement an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum EntryKind {
    /// Money came in by staff.
    Credit,
    /// An order was paid.
    Debit,
    /// An order's money came back.
    Refund,
}

/// One movement of money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the wallet, from 1.
    pub seq: i64,
    /// When.
    pub at: Ms,
    /// What kind.
    pub kind: EntryKind,
    /// How much, never negative.
    pub amount: Cents,
    /// The balance afterwards.
    pub balance: Cents,
    /// For which pay order, if for one.
    pub pay_order: Option<PayOrderId>,
    /// Why, in staff's words.
    pub reason: String,
}

/// What became of saving an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Saved {
    /// It is kept under this id.
    As(AddressId),
    /// The user has no such address.
    Unknown,
    /// The user keeps as many as allowed.
    TooMany,
}

/// Where users are kept.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Registers a user.
    async fn register(&self, new: NewUser, key: Option<IdempotencyKey>) -> Result<Once<Registered>>;

    /// The user of this name, in any case.
    async fn by_name(&self, username: &str) -> Result<Option<User>>;

    /// The user of this id.
    async fn by_id(&self, id: UserId) -> Result<Option<User>>;

    /// Users whose name starts with `prefix`, a page of them, and how many there are: at most
    /// [`crate::LISTED_MAX`].
    async fn list(&self, prefix: String, offset: u64, limit: u64) -> Result<(u64, Vec<User>)>;

    /// Replaces a password hash by one of the same password. `false` if it is not `old` any more.
    async fn upgrade_password(&self, id: UserId, old: String, new: String) -> Result<bool>;

    /// Whether `key` has already changed a password; then it is not to be asked for again.
    async fn password_changed(&self, key: &IdempotencyKey) -> Result<Option<Once<Changed>>>;

    /// Changes a password. `None`, which is kept under no key, if the hash is not `old` any more.
    async fn change_password(
        &self,
        id: UserId,
        old: String,
        new: String,
        at: Ms,
        key: Option<IdempotencyKey>,
    ) -> Result<Option<Once<Changed>>>;

    /// Freezes or unfreezes. `false` if there is no such user.
    async fn set_frozen(
        &self,
        id: UserId,
        frozen: bool,
        by: By,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<bool>>;

    /// Puts money in.
    async fn credit(
        &self,
        id: UserId,
        amount: Cents,
        by: By,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Credited>>;

    /// A wallet's entries, newest first, and how many there are.
    async fn entries(&self, user: UserId, offset: u64, limit: u64) -> Result<(u64, Vec<Entry>)>;

    /// How an attempt ended, if it is decided.
    async fn decided(&self, pay_order: PayOrderId, attempt: AttemptId) -> Result<Option<Outcome>>;

    /// Decides a debit; one decided before is answered as it was.
    async fn debit(&self, debit: CheckedDebit) -> Result<Outcome>;

    /// Decides attempts for good: those nobody saw are voided.
    async fn settle_debits(&self, attempts: Vec<SettleDebit>, at: Ms) -> Result<Vec<Outcome>>;

    /// Gives money back, once per pay order, and never more than was debited for it.
    async fn refund(&self, refunds: Vec<RefundRequest>, at: Ms) -> Result<()>;

    /// A user's addresses.
    async fn addresses(&self, user: UserId) -> Result<Vec<Address>>;

    /// Keeps a new address; its id is in it.
    async fn add_address(
        &self,
        user: UserId,
        address: Address,
        max: usize,
        at: Ms,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Saved>>;

    /// Changes an address.
    async fn change_address(
        &self,
        user: UserId,
        address: Address,
        at: Ms,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Saved>>;

    /// Deletes an address. `false` if the user has no such address.
    async fn delete_address(
        &self,
        user: UserId,
        id: AddressId,
        at: Ms,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<bool>>;

    /// What staff did, newest first, with a number below `before`.
    async fn records(&self, before: i64, limit: u64) -> Result<Vec<Record>>;

    /// Writes down what an operator is about to do.
    async fn note(&self, action: String, by: By, key: Option<IdempotencyKey>) -> Result<Once<Noted>>;

    /// How the attempts at a pay order were decided, and what went back.
    async fn money(&self, pay_order: PayOrderId) -> Result<Money>;

    /// Forgets some idempotency keys past their age; answers how many.
    async fn expire_keys(&self, now: Ms) -> Result<usize>;
}
