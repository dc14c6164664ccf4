//! The use cases of the cart.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::Answer;
use api::calls::{Items, Quote};
use api::topics::ORDER_CREATED;
use clock::{Clock, IdGen};
use delay::Bus;
use edge::Failure;
use engine::{IdempotencyKey, Once};
use model::{CartRowId, ItemId, UserId};

use crate::clear::ClearHandler;
use crate::config::Config;
use crate::rules::{Offer, Outcome};
use crate::store::{Change, Command, Row, Store};

/// What the cart is built from.
pub struct Parts {
    /// Where carts are kept.
    pub store: Arc<dyn Store>,
    /// Who knows names, prices and stock.
    pub items: Arc<dyn Items>,
    /// Tells when.
    pub clock: Arc<dyn Clock>,
    /// Makes the ids of rows.
    pub ids: Arc<IdGen>,
    /// The bounds.
    pub config: Config,
}

/// The cart. Clones share everything.
#[derive(Clone)]
pub struct Service {
    parts: Arc<Parts>,
}

/// A row together with the item as it is now; none if the item is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The row.
    pub row: Row,
    /// The item now.
    pub now: Option<Quote>,
}

impl Service {
    /// The cart made of `parts`.
    pub fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts) }
    }

    /// Registers the cart's listener.
    pub fn subscribe(&self, bus: &dyn Bus) {
        bus.subscribe(ORDER_CREATED, Arc::new(ClearHandler::new(self.parts.store.clone())));
    }

    /// Puts one of `item` into the user's cart, at the price `item` says.
    pub async fn add(
        &self,
        user: UserId,
        item: ItemId,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Outcome>, Failure> {
        let quote = self.quotes(&[item]).await?.remove(&item);
        let id = CartRowId(self.parts.ids.next(self.parts.clock.now()));
        self.change(user, Change::Add { id, item, offer: Offer::from_quote(quote) }, key).await
    }

    /// Makes any other change of the user's cart.
    pub async fn change(
        &self,
        user: UserId,
        change: Change,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Outcome>, Failure> {
        let at = self.parts.clock.now();
        Ok(self.parts.store.change(Command { user, change, at, key }).await?)
    }

    /// The user's rows, newest first, each with the item as it is now.
    pub async fn lines(&self, user: UserId) -> Result<Vec<Line>, Failure> {
        let rows = self.parts.store.rows(user).await?;
        let ids: Vec<ItemId> = rows.iter().map(|row| row.item).collect();
        let quotes = if ids.is_empty() { BTreeMap::new() } else { self.quotes(&ids).await? };
        Ok(rows.into_iter().map(|row| Line { now: quotes.get(&row.item).cloned(), row }).collect())
    }

    /// How many rows a cart, and items a removal, may have.
    pub fn rows_max(&self) -> usize {
        self.parts.config.rows_max
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    async fn quotes(&self, ids: &[ItemId]) -> Answer<BTreeMap<ItemId, Quote>> {
        let quotes = self.parts.items.quote(ids).await?;
        Ok(quotes.into_iter().map(|quote| (quote.id, quote)).collect())
    }
}
