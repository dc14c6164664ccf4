//! Looking at pay orders; nothing changes.

use model::{OrderId, UserId};

use crate::Service;
use crate::error::Result;
use crate::record::Record;
use crate::store::Found;

impl Service {
    /// A user's own pay orders, newest first, at most [`crate::Config::list_max`].
    pub async fn own(&self, user: UserId) -> Result<Vec<Record>> {
        Ok(self.store().of_owner(user, self.config().list_max).await?)
    }

    /// The order's pay order, be it a tombstone.
    pub async fn of_order(&self, order: OrderId) -> Result<Option<Record>> {
        match self.store().by_orders(&[order]).await?.pop() {
            Some(Found::Some(record)) => Ok(Some(*record)),
            Some(Found::Corrupt) => Err(engine::Error::corrupt("pay_orders", order).into()),
            Some(Found::None) | None => Ok(None),
        }
    }

    /// Whose order it is, by `trade`'s word.
    pub async fn owner_of(&self, order: OrderId) -> Result<Option<UserId>> {
        Ok(self.within(self.config().call_wait_ms, "trade", self.parts.trade.owner(order)).await?)
    }
}
