//! The shop: which services this process has, what they are kept in, and how they reach each other.
//!
//! [`Shop::open`] wires every service over one embedded database, calling each other directly. [`cluster::open`]
//! wires some of them over PostgreSQL, among other processes.

mod admission;
mod background;
mod broker_dead;
mod bus;
pub mod cluster;
mod embedded;
mod ground;
mod lane;
mod pages;
mod role;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use api::{Kind, Problem};
use auth::token::OwnToken;
use axum::Router;
use books::ended::{Found, Shelves, Wanted};
use books::{Schemas, Snapshot};
use bus_rabbit::RabbitBus;
use clock::{Clock, IdGen, Ms};
use delay::{Bus, DeadLetters, PumpStatus};
use edge::Shell;
use engine::postgres::{Db as PgDb, Options, Reads};
use engine::sqlite::{DataDir, Db};
use gateway::Admission;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use utoipa_axum::router::OpenApiRouter;
use web::Web;

pub use self::background::Background;
use self::broker_dead::BrokerDead;
pub use self::embedded::MIGRATIONS;
pub use self::lane::Lane;
pub use self::role::Role;
use crate::chaos::{Switches, freezable};
use crate::config::Config;
use crate::traces::Traces;

/// The services of this process, wired together but not yet running.
pub struct Shop {
    /// The configuration it was built with.
    pub config: Config,
    /// What everything is kept in.
    pub storage: Storage,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<IdGen>,
    /// The services that are here.
    pub services: Services,
    /// The fault switches; all off unless somebody may reach them.
    pub switches: Switches,
    /// Who hands over due messages.
    pub lanes: Vec<Lane>,
    /// The way through the broker, if there is one.
    pub broker: Option<RabbitBus>,
    /// The pages, if they are here.
    pub web: Option<Arc<Web>>,
    /// What this process shows others when it calls them.
    pub token: Option<Arc<OwnToken>>,
    leases: Mutex<Vec<Background>>,
    traces: Traces,
    background: Mutex<Vec<Background>>,
    bus: Arc<dyn Bus>,
    shell: Shell,
    admission: Admission,
}

/// What a shop is kept in.
pub enum Storage {
    /// One file in a data directory, which is locked.
    Embedded {
        /// The data directory.
        dir: DataDir,
        /// The database under all services.
        db: Db,
    },
    /// A schema for each service that is here.
    Schemas(BTreeMap<Role, PgDb>),
}

impl Storage {
    /// Whether it takes writes.
    pub async fn ready(&self) -> engine::Result<()> {
        match self {
            Storage::Embedded { db, .. } => db.write(|_| Ok(())).await,
            Storage::Schemas(schemas) => {
                for db in schemas.values() {
                    db.conn().await?.query("SELECT 1", &[]).await?;
                }
                Ok(())
            }
        }
    }

    /// Checks every invariant as of `now`; what must happen in time may be late by `grace_ms`.
    pub async fn audit(&self, config: &Config, now: Ms, grace_ms: i64) -> Result<audit::Report> {
        match self {
            Storage::Schemas(_) => audit_schemas(config, now, grace_ms).await,
            Storage::Embedded { db, .. } => {
                let db = db.clone();
                Ok(tokio::task::spawn_blocking(move || books::audit(&db, now, grace_ms)).await??)
            }
        }
    }

    /// Looks for orders that have ended in every service, over one snapshot.
    pub async fn ended(
        &self,
        config: &Config,
        wanted: Wanted,
        times: audit::Times,
    ) -> Result<audit::Result<Found>> {
        let look = move |shelves: &dyn Shelves| books::ended::ended(shelves, wanted, times);
        match self {
            Storage::Schemas(_) => {
                let snapshot = Schemas::take(&auditor(config)?).await?;
                Ok(tokio::task::spawn_blocking(move || look(&snapshot)).await?)
            }
            Storage::Embedded { db, .. } => {
                let db = db.clone();
                Ok(tokio::task::spawn_blocking(move || look(&Snapshot::take(&db)?)).await?)
            }
        }
    }
}

/// Checks every invariant of a shop in PostgreSQL, as the role that may read every schema.
pub async fn audit_schemas(config: &Config, now: Ms, grace_ms: i64) -> Result<audit::Report> {
    Ok(books::audit_schemas(&auditor(config)?, now, grace_ms).await?)
}

/// A handle for whoever may read every schema.
fn auditor(config: &Config) -> Result<PgDb> {
    let auditor = Options {
        connections: 1,
        reads: Reads::Whole,
        ..Options::new(config.database_of_auditor()?, "public")
    };
    Ok(PgDb::new(&auditor)?)
}

/// The services that this process has.
#[derive(Clone, Default)]
pub struct Services {
    /// Users and wallets.
    pub user: Option<user::Service>,
    /// Catalogue and stock.
    pub item: Option<item::Service>,
    /// Carts.
    pub cart: Option<cart::Service>,
    /// Orders.
    pub trade: Option<trade::Service>,
    /// Payments.
    pub pay: Option<pay::Service>,
}

impl Services {
    /// Has those that are here hear their messages on `bus`, recorded.
    fn subscribe(&self, bus: Arc<dyn Bus>, traces: &Traces) {
        let bus = traces.bus(bus);
        let bus = bus.as_ref();
        if let Some(trade) = &self.trade {
            trade.subscribe(bus);
        }
        if let Some(pay) = &self.pay {
            pay.subscribe(bus);
        }
        if let Some(cart) = &self.cart {
            cart.subscribe(bus);
        }
    }
}

/// A service that runs in other processes only.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the service `{0}` is not in this process; ask one that serves it")]
pub struct Absent(pub &'static str);

impl From<Absent> for Problem {
    fn from(absent: Absent) -> Self {
        Problem::new(Kind::NotFound, "not_here", absent.to_string(), "本进程不提供该服务。")
    }
}

impl From<Absent> for edge::Failure {
    fn from(absent: Absent) -> Self {
        Problem::from(absent).into()
    }
}

impl Shop {
    /// Opens the data directory and wires all services over it.
    pub async fn open(
        config: Config,
        clock: Arc<dyn Clock>,
        rng: &mut (impl rand::CryptoRng + Send),
    ) -> Result<Self> {
        Self::open_traced(config, clock, rng, Traces::none()).await
    }

    /// The same, recorded.
    pub async fn open_traced(
        config: Config,
        clock: Arc<dyn Clock>,
        rng: &mut (impl rand::CryptoRng + Send),
        traces: Traces,
    ) -> Result<Self> {
        embedded::open(config, clock, rng, traces).await
    }

    /// Users and wallets.
    pub fn users(&self) -> Result<&user::Service, Absent> {
        self.services.user.as_ref().ok_or(Absent("user"))
    }

    /// Catalogue and stock.
    pub fn items(&self) -> Result<&item::Service, Absent> {
        self.services.item.as_ref().ok_or(Absent("item"))
    }

    /// Orders.
    pub fn trade(&self) -> Result<&trade::Service, Absent> {
        self.services.trade.as_ref().ok_or(Absent("trade"))
    }

    /// Keeps the numbers that ids are made with, until `stop`; then gives them back. A second call changes nothing.
    pub fn keep_numbers(&self, tasks: &TaskTracker, stop: &CancellationToken) {
        for lease in self.leases.lock().drain(..) {
            tasks.spawn(lease.run(stop.clone()));
        }
    }

    /// Starts the pumps and sweeps; they end with `stop`.
    pub fn start(&self, tasks: &TaskTracker, stop: &CancellationToken) {
        self.keep_numbers(tasks, stop);
        for lane in &self.lanes {
            lane.start(tasks, stop);
        }
        for background in self.background.lock().drain(..) {
            tasks.spawn(background.run(stop.clone()));
        }
        let Services { user, item, cart, trade, pay } = self.services.clone();
        if let Some(trade) = trade {
            let (watching, until) = (trade.clone(), stop.clone());
            tasks.spawn(async move { watching.watch_forever(until).await });
            let (timers, stop) = (self.timers_of("trade"), stop.clone());
            tasks.spawn(async move { trade.sweep_forever(timers, stop).await });
        }
        if let Some(pay) = pay {
            let (watching, until) = (pay.clone(), stop.clone());
            tasks.spawn(async move { watching.watch_forever(until).await });
            let (timers, stop) = (self.timers_of("pay"), stop.clone());
            tasks.spawn(async move { pay.sweep_forever(timers, stop).await });
        }
        if let Some(item) = item {
            let stop = stop.clone();
            tasks.spawn(async move {
                item.warm_up().await;
                item.sweep_forever(stop).await;
            });
        }
        if let Some(cart) = cart {
            tasks.spawn(cart.run_sweep(stop.clone()));
        }
        if let Some(user) = user {
            let stop = stop.clone();
            tasks.spawn(async move { user.sweep_forever(stop).await });
        }
        if let Some(web) = self.web.clone() {
            let stop = stop.clone();
            tasks.spawn(async move { web.run(stop).await });
        }
    }

    /// The pump that the service's own timers go through.
    fn timers_of(&self, service: &str) -> PumpStatus {
        lane::timers_of(&self.lanes, service)
    }

    /// The public routes, behind the shell: the pages where they are, and the interface.
    pub fn door(&self) -> Router {
        let interface = self.interface();
        let public = match &self.web {
            Some(web) => self.traces.door(web.routes()).fallback_service(interface),
            None => interface,
        };
        edge::behind(public, self.proxies())
    }

    /// The services' HTTP interface.
    fn interface(&self) -> Router {
        let door = gateway::door(self.routes(), self.shell.clone(), self.admission.clone());
        freezable(self.traces.door(door), self.switches.clone())
    }

    /// Whose word on the client's address counts: a service among other processes believes its gateway alone.
    fn proxies(&self) -> edge::Proxies {
        match &self.storage {
            Storage::Embedded { .. } => self.config.proxies(),
            Storage::Schemas(_) => edge::Proxies::default(),
        }
    }

    /// The pages alone, of a process that has nothing else.
    pub fn door_of_pages(&self) -> Result<Router, Absent> {
        let web = self.web.as_ref().ok_or(Absent("web"))?;
        let pages = self.traces.door(web.routes()).fallback_service(web.nothing());
        Ok(edge::behind(pages, self.config.proxies()))
    }

    /// The one door to services that are other processes.
    pub fn forwarding_door(&self) -> Result<Router> {
        Ok(self.traces.door(cluster::door(self)?))
    }

    /// The routes of the services that are here, and their description.
    pub fn routes(&self) -> Vec<OpenApiRouter> {
        let Services { user, item, cart, trade, pay } = self.services.clone();
        [
            user.map(user::routes),
            item.map(item::routes),
            cart.map(cart::routes),
            trade.map(trade::routes),
            pay.map(pay::routes),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The bus, for looking at its handlers.
    pub fn bus(&self) -> Arc<dyn Bus> {
        self.bus.clone()
    }

    /// All places where dead letters lie, by the names operators give.
    pub fn dead_letters(&self) -> Vec<(String, Arc<dyn DeadLetters>)> {
        let mut places: Vec<_> = self.lanes.iter().map(|lane| (lane.name(), lane.dead.clone())).collect();
        places.extend(self.broker_dead_letters().map(|(service, dead)| (format!("{service}.broker"), dead)));
        places
    }

    /// Those that lie in the broker, by the service that is here and could not handle them.
    pub fn broker_dead_letters(&self) -> impl Iterator<Item = (&'static str, Arc<dyn DeadLetters>)> {
        let listens =
            |role: &Role| matches!(&self.storage, Storage::Schemas(here) if here.contains_key(role));
        let roles = [Role::Trade, Role::Cart].into_iter().filter(listens);
        roles.filter_map(|role| {
            let (queue, service) = (self.broker.as_ref()?.dead_letters(), role.name());
            Some((service, Arc::new(BrokerDead { queue, service }) as Arc<dyn DeadLetters>))
        })
    }

    /// The embedded database, where that is what the shop is kept in.
    pub fn embedded(&self) -> Option<&Db> {
        match &self.storage {
            Storage::Embedded { db, .. } => Some(db),
            Storage::Schemas(_) => None,
        }
    }
}
