//! The catalogue, its stock and its search.
//!
//! Stock has three counters an item (available, held, sold) and a ledger that explains every change of them.
//! An order is held whole or not at all, under its own id; later the service is told the order's *end*,
//! never a delta, so duplicates, late holds and lost answers all converge. Holds that nobody ends are asked
//! about by the sweep, and kept while there is no answer.

pub mod catalogue;
pub mod config;
pub mod hold;
pub mod http;
pub mod import;
pub mod ledger;
pub mod pictures;
pub mod search;
mod staff;
mod stock;
pub mod store;
mod sweep;
pub mod words;

use std::sync::Arc;

use api::calls::Trade;
use clock::{Clock, IdGen};
use model::UserId;

pub use config::Config;
pub use store::Store;
pub use store::sqlite::{MIGRATIONS, SqliteStore};
pub use sweep::Swept;

/// The service. Clones are one.
#[derive(Clone)]
pub struct Service {
    parts: Arc<Parts>,
}

struct Parts {
    store: Arc<dyn Store>,
    trade: Arc<dyn Trade>,
    clock: Arc<dyn Clock>,
    ids: Arc<IdGen>,
    config: Config,
}

impl Service {
    /// The service over its tables. `trade` is asked about old holds only.
    pub fn new(
        store: Arc<dyn Store>,
        trade: Arc<dyn Trade>,
        clock: Arc<dyn Clock>,
        ids: Arc<IdGen>,
        config: Config,
    ) -> Self {
        Self { parts: Arc::new(Parts { store, trade, clock, ids, config }) }
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
