//! How each process is made: its keys, its clients, its service, its shell.

use std::path::PathBuf;
use std::sync::Arc;

use auth::password::{Options as PasswordOptions, PasswordChecker, Salt};
use auth::token::{KeyRing, OwnToken, Signer};
use axum::Router;
use clock::{Clock, IdGen};
use delay::{EmbeddedBus, Pump};
use edge::{FingerprintKey, Shell};
use engine::sqlite::{Db, SqliteOutbox};
use gateway::{Forward, Upstreams};
use remote::{Clients, Http, Transport, Upstream};
use sandglass::config::Layers;
use sandglass::tokens::RingTokens;
use sandglass::traces::Traces;
use sandglass::up::system_rng;
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;

use super::place;

/// What all of them are built over.
pub(super) struct Ground {
    pub(super) db: Db,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<IdGen>,
    pub(super) keys: PathBuf,
    pub(super) urls: [String; 5],
    pub(super) stop: CancellationToken,
    /// Where each process's spans go; empty: nowhere.
    pub(super) otlp: String,
}

/// What one process has for itself.
pub(super) struct Process {
    pub(super) ring: Arc<KeyRing>,
    pub(super) signer: Signer,
    pub(super) clients: Clients,
    pub(super) traces: Traces,
}

impl Ground {
    pub(super) fn process(&self, role: &str) -> Process {
        let (ring, signer) = KeyRing::join(&self.keys, role, &mut system_rng(), self.clock.now()).unwrap();
        let config = Layers::defaults().set("otlp", &self.otlp).config().unwrap();
        let traces = Traces::start(&config, &format!("sandglass-{role}"), &mut system_rng()).unwrap();
        let clients = Clients {
            transport: traces.transport(Arc::new(Http::default())),
            token: Arc::new(OwnToken::new(signer.clone())),
            clock: self.clock.clone(),
            options: remote::Options::default(),
        };
        Process { ring: Arc::new(ring), signer, clients, traces }
    }

    pub(super) fn urls(&self, role: &str) -> Vec<String> {
        vec![self.urls[place(role)].clone()]
    }

    pub(super) fn shell(&self, process: &Process) -> Shell {
        Shell {
            authenticator: Arc::new(RingTokens(process.ring.clone())),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            fingerprint: FingerprintKey([7; 32]),
        }
    }

    pub(super) fn behind_shell(&self, process: &Process, routes: OpenApiRouter) -> Router {
        process.traces.door(edge::wrap(routes.split_for_parts().0, self.shell(process)))
    }

    pub(super) fn user(&self, process: &Process) -> user::Service {
        user::Service::new(user::Parts {
            store: Arc::new(user::store::sqlite::SqliteStore::new(self.db.clone())),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            passwords: PasswordChecker::new(PasswordOptions::default(), &[9; 32]).unwrap(),
            salt: Arc::new(|| Salt::random(&mut system_rng())),
            signer: Arc::new(process.signer.clone()),
            config: user::Config::default(),
        })
    }

    pub(super) fn item(&self, process: &Process) -> item::Service {
        item::Service::new(item::Parts {
            store: Arc::new(item::SqliteStore::new(self.db.clone())),
            trade: process.traces.trade(Arc::new(process.clients.trade(&self.urls("trade")).unwrap())),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            config: item::Config::default(),
        })
    }

    pub(super) fn cart(&self, process: &Process) -> cart::Service {
        let config = cart::Config::default();
        cart::Service::new(cart::Parts {
            store: Arc::new(cart::store::SqliteStore::new(self.db.clone(), config.rows_max)),
            items: process.traces.items(Arc::new(process.clients.item(&self.urls("item")).unwrap())),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            config,
        })
    }

    pub(super) fn trade(&self, process: &Process) -> (trade::Service, SqliteOutbox) {
        let config = trade::Config { follow_traces: process.traces.are_on(), ..trade::Config::default() };
        let store = trade::store::sqlite::SqliteStore::new(self.db.clone(), &config);
        let outbox = store.outbox();
        let service = trade::Service::new(trade::Parts {
            store: Arc::new(store),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            items: process.traces.items(Arc::new(process.clients.item(&self.urls("item")).unwrap())),
            pay: process.traces.pay(Arc::new(process.clients.pay(&self.urls("pay")).unwrap())),
            users: process.traces.users(Arc::new(process.clients.user(&self.urls("user")).unwrap())),
            config,
        });
        (service, outbox)
    }

    pub(super) fn pay(&self, process: &Process) -> (pay::Service, SqliteOutbox) {
        let config = pay::Config::default();
        let store = pay::SqliteStore::new(self.db.clone(), config);
        let outbox = store.outbox().clone();
        let service = pay::Service::new(pay::Parts {
            store: Arc::new(store),
            trade: process.traces.trade(Arc::new(process.clients.trade(&self.urls("trade")).unwrap())),
            users: process.traces.users(Arc::new(process.clients.user(&self.urls("user")).unwrap())),
            channels: Vec::new(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            config,
        });
        (service, outbox)
    }

    pub(super) fn gateway(&self, process: &Process) -> Router {
        let upstream = |role: &'static str| {
            let options = remote::Options::forwarding();
            let transport: Arc<dyn Transport> = process.traces.transport(Arc::new(Http::default()));
            Upstream::new(role, &self.urls(role), transport, self.clock.clone(), options).unwrap()
        };
        let upstreams = Upstreams {
            user: upstream("user"),
            item: upstream("item"),
            cart: upstream("cart"),
            trade: upstream("trade"),
            pay: upstream("pay"),
        };
        let parts = Forward {
            document: include_str!("../../../../../openapi.json").to_owned(),
            upstreams,
            token: process.clients.token.clone(),
            shell: self.shell(process),
            options: gateway::Options::default(),
        };
        process.traces.door(gateway::forward(parts).unwrap())
    }

    pub(super) fn pump(&self, outbox: &SqliteOutbox, bus: &Arc<EmbeddedBus>) {
        let pump = Pump::new(Arc::new(outbox.clone()), outbox.inbox(), bus.clone(), self.clock.clone());
        tokio::spawn(pump.run(self.stop.clone()));
    }
}
