//! What the cart keeps, whatever the engine.

pub mod postgres;
mod sqlite;
pub mod transfer;

use async_trait::async_trait;
use clock::Ms;
use engine::{IdempotencyKey, Once, Result};
use model::{CartRowId, ItemId, UserId};

use crate::rules::{Offer, Outcome, Snapshot};

pub use sqlite::{MIGRATIONS, SqliteStore};

/// A row of a cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: CartRowId,
    /// Which item.
    pub item: ItemId,
    /// How many, 1 … 999.
    pub num: u32,
    /// The item as it looked when it was put in.
    pub snapshot: Snapshot,
    /// When it was put in.
    pub created: Ms,
    /// When the row was last touched by its owner.
    pub changed_at: Ms,
}

/// A change of one user's cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// One more of an item.
    Add {
        /// The id of the row, if it has to be made.
        id: CartRowId,
        /// Which item.
        item: ItemId,
        /// What `item` says of it.
        offer: Offer,
    },
    /// Set the number of a row.
    SetNum {
        /// Which row.
        row: CartRowId,
        /// How many, 1 … 999.
        num: u32,
    },
    /// Take out a row.
    RemoveRow(CartRowId),
    /// Take out these items, as far as they are there.
    RemoveItems(Vec<ItemId>),
}

/// A change asked for by its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Whose cart; nobody else's is touched.
    pub user: UserId,
    /// What to change.
    pub change: Change,
    /// When.
    pub at: Ms,
    /// The idempotency key, if the client sent one.
    pub key: Option<IdempotencyKey>,
}

/// An order took these items; they leave the cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clear {
    /// Whose cart.
    pub user: UserId,
    /// Which items.
    pub items: Vec<ItemId>,
    /// Rows touched after this stay.
    pub ordered_at: Ms,
}

/// The storage of the cart.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Makes the change, at most once per idempotency key.
    async fn change(&self, command: Command) -> Result<Once<Outcome>>;

    /// The user's rows, newest first.
    async fn rows(&self, user: UserId) -> Result<Vec<Row>>;

    /// Clears several carts in one unit of work; answers how many rows left.
    async fn clear(&self, clears: Vec<Clear>) -> Result<usize>;

    /// Forgets at most `limit` idempotency keys that are too old at `now`; answers how many.
    async fn expire_keys(&self, now: Ms, limit: usize) -> Result<usize>;
}
