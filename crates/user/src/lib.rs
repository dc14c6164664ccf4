//! Users: login, addresses, wallets.
//!
//! A wallet's balance is the sum of its entries, and every attempt at a debit is decided once and for ever
//! under the attempt's own id. Whoever asks again hears the same; whoever is in doubt *settles* the attempt,
//! which voids it if no debit was seen, so that a late one is refused.

mod account;
mod config;
mod demo;
mod error;
pub mod facts;
pub mod http;
mod login;
pub mod records;
pub mod store;
mod sweep;
mod wallet;

pub use config::{Config, LISTED_MAX};
pub use demo::{DEMO_PASSWORD, DemoSeed};
pub use error::Error;
pub use http::routes;
pub use login::Session;

use std::sync::Arc;

use auth::password::{PasswordChecker, Salt};
use auth::token::Signer;
use clock::{Clock, IdGen, Ms};
use store::Store;

/// What the service is made of.
pub struct Parts {
    /// Its storage.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids of users and addresses.
    pub ids: Arc<IdGen>,
    /// Checks passwords, a bounded number at once.
    pub passwords: PasswordChecker,
    /// Makes salts for new password hashes.
    pub salt: Arc<dyn Fn() -> Salt + Send + Sync>,
    /// Signs the users' tokens.
    pub signer: Arc<Signer>,
    /// Bounds.
    pub config: Config,
}

/// The user service. Clones share it.
#[derive(Clone)]
pub struct Service {
    parts: Arc<Parts>,
}

impl Service {
    /// The service made of `parts`.
    pub fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts) }
    }

    fn now(&self) -> Ms {
        self.clock.now()
    }
}

impl std::ops::Deref for Service {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}
