//! A build without OpenTelemetry: the key `otlp` is refused, and nothing is wrapped.

use std::sync::Arc;

use api::calls::{Items, Pay, Trade, Users};
use axum::Router;
use delay::Bus;
use remote::Transport;

use crate::config::{Config, Wrong};

/// No traces.
#[derive(Clone, Debug)]
pub struct Traces;

impl Traces {
    /// Nothing is recorded.
    pub fn none() -> Self {
        Self
    }

    /// Refuses a configured collector.
    pub fn start(config: &Config, _service: &str, _rng: &mut impl rand::Rng) -> Result<Self, Wrong> {
        if config.otlp.is_empty() {
            return Ok(Self);
        }
        let sentence = "configuration: `otlp` is set, but this program was built without traces; build it with \
                        the feature `otlp`, or leave the key empty";
        Err(Wrong(sentence.into()))
    }

    /// Whether spans are recorded.
    pub fn are_on(&self) -> bool {
        false
    }

    /// The `router` as it is.
    pub fn door(&self, router: Router) -> Router {
        router
    }

    /// The `bus` as it is.
    pub fn bus(&self, bus: Arc<dyn Bus>) -> Arc<dyn Bus> {
        bus
    }

    /// The service as it is.
    pub fn items(&self, items: Arc<dyn Items>) -> Arc<dyn Items> {
        items
    }

    /// The service as it is.
    pub fn users(&self, users: Arc<dyn Users>) -> Arc<dyn Users> {
        users
    }

    /// The service as it is.
    pub fn trade(&self, trade: Arc<dyn Trade>) -> Arc<dyn Trade> {
        trade
    }

    /// The service as it is.
    pub fn pay(&self, pay: Arc<dyn Pay>) -> Arc<dyn Pay> {
        pay
    }

    /// The `transport` as it is.
    pub fn transport(&self, transport: Arc<dyn Transport>) -> Arc<dyn Transport> {
        transport
    }

    /// Nothing is left to send.
    pub fn finish(&self) -> std::future::Ready<()> {
        std::future::ready(())
    }
}
