//! The clients of one process.

use std::sync::Arc;

use auth::token::OwnToken;
use clock::Clock;

use crate::base::BadUrl;
use crate::caller::Caller;
use crate::transport::Transport;
use crate::upstream::{Options, Upstream};
use crate::{ItemClient, PayClient, TradeClient, UserClient};

/// Makes clients. What they have in common is here: the network, this process's token, the time and the bounds.
#[derive(Clone)]
pub struct Clients {
    /// The network.
    pub transport: Arc<dyn Transport>,
    /// What this process shows the others.
    pub token: Arc<OwnToken>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The bounds, of each upstream alone.
    pub options: Options,
}

impl Clients {
    /// `item`, with replicas at `urls`.
    pub fn item(&self, urls: &[String]) -> Result<ItemClient, BadUrl> {
        self.caller("item", urls).map(ItemClient)
    }

    /// `trade`, with replicas at `urls`.
    pub fn trade(&self, urls: &[String]) -> Result<TradeClient, BadUrl> {
        self.caller("trade", urls).map(TradeClient)
    }

    /// `pay`, with replicas at `urls`.
    pub fn pay(&self, urls: &[String]) -> Result<PayClient, BadUrl> {
        self.caller("pay", urls).map(PayClient)
    }

    /// `user`, with replicas at `urls`.
    pub fn user(&self, urls: &[String]) -> Result<UserClient, BadUrl> {
        self.caller("user", urls).map(UserClient)
    }

    fn caller(&self, service: &'static str, urls: &[String]) -> Result<Arc<Caller>, BadUrl> {
        let (transport, clock) = (self.transport.clone(), self.clock.clone());
        let upstream = Upstream::new(service, urls, transport, clock, self.options)?;
        Ok(Arc::new(Caller { upstream, token: self.token.clone(), clock: self.clock.clone() }))
    }
}
