//! A reference to a service that is put in later.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use model::{OrderId, UserId, pay_order::CloseAnswer};

use super::{Answer, NoAnswer, OrderFate, Pay, PayStatus, Payable, RefundAnswer, Trade};

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
