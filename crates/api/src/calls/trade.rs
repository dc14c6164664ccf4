//! What other services ask of `trade`.

use async_trait::async_trait;
use model::{Cents, Ms, OrderId, UserId, hold::End};
use serde::{Deserialize, Serialize};

use super::Answer;

/// An order as `pay` must know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payable {
    /// Whose it is.
    pub owner: UserId,
    /// What it costs.
    pub total: Cents,
    /// Until when a payment may start.
    pub deadline: Ms,
    /// Unpaid, not closing, before its deadline.
    pub open: bool,
    /// Already paid (or later).
    pub paid: bool,
    /// W3C `traceparent` of the order's placing, for what is done for it elsewhere; empty: nobody follows traces.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub trace: String,
}

/// What has become of an order's stock, for `item`'s own sweep over old holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OrderFate {
    /// There is no such order and never was: the hold explains itself to nobody.
    Unknown,
    /// It can still go either way: keep the hold.
    Open,
    /// It ended so.
    Ended(End),
}

/// `trade` as other services see it.
#[async_trait]
pub trait Trade: Send + Sync + 'static {
    /// Notes that payment was applied for and answers what is to be paid. `None`: no such order.
    async fn apply_payment(&self, order: OrderId) -> Answer<Option<Payable>>;

    /// Whose order it is; a look that notes nothing. `None`: no such order.
    async fn owner(&self, order: OrderId) -> Answer<Option<UserId>>;

    /// What has become of these orders.
    async fn fates(&self, orders: Vec<OrderId>) -> Answer<Vec<OrderFate>>;
}
