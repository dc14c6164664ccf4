//! A reference to a service that is put in later.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use model::{AddressId, ItemId, OrderId, UserId, pay_order::CloseAnswer, wallet::Outcome};

use super::{
    Address, Answer, Debit, HoldAnswer, HoldRequest, Items, NoAnswer, OrderFate, Pay, PayStatus, Payable,
    Quote, RefundAnswer, RefundRequest, SettleAnswer, SettleDebit, SettleRequest, Trade, Users,
};

/// `trade` asks `pay` and `pay` asks `trade`; whichever is built first holds a link to the other. Until it is
/// put in there is no answer, which everyone must cope with anyway.
pub struct Link<S: ?Sized> {
    target: Arc<OnceLock<Arc<S>>>,
    name: &'static str,
}

impl<S: ?Sized> Link<S> {
    /// A link to the service called `name`.
    pub fn to(name: &'static str) -> Self {
        Self { target: Arc::default(), name }
    }

    /// Puts the service in. Only the first call counts.
    pub fn put(&self, service: Arc<S>) {
        let _ = self.target.set(service);
    }

    fn get(&self) -> Answer<&S> {
        self.target.get().map(AsRef::as_ref).ok_or_else(|| NoAnswer::from(self.name, "it is not started yet"))
    }
}

impl<S: ?Sized> Clone for Link<S> {
    fn clone(&self) -> Self {
        Self { target: self.target.clone(), name: self.name }
    }
}

#[async_trait]
impl Trade for Link<dyn Trade> {
    async fn apply_payment(&self, order: OrderId) -> Answer<Option<Payable>> {
        self.get()?.apply_payment(order).await
    }

    async fn owner(&self, order: OrderId) -> Answer<Option<UserId>> {
        self.get()?.owner(order).await
    }

    async fn fates(&self, orders: Vec<OrderId>) -> Answer<Vec<OrderFate>> {
        self.get()?.fates(orders).await
    }
}

#[async_trait]
impl Pay for Link<dyn Pay> {
    async fn close(&self, orders: Vec<OrderId>) -> Answer<Vec<CloseAnswer>> {
        self.get()?.close(orders).await
    }

    async fn status(&self, orders: Vec<OrderId>) -> Answer<Vec<PayStatus>> {
        self.get()?.status(orders).await
    }

    async fn refund(&self, orders: Vec<OrderId>) -> Answer<Vec<RefundAnswer>> {
        self.get()?.refund(orders).await
    }
}

#[async_trait]
impl Items for Link<dyn Items> {
    async fn quote(&self, ids: &[ItemId]) -> Answer<Vec<Quote>> {
        self.get()?.quote(ids).await
    }

    async fn hold(&self, orders: Vec<HoldRequest>) -> Answer<Vec<HoldAnswer>> {
        self.get()?.hold(orders).await
    }

    async fn settle(&self, ends: Vec<SettleRequest>) -> Answer<Vec<SettleAnswer>> {
        self.get()?.settle(ends).await
    }
}

#[async_trait]
impl Users for Link<dyn Users> {
    async fn address(&self, user: UserId, id: AddressId) -> Answer<Option<Address>> {
        self.get()?.address(user, id).await
    }

    async fn debit(&self, debit: Debit) -> Answer<Outcome> {
        self.get()?.debit(debit).await
    }

    async fn settle_debits(&self, attempts: Vec<SettleDebit>) -> Answer<Vec<Outcome>> {
        self.get()?.settle_debits(attempts).await
    }

    async fn refund(&self, refunds: Vec<RefundRequest>) -> Answer<()> {
        self.get()?.refund(refunds).await
    }
}
