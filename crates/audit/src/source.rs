//! Where facts come from.

use model::{ItemId, OrderId, PayOrderId, UserId};

use crate::facts::{
    HoldFact, ItemFact, KeyFact, LedgerFact, LedgerKey, MoneyFact, OrderFact, OutboxFact, OutboxKey,
    PayOrderFact, WalletEntryFact, WalletFact,
};

/// How many facts one page has. It bounds the memory of an audit.
pub const PAGE: usize = 1_000;

/// Why an audit could not be finished. It says nothing about the invariants.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The facts could not be read.
    #[error("the facts could not be read: {0}")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The source gave facts out of order, or two with one key.
    #[error("the {kind} facts are not in strictly ascending order of their keys at {key}")]
    Unsorted {
        /// Which facts.
        kind: &'static str,
        /// At which key.
        key: String,
    },
}

impl Error {
    /// The facts could not be read because of `error`.
    pub fn unreadable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unreadable(error.into())
    }
}

/// A page of facts, or why there is none.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Gives facts: those with a key above `after`, in ascending order of the key, at most `limit`; an empty page
/// is the end. All calls of one audit should see one snapshot.
pub trait Source {
    /// Orders, by id.
    fn orders(&self, after: OrderId, limit: usize) -> Result<Vec<OrderFact>>;

    /// Pay orders, by the order they pay.
    fn pay_orders(&self, after: OrderId, limit: usize) -> Result<Vec<PayOrderFact>>;

    /// Pay orders once more, by their own id.
    fn pay_orders_by_id(&self, after: PayOrderId, limit: usize) -> Result<Vec<PayOrderFact>>;

    /// Holds, by order.
    fn holds(&self, after: OrderId, limit: usize) -> Result<Vec<HoldFact>>;

    /// Items, by id.
    fn items(&self, after: ItemId, limit: usize) -> Result<Vec<ItemFact>>;

    /// The stock ledger, by item, reference, line and time.
    fn ledger(&self, after: LedgerKey, limit: usize) -> Result<Vec<LedgerFact>>;

    /// Wallets, by user.
    fn wallets(&self, after: UserId, limit: usize) -> Result<Vec<WalletFact>>;

    /// Wallet entries, by user and number.
    fn wallet_entries(&self, after: (UserId, u64), limit: usize) -> Result<Vec<WalletEntryFact>>;

    /// Debits and refunds, by pay order and number.
    fn money(&self, after: (PayOrderId, u64), limit: usize) -> Result<Vec<MoneyFact>>;

    /// Idempotency keys of order placements that were answered with an order, by owner and key.
    fn keys(&self, after: (UserId, String), limit: usize) -> Result<Vec<KeyFact>>;

    /// The owners of some orders, in the order asked; none where there is no such order.
    fn owners(&self, orders: &[OrderId]) -> Result<Vec<Option<UserId>>>;

    /// Messages and duties of all services that are not done, by service and due time.
    fn outbox(&self, after: OutboxKey, limit: usize) -> Result<Vec<OutboxFact>>;
}
