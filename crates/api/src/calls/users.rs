//! What other services ask of `user`.

use std::net::IpAddr;

use async_trait::async_trait;
use model::{AddressId, AttemptId, Cents, PayOrderId, UserId, wallet::Outcome};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Answer;

/// A delivery address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Address {
    /// Its id.
    #[schema(value_type = String)]
    pub id: AddressId,
    /// Province.
    pub province: String,
    /// City.
    pub city: String,
    /// Town or district.
    pub town: String,
    /// Telephone number.
    pub mobile: String,
    /// Street and number.
    pub street: String,
    /// Who receives the parcel.
    pub contact: String,
    /// Whether it is the user's default.
    pub is_default: bool,
    /// Further remarks.
    pub notes: String,
}

/// Take money from a wallet.
#[derive(Clone)]
pub struct Debit {
    /// The attempt; the debit is keyed by it.
    pub attempt: AttemptId,
    /// The pay order it is for: at most one live debit each.
    pub pay_order: PayOrderId,
    /// Whose wallet.
    pub user: UserId,
    /// How much.
    pub amount: Cents,
    /// The payer's password, in clear. Never logged, never stored: the type has no `Debug`.
    pub password: String,
    /// Where the payer's request came from: wrong passwords are limited per user and address.
    pub from: IpAddr,
}

/// Decide a debit whose outcome is not known, without a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SettleDebit {
    /// The attempt.
    #[serde(rename = "attemptId")]
    #[schema(value_type = String)]
    pub attempt: AttemptId,
    /// The pay order it is for.
    #[serde(rename = "payOrderNo")]
    #[schema(value_type = String)]
    pub pay_order: PayOrderId,
    /// Whose wallet.
    #[serde(rename = "userId")]
    #[schema(value_type = String)]
    pub user: UserId,
}

/// Give money back to a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefundRequest {
    /// The pay order whose debit is given back: at most once.
    #[serde(rename = "payOrderNo")]
    #[schema(value_type = String)]
    pub pay_order: PayOrderId,
    /// Whose wallet.
    #[serde(rename = "userId")]
    #[schema(value_type = String)]
    pub user: UserId,
    /// How much, in cents.
    #[schema(value_type = i64)]
    pub amount: Cents,
}

/// `user` as other services see it.
#[async_trait]
pub trait Users: Send + Sync + 'static {
    /// The user's own address of this id. `None`: no such address, or not theirs.
    async fn address(&self, user: UserId, id: AddressId) -> Answer<Option<Address>>;

    /// Debits, or refuses; either is recorded and repeated to a duplicate.
    async fn debit(&self, debit: Debit) -> Answer<Outcome>;

    /// Decides attempts for good: what was debited or refused stays so, what was never seen is voided, which
    /// refuses the debit should it still come.
    async fn settle_debits(&self, attempts: Vec<SettleDebit>) -> Answer<Vec<Outcome>>;

    /// Gives money back, once per pay order. Answering means that it is done.
    async fn refund(&self, refunds: Vec<RefundRequest>) -> Answer<()>;
}
