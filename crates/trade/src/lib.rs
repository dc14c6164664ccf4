//! Orders: placed, paid or closed, settled.
//!
//! Two ideas carry this service. **The order's row is the duty**: whatever an order still owes to another
//! service can be read from it, so messages only wake and a sweep over the rows makes everything certain.
//! **There is one loop** ([`drive`]): timers, notices, sweeps, buyers and staff all end in the same function,
//! which asks the pure machine of [`model::order`] for the next step until the order is at rest.

mod calls;
pub mod closes;
mod config;
pub mod drive;
pub mod facts;
pub mod http;
mod listen;
mod observe;
pub mod place;
mod staff;
pub mod store;
mod story;
mod sweep;
pub mod watch;

pub use config::{Config, LINES_MAX, NUM_MAX, Shortened};
pub use http::routes;
pub use sweep::SweepReport;

use std::sync::Arc;

use api::calls::{Items, Pay, Users};
use clock::{Clock, IdGen};
use closes::Closes;
use delay::Rounds;
pub use observe::show_counters;
use store::Store;
use watch::Watch;

/// What `trade` is made of.
pub struct Parts {
    /// Where orders are kept.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes order ids.
    pub ids: Arc<IdGen>,
    /// The catalogue and its stock.
    pub items: Arc<dyn Items>,
    /// The payments.
    pub pay: Arc<dyn Pay>,
    /// The buyers' addresses.
    pub users: Arc<dyn Users>,
    /// Windows and bounds.
    pub config: Config,
}

/// The order service. Clones share it.
#[derive(Clone)]
pub struct Service {
    parts: Arc<Parts>,
    closes: Closes,
    watch: Watch,
    rounds: Rounds,
}

impl Service {
    /// The service made of `parts`.
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            closes: Closes::default(),
            watch: Watch::default(),
            rounds: Rounds::default(),
        }
    }

    /// Who closed orders lately.
    pub fn closes(&self) -> &Closes {
        &self.closes
    }
}

impl std::ops::Deref for Service {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}
