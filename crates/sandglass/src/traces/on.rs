//! The wrappers, put on where a collector is configured.

use std::sync::Arc;

use api::calls::{Items, Pay, Trade, Users};
use axum::{Router, middleware};
use delay::Bus;
use remote::Transport;

use super::bus::TracedBus;
use super::calls::{TracedItems, TracedPay, TracedTrade, TracedUsers};
use super::collector::Collector;
use super::door;
use super::tracer::Tracer;
use super::transport::TracedTransport;
use crate::config::{Config, Wrong};

/// Records what this process does, if somebody collects it. Clones share the queue.
#[derive(Clone)]
pub struct Traces {
    tracer: Option<Arc<Tracer>>,
}

impl Traces {
    /// Nothing is recorded.
    pub fn none() -> Self {
        Self { tracer: None }
    }

    /// Records for the configured collector, as `service`; without one nothing is recorded. Must be called within
    /// the runtime that is to send.
    pub fn start(config: &Config, service: &str, rng: &mut impl rand::Rng) -> Result<Self, Wrong> {
        if config.otlp.is_empty() {
            return Ok(Self::none());
        }
        let collector = Collector::at(&config.otlp)?;
        let mut instance = [0; 16];
        rng.fill_bytes(&mut instance);
        let instance = crate::secrets::hex(&instance);
        let tracer = Tracer::start(collector, config.otlp_sample.0, service, instance);
        Ok(Self { tracer: Some(Arc::new(tracer)) })
    }

    /// Whether spans are recorded.
    pub fn are_on(&self) -> bool {
        self.tracer.is_some()
    }

    /// Records every request. Stands before the shell, which takes the trace from the request's header.
    pub fn door(&self, router: Router) -> Router {
        match &self.tracer {
            Some(tracer) => router.layer(middleware::from_fn_with_state(tracer.clone(), door::record)),
            None => router,
        }
    }

    /// Records every message that a handler subscribed here is given.
    pub fn bus(&self, bus: Arc<dyn Bus>) -> Arc<dyn Bus> {
        self.around(bus, |inner, tracer| Arc::new(TracedBus { inner, tracer }))
    }

    /// Records every call of `items`.
    pub fn items(&self, items: Arc<dyn Items>) -> Arc<dyn Items> {
        self.around(items, |inner, tracer| Arc::new(TracedItems { inner, tracer }))
    }

    /// Records every call of `users`.
    pub fn users(&self, users: Arc<dyn Users>) -> Arc<dyn Users> {
        self.around(users, |inner, tracer| Arc::new(TracedUsers { inner, tracer }))
    }

    /// Records every call of `trade`.
    pub fn trade(&self, trade: Arc<dyn Trade>) -> Arc<dyn Trade> {
        self.around(trade, |inner, tracer| Arc::new(TracedTrade { inner, tracer }))
    }

    /// Records every call of `pay`.
    pub fn pay(&self, pay: Arc<dyn Pay>) -> Arc<dyn Pay> {
        self.around(pay, |inner, tracer| Arc::new(TracedPay { inner, tracer }))
    }

    /// Records every try of a request to another process.
    pub fn transport(&self, transport: Arc<dyn Transport>) -> Arc<dyn Transport> {
        self.around(transport, |inner, tracer| Arc::new(TracedTransport { inner, tracer }))
    }

    /// Sends what is left, for as long as a stop may take.
    pub async fn finish(&self) {
        if let Some(tracer) = self.tracer.clone() {
            tracer.finish().await;
        }
    }

    fn around<S: ?Sized>(&self, inner: Arc<S>, wrap: impl FnOnce(Arc<S>, Arc<Tracer>) -> Arc<S>) -> Arc<S> {
        match self.tracer.clone() {
            Some(tracer) => wrap(inner, tracer),
            None => inner,
        }
    }
}
