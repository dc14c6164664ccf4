//! What other services ask of `pay`.

use async_trait::async_trait;
use model::{Ms, OrderId, pay_order::CloseAnswer};
use serde::{Deserialize, Serialize};

use super::Answer;

/// Whether an order is paid, by `pay`'s own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PayStatus {
    /// Paid.
    #[serde(rename_all = "camelCase")]
    Paid {
        /// When.
        at: Ms,
    },
    /// Not paid so far.
    NotPaid,
}

/// The answer to a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RefundAnswer {
    /// The money is back.
    Refunded,
    /// On its way; ask again.
    Refunding,
    /// There is nothing to give back: it was never paid.
    NotPaid,
}

/// `pay` as other services see it.
#[async_trait]
pub trait Pay: Send + Sync + 'static {
    /// Closes the payment of these orders, irrevocably where the answer is `Closed`. An order without a pay
    /// order gets a closed one, which refuses later applications.
    async fn close(&self, orders: Vec<OrderId>) -> Answer<Vec<CloseAnswer>>;

    /// Whether these orders are paid. Changes nothing.
    async fn status(&self, orders: Vec<OrderId>) -> Answer<Vec<PayStatus>>;

    /// Gives the money of these orders back, once.
    async fn refund(&self, orders: Vec<OrderId>) -> Answer<Vec<RefundAnswer>>;
}
