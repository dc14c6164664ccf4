//! How a process is built: the service as it ships, over its own database, among simulated others.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use api::calls::{Items, Pay, Trade, Users};
use auth::password::{Cost, Options as PasswordOptions, PasswordChecker, Salt, Threads};
use auth::token::{KeyUse, Signer};
use axum::Router;
use clock::{IdGen, MINUTE, Ms, SECOND};
use delay::{Bounds, Inbox, Pump, PumpStatus};
use edge::{Authenticator, FingerprintKey, Principal, Shell};
use engine::sqlite::{Db, Migrations, Options};
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;

use crate::life::Life;
use crate::mail::{Handlers, Mail};
use crate::place::Place;
use crate::stores::{Base, Messages};
use crate::town::Town;
use crate::wire::Wire;

/// How long orders of the payment types 1, 2 and 3 wait for their payment, in milliseconds.
pub(crate) const WINDOWS_MS: [i64; 3] = [30 * SECOND, 60 * SECOND, 90 * SECOND];

/// A process as others reach it.
#[derive(Clone)]
pub(crate) struct Running {
    pub(crate) users: Option<Arc<dyn Users>>,
    pub(crate) items: Option<Arc<dyn Items>>,
    pub(crate) trade: Option<Arc<dyn Trade>>,
    pub(crate) pay: Option<Arc<dyn Pay>>,
    pub(crate) handlers: Handlers,
    /// Tells its pump that messages were changed behind its back.
    pub(crate) inbox: Option<Inbox>,
    /// Its public routes.
    pub(crate) door: Router,
}

/// The tables of each place.
pub(crate) fn migrations(place: Place) -> &'static [Migrations] {
    const USER: &[Migrations] = &[user::store::sqlite::MIGRATIONS];
    const ITEM: &[Migrations] = &[item::MIGRATIONS];
    const CART: &[Migrations] = &[cart::store::MIGRATIONS];
    const TRADE: &[Migrations] = &[trade::store::sqlite::MIGRATIONS];
    const PAY: &[Migrations] = &[pay::MIGRATIONS];
    match place {
        Place::User => USER,
        Place::Item => ITEM,
        Place::Cart => CART,
        Place::Trade => TRADE,
        Place::Pay => PAY,
        Place::Broker | Place::People | Place::Provider => &[],
    }
}

/// Opens the database of `place` at `path`. A commit does not wait for the disk: no power is cut here, and what
/// a process that ends has committed is in the file for the next.
pub(crate) fn open(path: &Path, place: Place) -> engine::Result<Db> {
    Db::open(path, Options { cache_kib: 512, ..Options::for_tests() }, migrations(place))
}

/// What a process is built of.
struct Site {
    life: Arc<Life>,
    base: Base,
    ids: Arc<IdGen>,
    wire: Wire,
    handlers: Handlers,
}

/// Starts the process of `life`: opens its database, builds its service, starts its pump and its sweep.
pub(crate) async fn start(life: Arc<Life>) -> engine::Result<Running> {
    let base = Base::open(&life).await?;
    let ids = Arc::new(IdGen::new(base.worker));
    let wire = Wire(life.clone());
    let site = Site { life, base, ids, wire, handlers: Handlers::default() };
    Ok(match site.life.place {
        Place::User => site.user(),
        Place::Item => site.item(),
        Place::Cart => site.cart(),
        Place::Trade => site.trade(),
        Place::Pay | Place::Broker | Place::People | Place::Provider => site.pay(),
    })
}

impl Site {
    fn town(&self) -> &Arc<Town> {
        &self.life.town
    }

    fn clock(&self) -> Arc<dyn clock::Clock> {
        Arc::new(self.town().clock.clone())
    }

    fn bus(&self) -> Arc<Mail> {
        Arc::new(Mail { life: self.life.clone(), handlers: self.handlers.clone() })
    }

    /// Starts the pump over `outbox`.
    fn pump(&self, (outbox, inbox): Messages) -> (Inbox, PumpStatus) {
        // Pages far ahead: with few messages a look at an empty table every second is all the pump would do.
        let bounds = Bounds { lookahead_ms: 30 * SECOND, ..Bounds::default() };
        let pump = Pump::new(outbox, inbox.clone(), self.bus(), self.clock()).with_bounds(bounds);
        let status = pump.status();
        self.town().spawn(pump.run(CancellationToken::new()));
        (inbox, status)
    }

    fn running(self, routes: OpenApiRouter) -> Running {
        let (routes, _) = routes.split_for_parts();
        let shell = Shell {
            authenticator: Arc::new(NoTokens),
            clock: self.clock(),
            ids: self.ids.clone(),
            fingerprint: FingerprintKey([7; 32]),
        };
        Running {
            users: None,
            items: None,
            trade: None,
            pay: None,
            handlers: self.handlers,
            inbox: None,
            door: edge::wrap(routes, shell),
        }
    }

    fn user(self) -> Running {
        let options = PasswordOptions {
            cost: Cost::for_tests(),
            threads: Threads::Inline,
            ..PasswordOptions::default()
        };
        let service = user::Service::new(user::Parts {
            store: self.base.user(),
            clock: self.clock(),
            ids: self.ids.clone(),
            passwords: PasswordChecker::new(options, &[7; 32]).expect("the least cost is a cost"),
            salt: Arc::new(|| Salt([7; 16])),
            signer: signer(),
            config: user::Config::default(),
        });
        let sweeper = service.clone();
        self.town().spawn(async move { sweeper.sweep_forever(CancellationToken::new()).await });
        Running { users: Some(Arc::new(service.clone())), ..self.running(user::routes(service)) }
    }

    fn item(self) -> Running {
        let config = item::Config {
            sweep_after_ms: 3 * MINUTE,
            release_unknown_after_ms: 5 * MINUTE,
            sweep_again_first_ms: 20 * SECOND,
            sweep_again_cap_ms: MINUTE,
            sweep_every_ms: 30 * SECOND,
        };
        let service = item::Service::new(item::Parts {
            store: self.base.item(),
            trade: Arc::new(self.wire.clone()),
            clock: self.clock(),
            ids: self.ids.clone(),
            config,
        });
        let sweeper = service.clone();
        self.town().spawn(async move { sweeper.sweep_forever(CancellationToken::new()).await });
        Running { items: Some(Arc::new(service.clone())), ..self.running(item::routes(service)) }
    }

    fn cart(self) -> Running {
        let config = cart::Config::default();
        let service = cart::Service::new(cart::Parts {
            store: self.base.cart(config.rows_max),
            items: Arc::new(self.wire.clone()),
            clock: self.clock(),
            ids: self.ids.clone(),
            config,
        });
        service.subscribe(self.bus().as_ref());
        self.town().spawn(service.clone().run_sweep(CancellationToken::new()));
        self.running(cart::routes(service))
    }

    fn trade(self) -> Running {
        let config = trade::Config { windows_ms: WINDOWS_MS, ..trade::Config::default() };
        let (store, messages) = self.base.trade(&config);
        let service = trade::Service::new(trade::Parts {
            store,
            clock: self.clock(),
            ids: self.ids.clone(),
            items: Arc::new(self.wire.clone()),
            pay: Arc::new(self.wire.clone()),
            users: Arc::new(self.wire.clone()),
            config,
        });
        service.subscribe(self.bus().as_ref());
        let (inbox, timers) = self.pump(messages);
        let sweeper = service.clone();
        self.town().spawn(async move { sweeper.sweep_forever(timers, CancellationToken::new()).await });
        let trade: Arc<dyn Trade> = Arc::new(service.clone());
        Running { trade: Some(trade), inbox: Some(inbox), ..self.running(trade::routes(service)) }
    }

    fn pay(self) -> Running {
        let config = pay::Config { sweep_every_ms: 15 * SECOND, ..pay::Config::default() };
        let (store, messages) = self.base.pay(config);
        let service = pay::Service::new(pay::Parts {
            store,
            trade: Arc::new(self.wire.clone()),
            users: Arc::new(self.wire.clone()),
            channels: vec![Arc::new(self.wire.clone())],
            clock: self.clock(),
            ids: self.ids.clone(),
            config,
        });
        service.subscribe(self.bus().as_ref());
        let (inbox, timers) = self.pump(messages);
        let sweeper = service.clone();
        self.town().spawn(async move { sweeper.sweep_forever(timers, CancellationToken::new()).await });
        let pay: Arc<dyn Pay> = Arc::new(service.clone());
        Running { pay: Some(pay), inbox: Some(inbox), ..self.running(pay::routes(service)) }
    }
}

/// The signing key of a world in which nobody checks signatures; made once, for it costs more than an order.
fn signer() -> Arc<Signer> {
    static SIGNER: OnceLock<Arc<Signer>> = OnceLock::new();
    let seed = "A".repeat(43);
    let made = || Signer::from_pem_or_seed(&seed, "user", KeyUse::Users).expect("32 bytes are a key");
    SIGNER.get_or_init(|| Arc::new(made())).clone()
}

/// Knows no token: people come in established, since signatures are proven elsewhere and cost much here.
struct NoTokens;

impl Authenticator for NoTokens {
    fn authenticate(&self, _: &str, _: Ms) -> Option<Principal> {
        None
    }
}
