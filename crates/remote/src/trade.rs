//! `trade` in another process.

use std::sync::Arc;

use api::calls::{Answer, BATCH_MAX, OrderFate, Orders, Payable, Trade};
use async_trait::async_trait;
use model::{OrderId, UserId};

use crate::caller::Caller;

/// Asks `trade`. Clones share connections and breakers.
#[derive(Clone)]
pub struct TradeClient(pub(crate) Arc<Caller>);

#[async_trait]
impl Trade for TradeClient {
    /// May be repeated: that payment was applied for is noted once, and noting it again changes nothing.
    async fn apply_payment(&self, order: OrderId) -> Answer<Option<Payable>> {
        self.0.post(format!("/orders/{order}/payable"), &()).await
    }

    /// May be repeated: it changes nothing.
    async fn owner(&self, order: OrderId) -> Answer<Option<UserId>> {
        self.0.get(format!("/orders/{order}/owner")).await
    }

    /// May be repeated: it changes nothing.
    async fn fates(&self, orders: Vec<OrderId>) -> Answer<Vec<OrderFate>> {
        let mut all = Vec::with_capacity(orders.len());
        for some in orders.chunks(BATCH_MAX) {
            let body = Orders { order_ids: some.to_vec() };
            all.append(&mut self.0.batch("/orders/fates", &body, some.len()).await?);
        }
        Ok(all)
    }
}
