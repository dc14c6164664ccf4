//! Closing orders for payment, in batches: each is closed for good, paid already, or in flight.

use model::pay_order::CloseAnswer;
use model::{OrderId, PayOrderId};

use crate::Service;
use crate::error::Result;

impl Service {
    /// Closes orders; answers for each in the same order. What is in flight is resolved at once by a message
    /// written together with the mark, and not waited for.
    pub(crate) async fn close_orders(&self, orders: Vec<OrderId>) -> Result<Vec<CloseAnswer>> {
        let now = self.now();
        let with_ids = orders.into_iter().map(|order| (order, PayOrderId(self.next_id(now))));
        Ok(self.store().close(with_ids.collect(), now).await?)
    }
}
