//! What the service asks of its storage: typed operations, in batches where the protocol is in batches.

mod codec;
pub(crate) mod facets;
mod header;
pub mod postgres;
pub mod sqlite;
mod standing;
pub mod transfer;

use std::collections::BTreeSet;

use api::body::Page;
use api::calls::{HoldAnswer, HoldRequest, Quote, SettleAnswer, SettleRequest};
use async_trait::async_trait;
use engine::{IdempotencyKey, Once, Result};
use model::{ItemId, Ms, OrderId, UserId};
use serde::{Deserialize, Serialize};

use crate::catalogue::{Draft, Edit, Item, STOCK_MAX};
use crate::ledger::{DueHold, Entry, Hold};
use crate::search::{Criteria, Facets, Listing};
use crate::watch::{Counters, OpenHold, OrderEntry, Record};

/// When something happens, for holds.
#[derive(Clone, Copy, Debug)]
pub struct HoldTimes {
    /// The present.
    pub now: Ms,
    /// When the sweep is to ask about a hold made now.
    pub sweep_at: Ms,
}

/// A change by staff or by an import: who, when, and the number its ledger rows bear.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// A fresh id.
    pub id: u64,
    /// Who; `None` is an import.
    pub by: Option<UserId>,
    /// When.
    pub at: Ms,
}

/// A change of stock and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// How many more (or fewer, if negative).
    pub pieces: i64,
    /// Why, in the words of who did it.
    pub reason: String,
}

impl Delta {
    /// The first stock of an item, if it has any.
    pub(crate) fn first(pieces: i64) -> Option<Self> {
        (pieces > 0).then(|| Delta { pieces, reason: "first stock".into() })
    }

    /// What makes `stock` available where `available` is.
    pub(crate) fn import(available: i64, stock: i64) -> Self {
        Delta { pieces: stock - available, reason: "import".into() }
    }
}

/// What came of changing an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Edited {
    /// It is so now.
    Done,
    /// There is no such item, or it is deleted.
    NoSuchItem,
}

/// What came of a change of stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Restocked {
    /// Done; so many are available now.
    Done(i64),
    /// There is no such item, or it is deleted.
    NoSuchItem,
    /// So many are available, fewer than were to be taken away.
    Short(i64),
    /// More than one item may have.
    TooMany,
}

impl Restocked {
    /// Decides on a change of an item that has had `added` in all, of which so many are `available`.
    pub(crate) fn decide(available: i64, added: i64, pieces: i64) -> Self {
        let after = available.saturating_add(pieces);
        if after < 0 {
            Restocked::Short(available)
        } else if added.saturating_add(pieces) > STOCK_MAX {
            Restocked::TooMany
        } else {
            Restocked::Done(after)
        }
    }
}

/// One row of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which item; a file always says.
    pub id: ItemId,
    /// What it says of it.
    pub draft: Draft,
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PutCounts {
    /// Items that were not there before.
    pub added: u64,
    /// Items that were there and are different now.
    pub updated: u64,
    /// Items that were so already.
    pub unchanged: u64,
}

impl PutCounts {
    /// How many rows that are.
    pub fn rows(self) -> u64 {
        self.added + self.updated + self.unchanged
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: PutCounts) -> PutCounts {
        PutCounts {
            added: self.added + other.added,
            updated: self.updated + other.updated,
            unchanged: self.unchanged + other.unchanged,
        }
    }
}

/// The tables of the service.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// The items among `ids` that exist, deleted ones included.
    async fn quote(&self, ids: &[ItemId]) -> Result<Vec<Quote>>;

    /// Holds each order whole or not at all. All in one transaction; refusals are answers.
    async fn hold(&self, orders: Vec<HoldRequest>, times: HoldTimes) -> Result<Vec<HoldAnswer>>;

    /// Brings each order's hold to its end, in one transaction.
    async fn settle(&self, ends: Vec<SettleRequest>, now: Ms) -> Result<Vec<SettleAnswer>>;

    /// The hold of an order.
    async fn find_hold(&self, order: OrderId) -> Result<Option<Hold>>;

    /// At most `limit` holds due for a look of the sweep at `now`, longest due first.
    async fn due_holds(&self, now: Ms, limit: usize) -> Result<Vec<DueHold>>;

    /// Puts off the sweep's next look at some holds, if they still stand.
    async fn postpone(&self, until: Vec<(OrderId, Ms)>) -> Result<()>;

    /// Those of `ids` that are not deleted, in the order asked.
    async fn items(&self, ids: Vec<ItemId>) -> Result<Vec<Item>>;

    /// A page of everything that is not deleted. The total is exact.
    async fn list(&self, listing: Listing) -> Result<Page<Item>>;

    /// Prepares for searches, if there is something to prepare; it goes on beside whatever else is asked. Whoever does
    /// not call it has the first search do it.
    async fn warm_up(&self) -> Result<()> {
        Ok(())
    }

    /// A page of what is on sale and fits. The total is exact up to [`crate::config::TOTAL_MAX`].
    async fn search(&self, criteria: Criteria, listing: Listing) -> Result<Page<Item>>;

    /// The categories and brands of what is on sale and fits.
    async fn facets(&self, criteria: Criteria) -> Result<Facets>;

    /// A page of an item's ledger, the latest order or change first; `None` if there was never such an item.
    async fn ledger(&self, item: ItemId, page_no: u64, page_size: u64) -> Result<Option<Page<Entry>>>;

    /// Adds an item under the id of the change.
    async fn create(&self, key: Option<IdempotencyKey>, draft: Draft, change: Change)
    -> Result<Once<ItemId>>;

    /// Changes what is said of an item.
    async fn edit(
        &self,
        key: Option<IdempotencyKey>,
        item: ItemId,
        edit: Edit,
        change: Change,
    ) -> Result<Once<Edited>>;

    /// Adds to what is available, or takes away.
    async fn restock(
        &self,
        key: Option<IdempotencyKey>,
        item: ItemId,
        delta: Delta,
        change: Change,
    ) -> Result<Once<Restocked>>;

    /// Writes rows of an import in one transaction. Stock of items that exist is left alone, unless
    /// `set_stock` says to make what is available what the file says.
    async fn put(&self, rows: Vec<Row>, set_stock: bool, change: Change) -> Result<PutCounts>;

    /// An item's counters, deleted ones' too, and what its ledger adds up to; `None` if there was never such an item.
    async fn counters(&self, item: ItemId) -> Result<Option<Counters>>;

    /// Open holds behind the position `after`, those that the sweep comes to first at the head.
    async fn open_holds(&self, after: (Ms, OrderId), limit: u64) -> Result<Vec<OpenHold>>;

    /// Those of `orders` whose holds are open.
    async fn still_held(&self, orders: Vec<OrderId>) -> Result<BTreeSet<OrderId>>;

    /// An order's movements of the stock of `items`.
    async fn movements(&self, order: OrderId, items: Vec<ItemId>) -> Result<Vec<OrderEntry>>;

    /// What staff did, newest first, with an id below `before`.
    async fn records(&self, before: i64, limit: u64) -> Result<Vec<Record>>;

    /// Forgets at most `limit` idempotency keys that are too old.
    async fn expire_keys(&self, now: Ms, limit: usize) -> Result<usize>;
}
