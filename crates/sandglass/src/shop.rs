//! The whole shop in one process: every service on one embedded database, calling each other directly.

use std::sync::Arc;

use anyhow::{Context, Result};
use api::calls::{Link, Pay, Trade};
use auth::password::{Options as PasswordOptions, PasswordChecker, Salt};
use auth::token::{KeyUse, Signer, Verifier};
use axum::Router;
use clock::{Clock, IdGen};
use delay::{Bus, EmbeddedBus, Pump, PumpStatus};
use edge::{FingerprintKey, Shell};
use engine::sqlite::{DataDir, Db, Migrations, Options, SqliteOutbox};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use utoipa_axum::router::OpenApiRouter;

use crate::chaos::{FreezablePay, LossyBus, Switches, freezable};
use crate::config::Config;
use crate::secrets;
use crate::tokens::Tokens;

/// Every service's tables.
pub const MIGRATIONS: [Migrations; 5] = [
    user::store::sqlite::MIGRATIONS,
    item::MIGRATIONS,
    cart::store::MIGRATIONS,
    trade::store::sqlite::MIGRATIONS,
    pay::MIGRATIONS,
];

/// The services, wired together but not yet running.
pub struct Shop {
    /// The configuration it was built with.
    pub config: Config,
    /// The data directory, locked.
    pub dir: DataDir,
    /// The database under all services.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<IdGen>,
    /// Users and wallets.
    pub users: user::Service,
    /// Catalogue and stock.
    pub items: item::Service,
    /// Carts.
    pub carts: cart::Service,
    /// Orders.
    pub trade: trade::Service,
    /// Payments.
    pub pay: pay::Service,
    /// The fault switches; all off unless somebody may reach them.
    pub switches: Switches,
    /// Who hands over due messages.
    pub outboxes: Vec<Lane>,
    bus: Arc<dyn Bus>,
    shell: Shell,
}

/// One service's outbox and its pump's state.
pub struct Lane {
    /// Which service's.
    pub service: &'static str,
    /// The outbox.
    pub outbox: SqliteOutbox,
    /// A view of the pump over it.
    pub status: PumpStatus,
    pump: parking_lot::Mutex<Option<Pump>>,
}

impl Shop {
    /// Opens the data directory and wires the services over it.
    pub async fn open(
        config: Config,
        clock: Arc<dyn Clock>,
        rng: &mut (impl rand::CryptoRng + Send),
    ) -> Result<Self> {
        let dir = DataDir::open(&config.data)?;
        let db = Db::open(&dir.database(), Options::default(), &MIGRATIONS)
            .with_context(|| format!("the database {} cannot be opened", dir.database().display()))?;
        let ids = Arc::new(IdGen::new(db.lease_worker().await?));
        let signer = signer(&config, &dir, rng)?;
        let shell = Shell {
            authenticator: Arc::new(Tokens(Verifier::new([signer.public().clone()])?)),
            clock: clock.clone(),
            ids: ids.clone(),
            fingerprint: FingerprintKey(secrets::load_or_create(dir.path(), "fingerprint.key", |s| {
                rng.fill_bytes(s);
            })?),
        };
        let wiring = Wiring { config, dir, db, clock, ids, shell };
        wiring.wire(signer, rng)
    }

    /// Starts the pumps and sweeps; they end with `stop`.
    pub fn start(&self, tasks: &TaskTracker, stop: &CancellationToken) {
        let mut timers = PumpStatus::default();
        let mut of_pay = PumpStatus::default();
        for lane in &self.outboxes {
            match lane.service {
                "trade" => timers = lane.status.clone(),
                _ => of_pay = lane.status.clone(),
            }
            if let Some(pump) = lane.pump.lock().take() {
                tasks.spawn(pump.run(stop.clone()));
            }
        }
        let (trade, pay) = (self.trade.clone(), self.pay.clone());
        let (stop_trade, stop_pay) = (stop.clone(), stop.clone());
        tasks.spawn(async move { trade.sweep_forever(timers, stop_trade).await });
        tasks.spawn(async move { pay.sweep_forever(of_pay, stop_pay).await });
        let (items, stop_items) = (self.items.clone(), stop.clone());
        tasks.spawn(async move { items.sweep_forever(stop_items).await });
        tasks.spawn(self.carts.clone().run_sweep(stop.clone()));
        let (users, stop_users) = (self.users.clone(), stop.clone());
        tasks.spawn(async move { users.sweep_forever(stop_users).await });
    }

    /// The public routes, behind the shell.
    pub fn door(&self) -> Router {
        freezable(gateway::door(self.services(), self.shell.clone()), self.switches.clone())
    }

    /// Every service's routes and their description.
    pub fn services(&self) -> Vec<OpenApiRouter> {
        vec![
            user::routes(self.users.clone()),
            item::routes(self.items.clone()),
            cart::routes(self.carts.clone()),
            trade::routes(self.trade.clone()),
            pay::routes(self.pay.clone()),
        ]
    }

    /// The bus, for looking at its handlers.
    pub fn bus(&self) -> Arc<dyn Bus> {
        self.bus.clone()
    }
}

fn signer(config: &Config, dir: &DataDir, rng: &mut impl rand::CryptoRng) -> Result<Arc<Signer>> {
    let path = dir.path().join("user.key");
    let signer = Signer::load_or_create(&path, "user", KeyUse::Users, rng)?;
    Ok(Arc::new(signer.with_lifetime_ms(config.token_lifetime.ms())))
}

/// What the services are wired over.
struct Wiring {
    config: Config,
    dir: DataDir,
    db: Db,
    clock: Arc<dyn Clock>,
    ids: Arc<IdGen>,
    shell: Shell,
}

impl Wiring {
    fn wire(self, signer: Arc<Signer>, rng: &mut impl rand::CryptoRng) -> Result<Shop> {
        let (to_trade, to_pay) = (Link::<dyn Trade>::to("trade"), Link::<dyn Pay>::to("pay"));
        let switches = Switches::default();
        let users = self.users(signer, rng)?;
        let items = self.items(to_trade.clone());
        let carts = self.carts(&items);
        let (trade, trade_outbox) = self.trade(&items, &users, to_pay.clone(), &switches);
        let (pay, pay_outbox) = self.pay(&users, to_trade.clone());
        to_trade.put(Arc::new(trade.clone()));
        to_pay.put(Arc::new(pay.clone()));

        let bus = Arc::new(LossyBus { inner: EmbeddedBus::default(), switches: switches.clone() });
        trade.subscribe(bus.as_ref());
        pay.subscribe(bus.as_ref());
        carts.subscribe(bus.as_ref());
        let outboxes =
            vec![self.lane("trade", trade_outbox, bus.clone()), self.lane("pay", pay_outbox, bus.clone())];
        let Wiring { config, dir, db, clock, ids, shell } = self;
        Ok(Shop {
            config,
            dir,
            db,
            clock,
            ids,
            users,
            items,
            carts,
            trade,
            pay,
            switches,
            outboxes,
            bus,
            shell,
        })
    }

    fn lane(&self, service: &'static str, outbox: SqliteOutbox, bus: Arc<dyn Bus>) -> Lane {
        let pump = Pump::new(Arc::new(outbox.clone()), outbox.inbox(), bus, self.clock.clone());
        Lane { service, outbox, status: pump.status(), pump: parking_lot::Mutex::new(Some(pump)) }
    }

    fn users(&self, signer: Arc<Signer>, rng: &mut impl rand::CryptoRng) -> Result<user::Service> {
        let mut remember = [0; 32];
        rng.fill_bytes(&mut remember);
        Ok(user::Service::new(user::Parts {
            store: Arc::new(user::store::sqlite::SqliteStore::new(self.db.clone())),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            passwords: PasswordChecker::new(PasswordOptions::default(), &remember)?,
            salt: Arc::new(system_salt),
            signer,
            config: user::Config::default(),
        }))
    }

    fn items(&self, trade: Link<dyn Trade>) -> item::Service {
        item::Service::new(item::Parts {
            store: Arc::new(item::SqliteStore::new(self.db.clone())),
            trade: Arc::new(trade),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            config: item::Config::default(),
        })
    }

    fn carts(&self, items: &item::Service) -> cart::Service {
        let config = cart::Config::default();
        cart::Service::new(cart::Parts {
            store: Arc::new(cart::store::SqliteStore::new(self.db.clone(), config.rows_max)),
            items: Arc::new(items.clone()),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            config,
        })
    }

    fn trade(
        &self,
        items: &item::Service,
        users: &user::Service,
        pay: Link<dyn Pay>,
        switches: &Switches,
    ) -> (trade::Service, SqliteOutbox) {
        let config = trade::Config {
            windows_ms: self.config.windows_ms(),
            check_delays_ms: self.config.check_delays.iter().map(|delay| delay.ms()).collect(),
            sweep_interval_ms: self.config.sweep_interval.ms(),
            ..trade::Config::default()
        };
        let store = trade::store::sqlite::SqliteStore::new(self.db.clone(), &config);
        let outbox = store.outbox();
        let service = trade::Service::new(trade::Parts {
            store: Arc::new(store),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            items: Arc::new(items.clone()),
            pay: Arc::new(FreezablePay { inner: pay, switches: switches.clone() }),
            users: Arc::new(users.clone()),
            config,
        });
        (service, outbox)
    }

    fn pay(&self, users: &user::Service, trade: Link<dyn Trade>) -> (pay::Service, SqliteOutbox) {
        let config = pay::Config::default();
        let store = pay::SqliteStore::new(self.db.clone(), config);
        let outbox = store.outbox().clone();
        let service = pay::Service::new(pay::Parts {
            store: Arc::new(store),
            trade: Arc::new(trade),
            users: Arc::new(users.clone()),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            config,
        });
        (service, outbox)
    }
}

fn system_salt() -> Salt {
    Salt::random(&mut rand::rng())
}
