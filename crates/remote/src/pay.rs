//! `pay` in another process.

use std::sync::Arc;

use api::calls::{Answer, BATCH_MAX, Orders, Pay, PayStatus, RefundAnswer};
use async_trait::async_trait;
use model::OrderId;
use model::pay_order::CloseAnswer;
use serde::de::DeserializeOwned;

use crate::caller::Caller;

/// Asks `pay`. Clones share connections and breakers.
#[derive(Clone)]
pub struct PayClient(pub(crate) Arc<Caller>);

#[async_trait]
impl Pay for PayClient {
    /// May be repeated: closing is irrevocable, and a closed or paid order stays so.
    async fn close(&self, orders: Vec<OrderId>) -> Answer<Vec<CloseAnswer>> {
        self.about("/pay-orders/biz/close", &orders).await
    }

    /// May be repeated: it changes nothing.
    async fn status(&self, orders: Vec<OrderId>) -> Answer<Vec<PayStatus>> {
        self.about("/pay-orders/biz/status", &orders).await
    }

    /// May be repeated: there is one refund a pay order, and asked again `pay` says how far it is.
    async fn refund(&self, orders: Vec<OrderId>) -> Answer<Vec<RefundAnswer>> {
        self.about("/pay-orders/biz/refund", &orders).await
    }
}

impl PayClient {
    async fn about<T: DeserializeOwned>(&self, path: &str, orders: &[OrderId]) -> Answer<Vec<T>> {
        let mut all = Vec::with_capacity(orders.len());
        for some in orders.chunks(BATCH_MAX) {
            let body = Orders { order_ids: some.to_vec() };
            all.append(&mut self.0.batch(path, &body, some.len()).await?);
        }
        Ok(all)
    }
}
