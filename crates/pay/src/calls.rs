//! The payment service as other services see it.

use api::calls::{Answer, NoAnswer, Pay, PayStatus, RefundAnswer};
use async_trait::async_trait;
use model::OrderId;
use model::pay_order::CloseAnswer;

use crate::Service;
use crate::error::{Error, Result};
use crate::record::Record;
use crate::store::Found;

#[async_trait]
impl Pay for Service {
    async fn close(&self, orders: Vec<OrderId>) -> Answer<Vec<CloseAnswer>> {
        self.close_orders(orders).await.map_err(no_answer)
    }

    async fn status(&self, orders: Vec<OrderId>) -> Answer<Vec<PayStatus>> {
        self.status_of(&orders).await.map_err(no_answer)
    }

    async fn refund(&self, orders: Vec<OrderId>) -> Answer<Vec<RefundAnswer>> {
        self.refund_orders(orders).await.map_err(no_answer)
    }
}

impl Service {
    /// Whether orders are paid; answers for each in the same order. A row that makes no sense does not say
    /// "paid"; whoever wants to close it is told "in flight".
    pub(crate) async fn status_of(&self, orders: &[OrderId]) -> Result<Vec<PayStatus>> {
        let found = self.store().by_orders(orders).await?;
        Ok(found.iter().map(status).collect())
    }
}

fn status(found: &Found<Record>) -> PayStatus {
    match found {
        Found::Some(record) => record.success_at.map_or(PayStatus::NotPaid, |at| PayStatus::Paid { at }),
        Found::None | Found::Corrupt => PayStatus::NotPaid,
    }
}

fn no_answer(error: Error) -> NoAnswer {
    NoAnswer::from("pay", error)
}
