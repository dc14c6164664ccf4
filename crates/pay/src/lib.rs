//! The payment service: one pay order per order, paid at most once or closed for good.
//!
//! Everything about an order's money meets on its pay order's row. A *press* marks an attempt in flight
//! before the wallet is asked, so two presses never both debit. *Closing* marks the row too, so after the
//! answer "closed" no money ever moves. Whatever the wallet's answer was, or if there was none, the attempt
//! is *resolved*: the wallet decides it for good, without a password. A *refund* is owed until the wallet
//! acknowledges it.
//!
//! Beside the balance there can be a [`channel::Channel`] to a provider, where a pay order has one *bill*. It is made,
//! closed and refunded under the pay order's id; what the provider tells, in whatever order, meets everything else on
//! the same row. Money that comes when the order is closed, or paid otherwise, goes back.
//!
//! What is owed is noted on the row ([`record::Duty`]); messages make it fast, the sweep makes it certain.

mod apply;
mod bill;
mod calls;
pub mod channel;
mod close;
mod config;
mod error;
pub mod facts;
pub mod http;
mod listen;
mod meter;
mod notice;
mod press;
mod read;
pub mod record;
mod refund;
mod resolve;
pub mod store;
mod sweep;
pub mod watch;

use std::sync::Arc;

use api::calls::{Answer, NoAnswer, Trade, Users};
use clock::{Clock, IdGen, Ms};

pub use apply::{Applied, Apply};
pub use config::Config;
pub use error::Error;
pub use http::routes;
pub use meter::show_counters;
pub use notice::NoticeAnswer;
pub use press::{PressAnswer, PressAsk};
pub use store::sqlite::{MIGRATIONS, PayOrderPattern, SqliteStore};
pub use sweep::SweepReport;

/// What the service is made of.
pub struct Parts {
    /// Its storage.
    pub store: Arc<dyn store::Store>,
    /// Tells what an order costs and whose it is.
    pub trade: Arc<dyn Trade>,
    /// Keeps the wallets.
    pub users: Arc<dyn Users>,
    /// Ways to pay at providers, beside the balance.
    pub channels: Vec<Arc<dyn channel::Channel>>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids of pay orders and attempts.
    pub ids: Arc<IdGen>,
    /// Its bounds and windows.
    pub config: Config,
}

/// The payment service. Clones are the same service.
#[derive(Clone)]
pub struct Service {
    parts: Arc<Parts>,
    watch: watch::Watch,
}

impl Service {
    /// The service made of `parts`.
    pub fn new(parts: Parts) -> Self {
        for channel in &parts.channels {
            meter::show_channel(channel.code());
        }
        Self { parts: Arc::new(parts), watch: watch::Watch::default() }
    }

    fn store(&self) -> &dyn store::Store {
        self.parts.store.as_ref()
    }

    fn config(&self) -> &Config {
        &self.parts.config
    }

    fn now(&self) -> Ms {
        self.parts.clock.now()
    }

    fn next_id(&self, now: Ms) -> u64 {
        self.parts.ids.next(now)
    }

    /// Waits for another service's answer, but not longer than `wait_ms`.
    async fn within<T>(
        &self,
        wait_ms: i64,
        service: &'static str,
        call: impl Future<Output = Answer<T>> + Send,
    ) -> Answer<T> {
        let until = self.now() + wait_ms;
        tokio::select! {
            biased;
            answer = call => answer,
            () = self.parts.clock.sleep_until(until) => Err(NoAnswer::from(service, "it took too long")),
        }
    }

    /// Asks `trade` what is to be paid for an order. It notes that payment was applied for.
    async fn payable(&self, order: model::OrderId) -> Answer<Option<api::calls::Payable>> {
        self.within(self.config().call_wait_ms, "trade", self.parts.trade.apply_payment(order)).await
    }
}
