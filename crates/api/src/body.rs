//! JSON bodies that more than one crate needs.

use model::{ItemId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// How many there are in all.
    pub total: u64,
    /// How many pages that makes.
    pub pages: u64,
    /// This page.
    pub list: Vec<T>,
}

impl<T> Page<T> {
    /// A page of a list with `total` entries, `page_size` to a page.
    pub fn new(total: u64, page_size: u64, list: Vec<T>) -> Self {
        Self { total, pages: total.div_ceil(page_size.max(1)), list }
    }
}

/// How many rows a page of `page_size` has behind the first `offset` of `total`: beyond a list's end nothing is looked for.
pub fn rows_left(total: u64, offset: u64, page_size: u64) -> u64 {
    page_size.min(total.saturating_sub(offset))
}

/// The body of [`crate::topics::ORDER_CREATED`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClearCart {
    /// Whose cart.
    pub user_id: UserId,
    /// Which items to take out.
    pub item_ids: Vec<ItemId>,
}
