//! The catalogue, its stock and its search.
//!
//! Stock has three counters an item (available, held, sold) and a ledger that explains every change of them.
//! An order is held whole or not at all, under its own id; later the service is told the order's *end*,
//! never a delta, so duplicates, late holds and lost answers all converge. Holds that nobody ends are asked
//! about by the sweep, and kept while there is no answer.

pub mod catalogue;
pub mod config;
pub mod facts;
mod finder;
pub mod hold;
mod http;
pub mod import;
pub mod ledger;
mod meter;
pub mod pictures;
pub mod search;
mod staff;
mod stock;
pub mod store;
mod sweep;
pub mod watch;
pub mod words;

use std::sync::Arc;

use api::calls::Trade;
use clock::{Clock, IdGen};
use model::UserId;

pub use config::Config;
pub use http::routes;
pub use meter::show_counters;
pub use store::Store;
pub use store::postgres::PgStore;
pub use store::sqlite::{HoldPattern, MIGRATIONS, SqliteStore};
pub use sweep::SweepReport;

/// What the service is made of.
pub struct Parts {
    /// Its storage.
    pub store: Arc<dyn Store>,
    /// Tells what became of an order; asked about old holds only.
    pub trade: Arc<dyn Trade>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes the ids of items and of changes of stock.
    pub ids: Arc<IdGen>,
    /// Its windows.
    pub config: Config,
}

/// The service. Clones are one.
#[derive(Clone)]
pub struct Service {
    parts: Arc<Parts>,
    watch: watch::Watch,
}

impl Service {
    /// The service made of `parts`.
    pub fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts), watch: watch::Watch::default() }
    }

    /// Prepares for searches, so that the first one need not. A failure costs their speed alone.
    pub async fn warm_up(&self) {
        if let Err(error) = self.store().warm_up().await {
            tracing::warn!(%error, "searches were not prepared for; the first one tries again");
        }
    }

    fn store(&self) -> &dyn Store {
        self.parts.store.as_ref()
    }

    fn now(&self) -> clock::Ms {
        self.parts.clock.now()
    }

    /// A change made now by `by` (`None`: an import).
    fn change(&self, by: Option<UserId>) -> store::Change {
        let at = self.now();
        store::Change { id: self.parts.ids.next(at), by, at }
    }
}
