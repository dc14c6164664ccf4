//! What other services ask of `item`.

use async_trait::async_trait;
use model::{Cents, ItemId, OrderId, hold::End};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Answer;

/// An item as it can be ordered now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quote {
    /// Which item.
    pub id: ItemId,
    /// Its name.
    pub name: String,
    /// Price of one, in cents.
    pub price: Cents,
    /// Path or URL of its picture.
    pub image: String,
    /// Its specification: JSON text, or none.
    pub spec: Option<String>,
    /// 1 on sale, 2 off sale, 3 deleted.
    pub status: u8,
    /// What can be bought now.
    pub stock: i64,
    /// Changes whenever name, price or status change; a hold names the version it was quoted at.
    pub version: u32,
}

/// One line of an order to be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HoldLine {
    /// Which item. The same item may stand on several lines.
    #[schema(value_type = String)]
    pub item_id: ItemId,
    /// How many, 1 … 999.
    pub num: u32,
    /// The version the order was priced at.
    pub version: u32,
}

/// Hold all lines of an order, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HoldRequest {
    /// For which order. The hold is keyed by it: asking again gets the same answer.
    #[schema(value_type = String)]
    pub order_id: OrderId,
    /// Its lines.
    pub lines: Vec<HoldLine>,
}

/// Why a hold was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HoldRefusal {
    /// Fewer are available than asked for.
    Short,
    /// The item is off sale, deleted or unknown.
    OffSale,
    /// Price, name or status changed since it was quoted.
    Changed,
    /// The order was ended already; its tombstone refuses the hold.
    Ended,
}

/// The answer to a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "outcome")]
pub enum HoldAnswer {
    /// All lines are held.
    Held,
    /// None is.
    #[serde(rename_all = "camelCase")]
    Refused {
        /// The first line (from 0) that failed.
        line: usize,
        /// Why.
        reason: HoldRefusal,
    },
}

/// Tell `item` how an order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SettleRequest {
    /// Which order.
    #[schema(value_type = String)]
    pub order_id: OrderId,
    /// Its end.
    #[schema(value_type = String, example = "released")]
    pub end: End,
}

/// The answer to a settle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SettleAnswer {
    /// The hold has that end now (or had it already).
    Settled,
    /// The hold has another end. It cannot happen while the protocol is kept.
    Impossible,
}

/// `item` as other services see it.
#[async_trait]
pub trait Items: Send + Sync + 'static {
    /// The items among `ids` that exist, in any order.
    async fn quote(&self, ids: &[ItemId]) -> Answer<Vec<Quote>>;

    /// Holds for several orders; each is held or refused alone.
    async fn hold(&self, orders: Vec<HoldRequest>) -> Answer<Vec<HoldAnswer>>;

    /// Settles several orders, idempotently.
    async fn settle(&self, ends: Vec<SettleRequest>) -> Answer<Vec<SettleAnswer>>;
}
