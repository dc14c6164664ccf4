//! Sorted facts, a page in memory at a time.

use std::collections::VecDeque;
use std::fmt::Debug;

use crate::facts::{
    HoldFact, ItemFact, KeyFact, LedgerFact, LedgerKey, MoneyFact, OrderFact, OutboxFact, OutboxKey,
    PayOrderFact, WalletEntryFact, WalletFact,
};
use crate::source::{Error, PAGE, Result};
use model::{ItemId, OrderId, PayOrderId, UserId};

/// How a source gives one kind of fact.
type Fetch<'s, K, T> = Box<dyn Fn(K, usize) -> Result<Vec<T>> + 's>;

/// All facts of one kind, in ascending order of their keys.
pub(crate) struct Stream<'s, K, T> {
    kind: &'static str,
    fetch: Fetch<'s, K, T>,
    key: fn(&T) -> K,
    page: VecDeque<T>,
    last: K,
    ended: bool,
}

impl<'s, K: Ord + Clone + Default + Debug, T> Stream<'s, K, T> {
    pub(crate) fn new(
        kind: &'static str,
        key: fn(&T) -> K,
        fetch: impl Fn(K, usize) -> Result<Vec<T>> + 's,
    ) -> Self {
        let (page, last) = (VecDeque::new(), K::default());
        Self { kind, fetch: Box::new(fetch), key, page, last, ended: false }
    }

    /// The key of the next fact, if there is one.
    pub(crate) fn peek(&mut self) -> Result<Option<K>> {
        self.fill()?;
        Ok(self.page.front().map(self.key))
    }

    /// The next fact, if there is one.
    pub(crate) fn next(&mut self) -> Result<Option<T>> {
        self.fill()?;
        Ok(self.page.pop_front())
    }

    /// The next fact if its key is `wanted`.
    pub(crate) fn take(&mut self, wanted: &K) -> Result<Option<T>> {
        if self.peek()?.as_ref() == Some(wanted) { self.next() } else { Ok(None) }
    }

    /// The next fact if its key belongs to the group at hand.
    pub(crate) fn take_if(&mut self, belongs: impl Fn(&K) -> bool) -> Result<Option<T>> {
        if self.peek()?.as_ref().is_some_and(belongs) { self.next() } else { Ok(None) }
    }

    fn fill(&mut self) -> Result<()> {
        if self.ended || !self.page.is_empty() {
            return Ok(());
        }
        let page = (self.fetch)(self.last.clone(), PAGE)?;
        self.ended = page.is_empty();
        for fact in &page {
            self.follow((self.key)(fact))?;
        }
        self.page = page.into();
        Ok(())
    }

    /// A source that repeats a key would be merged wrongly, or read for ever.
    fn follow(&mut self, key: K) -> Result<()> {
        if key <= self.last {
            return Err(Error::Unsorted { kind: self.kind, key: format!("{key:?}") });
        }
        self.last = key;
        Ok(())
    }
}

/// The facts' keys.
pub(crate) mod key {
    use super::{
        HoldFact, ItemFact, ItemId, KeyFact, LedgerFact, LedgerKey, MoneyFact, OrderFact, OrderId,
        OutboxFact, OutboxKey, PayOrderFact, PayOrderId, UserId, WalletEntryFact, WalletFact,
    };

    pub(crate) fn order(fact: &OrderFact) -> OrderId {
        fact.order.id
    }

    pub(crate) fn paid_order(fact: &PayOrderFact) -> OrderId {
        fact.pay_order.order
    }

    pub(crate) fn pay_order(fact: &PayOrderFact) -> PayOrderId {
        fact.pay_order.id
    }

    pub(crate) fn hold(fact: &HoldFact) -> OrderId {
        fact.order
    }

    pub(crate) fn item(fact: &ItemFact) -> ItemId {
        fact.id
    }

    pub(crate) fn ledger(fact: &LedgerFact) -> LedgerKey {
        fact.key
    }

    pub(crate) fn wallet(fact: &WalletFact) -> UserId {
        fact.user
    }

    pub(crate) fn entry(fact: &WalletEntryFact) -> (UserId, u64) {
        (fact.user, fact.seq)
    }

    pub(crate) fn money(fact: &MoneyFact) -> (PayOrderId, u64) {
        (fact.pay_order, fact.seq)
    }

    pub(crate) fn idempotency(fact: &KeyFact) -> (UserId, String) {
        (fact.owner, fact.key.clone())
    }

    pub(crate) fn outbox(fact: &OutboxFact) -> OutboxKey {
        fact.key.clone()
    }
}
