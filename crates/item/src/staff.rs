//! What staff do with items. Stock only ever changes by a difference that the ledger records.

use engine::{IdempotencyKey, Once, Result};
use model::{ItemId, UserId};

use crate::Service;
use crate::catalogue::{Draft, Edit};
use crate::store::{Delta, Edited, Restocked};

impl Service {
    /// Adds an item, its first stock with it; answers its id. The draft was checked.
    pub async fn create(
        &self,
        key: Option<IdempotencyKey>,
        draft: Draft,
        by: UserId,
    ) -> Result<Once<ItemId>> {
        self.store().create(key, draft, self.change(Some(by))).await
    }

    /// Changes what is said of an item, never its stock. The edit was checked.
    pub async fn edit(
        &self,
        key: Option<IdempotencyKey>,
        item: ItemId,
        edit: Edit,
        by: UserId,
    ) -> Result<Once<Edited>> {
        self.store().edit(key, item, edit, self.change(Some(by))).await
    }

    /// Adds stock, or takes some of what is available away.
    pub async fn restock(
        &self,
        key: Option<IdempotencyKey>,
        item: ItemId,
        delta: Delta,
        by: UserId,
    ) -> Result<Once<Restocked>> {
        self.store().restock(key, item, delta, self.change(Some(by))).await
    }
}
