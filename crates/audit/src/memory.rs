//! Facts in memory.

use model::{ItemId, OrderId, PayOrderId, UserId};

use crate::facts::{
    HoldFact, ItemFact, KeyFact, LedgerFact, LedgerKey, MoneyFact, OrderFact, OutboxFact, OutboxKey,
    PayOrderFact, WalletEntryFact, WalletFact,
};
use crate::source::{Result, Source};
use crate::stream::key;

/// Facts in memory, in any order: for tests, and for worlds small enough to be copied.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Orders.
    pub orders: Vec<OrderFact>,
    /// Pay orders.
    pub pay_orders: Vec<PayOrderFact>,
    /// Holds.
    pub holds: Vec<HoldFact>,
    /// Items.
    pub items: Vec<ItemFact>,
    /// The stock ledger.
    pub ledger: Vec<LedgerFact>,
    /// Wallets.
    pub wallets: Vec<WalletFact>,
    /// Wallet entries.
    pub wallet_entries: Vec<WalletEntryFact>,
    /// Debits and refunds.
    pub money: Vec<MoneyFact>,
    /// Idempotency keys.
    pub keys: Vec<KeyFact>,
    /// Messages and duties.
    pub outbox: Vec<OutboxFact>,
}

/// Sorting for every page is quadratic in the number of pages; these worlds have few.
fn page<K: Ord, T: Clone>(facts: &[T], key: fn(&T) -> K, after: &K, limit: usize) -> Vec<T> {
    let mut page: Vec<T> = facts.iter().filter(|fact| key(fact) > *after).cloned().collect();
    page.sort_by_key(key);
    page.truncate(limit);
    page
}

impl Source for Memory {
    fn orders(&self, after: OrderId, limit: usize) -> Result<Vec<OrderFact>> {
        Ok(page(&self.orders, key::order, &after, limit))
    }

    fn pay_orders(&self, after: OrderId, limit: usize) -> Result<Vec<PayOrderFact>> {
        Ok(page(&self.pay_orders, key::paid_order, &after, limit))
    }

    fn pay_orders_by_id(&self, after: PayOrderId, limit: usize) -> Result<Vec<PayOrderFact>> {
        Ok(page(&self.pay_orders, key::pay_order, &after, limit))
    }

    fn holds(&self, after: OrderId, limit: usize) -> Result<Vec<HoldFact>> {
        Ok(page(&self.holds, key::hold, &after, limit))
    }

    fn items(&self, after: ItemId, limit: usize) -> Result<Vec<ItemFact>> {
        Ok(page(&self.items, key::item, &after, limit))
    }

    fn ledger(&self, after: LedgerKey, limit: usize) -> Result<Vec<LedgerFact>> {
        Ok(page(&self.ledger, key::ledger, &after, limit))
    }

    fn wallets(&self, after: UserId, limit: usize) -> Result<Vec<WalletFact>> {
        Ok(page(&self.wallets, key::wallet, &after, limit))
    }

    fn wallet_entries(&self, after: (UserId, u64), limit: usize) -> Result<Vec<WalletEntryFact>> {
        Ok(page(&self.wallet_entries, key::entry, &after, limit))
    }

    fn money(&self, after: (PayOrderId, u64), limit: usize) -> Result<Vec<MoneyFact>> {
        Ok(page(&self.money, key::money, &after, limit))
    }

    fn keys(&self, after: (UserId, String), limit: usize) -> Result<Vec<KeyFact>> {
        Ok(page(&self.keys, key::idempotency, &after, limit))
    }

    fn owners(&self, orders: &[OrderId]) -> Result<Vec<Option<UserId>>> {
        let owner = |id: &OrderId| self.orders.iter().find(|fact| fact.order.id == *id);
        Ok(orders.iter().map(|id| owner(id).map(|fact| fact.order.owner)).collect())
    }

    fn outbox(&self, after: OutboxKey, limit: usize) -> Result<Vec<OutboxFact>> {
        Ok(page(&self.outbox, key::outbox, &after, limit))
    }
}
