//! What every wiring has in common: each service made of its store, the others, and the configuration.

use std::sync::Arc;

use anyhow::Result;
use api::calls::{Items, Pay, Trade, Users};
use auth::password::{Options as PasswordOptions, PasswordChecker, Salt};
use auth::token::Signer;
use clock::{Clock, IdGen};
use gateway::Owner;
use pay::channel::Channel;
use provider::Sandbox;
use remote::Http;

use crate::chaos::{Freezable, Switches};
use crate::config::Config;
use crate::traces::Traces;

/// What services stand on, whatever they are kept in.
pub(super) struct Ground {
    pub(super) config: Config,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) switches: Switches,
    pub(super) traces: Traces,
}

impl Ground {
    pub(super) fn user(
        &self,
        store: Arc<dyn user::store::Store>,
        ids: Arc<IdGen>,
        signer: Arc<Signer>,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<user::Service> {
        let mut remember = [0; 32];
        rng.fill_bytes(&mut remember);
        Ok(user::Service::new(user::Parts {
            store,
            clock: self.clock.clone(),
            ids,
            passwords: PasswordChecker::new(PasswordOptions::default(), &remember)?,
            salt: Arc::new(system_salt),
            signer,
            config: user::Config::default(),
        }))
    }

    pub(super) fn item(
        &self,
        store: Arc<dyn item::Store>,
        ids: Arc<IdGen>,
        trade: Arc<dyn Trade>,
    ) -> item::Service {
        let (config, trade) = (item::Config::default(), self.traces.trade(trade));
        item::Service::new(item::Parts { store, trade, clock: self.clock.clone(), ids, config })
    }

    pub(super) fn cart(
        &self,
        store: Arc<dyn cart::store::Store>,
        ids: Arc<IdGen>,
        items: Arc<dyn Items>,
    ) -> cart::Service {
        let (config, items) = (cart::Config::default(), self.items(items));
        cart::Service::new(cart::Parts { store, items, clock: self.clock.clone(), ids, config })
    }

    pub(super) fn trade_config(&self) -> trade::Config {
        trade::Config {
            windows_ms: self.config.windows_ms(),
            check_delays_ms: self.config.check_delays.iter().map(|delay| delay.ms()).collect(),
            sweep_interval_ms: self.config.sweep_interval.ms(),
            follow_traces: self.traces.are_on(),
            shortened: self.switches.window.clone(),
            ..trade::Config::default()
        }
    }

    pub(super) fn trade(
        &self,
        store: Arc<dyn trade::store::Store>,
        ids: Arc<IdGen>,
        (items, users, pay): (Arc<dyn Items>, Arc<dyn Users>, Arc<dyn Pay>),
    ) -> trade::Service {
        trade::Service::new(trade::Parts {
            store,
            clock: self.clock.clone(),
            ids,
            items: self.items(items),
            pay: self.traces.pay(Arc::new(self.freezable(Owner::Pay, pay))),
            users: self.users(users),
            config: self.trade_config(),
        })
    }

    pub(super) fn pay(
        &self,
        store: Arc<dyn pay::store::Store>,
        ids: Arc<IdGen>,
        (users, trade): (Arc<dyn Users>, Arc<dyn Trade>),
    ) -> Result<pay::Service> {
        let config = pay::Config::default();
        let channels = self.channels(&ids, &config)?;
        let (users, trade) = (self.users(users), self.traces.trade(trade));
        let clock = self.clock.clone();
        Ok(pay::Service::new(pay::Parts { store, trade, users, channels, clock, ids, config }))
    }

    /// The ways to pay at providers that are configured.
    fn channels(&self, ids: &Arc<IdGen>, config: &pay::Config) -> Result<Vec<Arc<dyn Channel>>> {
        let Some((url, key)) = self.config.sandbox()? else { return Ok(Vec::new()) };
        let parts = provider::client::Parts {
            url,
            key,
            deadline_ms: config.channel_wait_ms,
            transport: self.traces.transport(Arc::new(Http::default())),
            clock: self.clock.clone(),
            ids: ids.clone(),
        };
        Ok(vec![Arc::new(Sandbox::new(parts)?)])
    }

    fn items(&self, items: Arc<dyn Items>) -> Arc<dyn Items> {
        self.traces.items(Arc::new(self.freezable(Owner::Item, items)))
    }

    fn users(&self, users: Arc<dyn Users>) -> Arc<dyn Users> {
        self.traces.users(Arc::new(self.freezable(Owner::User, users)))
    }

    fn freezable<S: ?Sized>(&self, service: Owner, inner: Arc<S>) -> Freezable<S> {
        Freezable { inner, service, switches: self.switches.clone() }
    }
}

fn system_salt() -> Salt {
    Salt::random(&mut rand::rng())
}
