//! Puts the services of a process together.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use api::calls::{Items, Link, Pay, Trade, Users};
use api::topics;
use bus_rabbit::RabbitBus;
use clock::IdGen;
use delay::{Bounds, Bus, EmbeddedBus, Handler, Topic};
use edge::Shell;
use engine::postgres::{Deposit, PgOutbox};
use remote::{Clients, Http};

use super::Calls;
use super::keys::Own;
use super::schema::{Schema, sender_to};
use crate::chaos::LossyBus;
use crate::config::Config;
use crate::shop::bus::{Crossing, Way, rabbit};
use crate::shop::ground::Ground;
use crate::shop::{Background, Lane, Role, Services, Shop, Storage};
use crate::tokens::RingTokens;

/// The bounds of a pump that shares its table: it reserves little, and not far ahead.
const PUMP: Bounds = Bounds {
    window: 2_048,
    batch: 256,
    batch_of: &[],
    batches: 8,
    batches_per_topic: 4,
    // Every batch is some commits and round trips, whether it is of one message or of ten.
    pace: Duration::from_millis(20),
    lookahead_ms: 1_000,
    store_retry_ms: 500,
};

/// What a process's services are made from.
pub(super) struct Wiring {
    ground: Ground,
    ids: Arc<IdGen>,
    schemas: BTreeMap<Role, Schema>,
    own: Own,
    ways: Ways,
    rabbit: Option<RabbitBus>,
    lanes: Vec<Lane>,
    background: Vec<Background>,
}

/// How the services reach each other.
struct Ways {
    clients: Option<Clients>,
    items: Link<dyn Items>,
    users: Link<dyn Users>,
    trade: Link<dyn Trade>,
    pay: Link<dyn Pay>,
}

impl Wiring {
    pub(super) fn new(
        ground: Ground,
        ids: Arc<IdGen>,
        schemas: BTreeMap<Role, Schema>,
        own: Own,
        calls: Calls,
    ) -> Result<Self> {
        let Ground { config, clock, .. } = &ground;
        let ways = Ways::new(&ground, &own, calls);
        let speaks = [Role::Cart, Role::Trade, Role::Pay].iter().any(|role| schemas.contains_key(role));
        let rabbit = match if speaks { config.broker_address()? } else { None } {
            Some(address) => {
                let seed = ids.next(clock.now());
                Some(RabbitBus::new(rabbit(config, address, seed), clock.clone())?)
            }
            None => None,
        };
        let (lanes, background) = (Vec::new(), Vec::new());
        Ok(Self { ground, ids, schemas, own, ways, rabbit, lanes, background })
    }

    pub(super) fn wire(mut self, rng: &mut impl rand::CryptoRng) -> Result<Shop> {
        let arrivals = Arc::new(EmbeddedBus::default());
        let crossing = Crossing::over(self.way(&arrivals));
        let bus: Arc<dyn Bus> =
            Arc::new(LossyBus { inner: crossing, switches: self.ground.switches.clone() });
        let services = self.services(&bus, rng)?;
        self.ways.put(&services);
        services.subscribe(bus.clone(), &self.ground.traces);
        self.inboxes(&(arrivals as Arc<dyn Bus>));
        self.keep_going();
        Ok(self.shop(services, bus))
    }

    /// How messages leave this process.
    fn way(&self, arrivals: &Arc<EmbeddedBus>) -> Way {
        if let Some(broker) = &self.rabbit {
            return Way::Broker(broker.clone());
        }
        let to = |sender: Role, receiver: Role, topic: Topic| {
            let schema = self.schemas.get(&sender)?;
            let deposit = Deposit::new(schema.db.clone(), receiver.name(), receiver.name());
            Some((topic.code, Arc::new(deposit) as Arc<dyn Handler>))
        };
        let deposits = [
            to(Role::Pay, Role::Trade, topics::PAY_SUCCESS),
            to(Role::Trade, Role::Cart, topics::ORDER_CREATED),
        ];
        Way::Inboxes { deposits: deposits.into_iter().flatten().collect(), arrivals: arrivals.clone() }
    }

    fn services(&mut self, bus: &Arc<dyn Bus>, rng: &mut impl rand::CryptoRng) -> Result<Services> {
        let mut services = Services::default();
        for schema in self.schemas.values().cloned().collect::<Vec<_>>() {
            match schema.role {
                Role::Gateway | Role::Web => {}
                Role::User => services.user = Some(self.user(&schema, rng)?),
                Role::Item => services.item = Some(self.item(&schema)?),
                Role::Cart => services.cart = Some(self.cart(&schema)?),
                Role::Trade => services.trade = Some(self.trade(&schema, bus)?),
                Role::Pay => services.pay = Some(self.pay(&schema, bus)?),
            }
        }
        Ok(services)
    }

    fn user(&self, schema: &Schema, rng: &mut impl rand::CryptoRng) -> Result<user::Service> {
        let store = user::store::postgres::PgStore::new(schema.db.clone());
        let signer = self.own.logins.clone().context("`user` has no key to sign logins with")?;
        self.ground.user(Arc::new(store), schema.ids.clone(), signer, rng)
    }

    fn item(&self, schema: &Schema) -> Result<item::Service> {
        let store = item::store::postgres::PgStore::new(schema.db.clone());
        let trade = self.ways.trade(&self.ground.config)?;
        Ok(self.ground.item(Arc::new(store), schema.ids.clone(), trade))
    }

    fn cart(&self, schema: &Schema) -> Result<cart::Service> {
        let rows_max = cart::Config::default().rows_max;
        let store = cart::store::postgres::PgStore::new(schema.db.clone(), rows_max);
        let items = self.ways.items(&self.ground.config)?;
        Ok(self.ground.cart(Arc::new(store), schema.ids.clone(), items))
    }

    fn trade(&mut self, schema: &Schema, bus: &Arc<dyn Bus>) -> Result<trade::Service> {
        let outbox = self.outbox(schema, topics::OF_TRADE, bus);
        let config = self.ground.trade_config();
        let store = trade::store::postgres::PgStore::new(schema.db.clone(), outbox, &config, schema.worker);
        let ways = &self.ways;
        let others = (
            ways.items(&self.ground.config)?,
            ways.users(&self.ground.config)?,
            ways.pay(&self.ground.config)?,
        );
        Ok(self.ground.trade(Arc::new(store), schema.ids.clone(), others))
    }

    fn pay(&mut self, schema: &Schema, bus: &Arc<dyn Bus>) -> Result<pay::Service> {
        let outbox = self.outbox(schema, topics::OF_PAY, bus);
        let store = pay::store::postgres::PgStore::new(schema.db.clone(), outbox, pay::Config::default());
        let others = (self.ways.users(&self.ground.config)?, self.ways.trade(&self.ground.config)?);
        self.ground.pay(Arc::new(store), schema.ids.clone(), others)
    }

    /// A service's outbox, with a pump over it.
    fn outbox(&mut self, schema: &Schema, topics: &'static [Topic], bus: &Arc<dyn Bus>) -> PgOutbox {
        let relayed: Vec<u16> =
            topics.iter().map(|topic| topic.code).filter(|code| bus.holds_delays(*code)).collect();
        let name = schema.role.name();
        let (db, clock) = (schema.db.clone(), self.ground.clock.clone());
        let outbox = PgOutbox::new(db, clock, schema.worker, name, topics, &relayed);
        self.lane((name, "outbox"), &outbox, bus);
        outbox
    }

    /// The inboxes of the services that are here, where no broker brings them their messages.
    fn inboxes(&mut self, arrivals: &Arc<dyn Bus>) {
        if self.rabbit.is_some() {
            return;
        }
        for schema in self.schemas.values().cloned().collect::<Vec<_>>() {
            let topics = match sender_to(schema.role) {
                Some(Role::Pay) => topics::OF_PAY,
                Some(Role::Trade) => topics::OF_TRADE,
                _ => continue,
            };
            let (name, clock) = (schema.role.name(), self.ground.clock.clone());
            let inbox = PgOutbox::inbox_of(schema.db, clock.clone(), schema.worker, name, topics);
            self.lane((name, "inbox"), &inbox, arrivals);
            self.background.push(Background::new(move |stop| async move { inbox.listen(clock, stop).await }));
        }
    }

    fn lane(&mut self, name: (&'static str, &'static str), outbox: &PgOutbox, bus: &Arc<dyn Bus>) {
        let (inbox, clock) = (outbox.inbox(), self.ground.clock.clone());
        self.lanes.push(Lane::new(name, Arc::new(outbox.clone()), inbox, bus.clone(), clock, PUMP));
    }

    /// What must go on while this process has its numbers, whether or not it serves.
    fn leases(&self) -> Vec<Background> {
        let keeping = |schema: &Schema| {
            let (schema, clock) = (schema.clone(), self.ground.clock.clone());
            Background::new(move |stop| async move { schema.keep_number(clock, stop).await })
        };
        self.schemas.values().map(keeping).collect()
    }

    /// What must go on while the process serves, beside its pumps and sweeps.
    fn keep_going(&mut self) {
        if let Some(broker) = self.rabbit.clone() {
            self.background.push(Background::new(move |stop| async move { broker.run(stop).await }));
        }
    }

    fn shop(self, services: Services, bus: Arc<dyn Bus>) -> Shop {
        let leases = parking_lot::Mutex::new(self.leases());
        let shell = Shell {
            authenticator: Arc::new(RingTokens(self.own.ring.clone())),
            clock: self.ground.clock.clone(),
            ids: self.ids.clone(),
            fingerprint: self.own.fingerprint,
        };
        let Ground { config, clock, switches, traces } = self.ground;
        let schemas = self.schemas.into_iter().map(|(role, schema)| (role, schema.db)).collect();
        Shop {
            config,
            storage: Storage::Schemas(schemas),
            clock,
            ids: self.ids,
            services,
            switches,
            lanes: self.lanes,
            broker: self.rabbit,
            token: self.own.token,
            leases,
            traces,
            background: parking_lot::Mutex::new(self.background),
            bus,
            shell,
            web: None,
        }
    }
}

impl Ways {
    fn new(ground: &Ground, own: &Own, calls: Calls) -> Self {
        let Ground { config, clock, traces, .. } = ground;
        let options =
            remote::Options { deadline_ms: config.call_deadline.ms(), ..remote::Options::default() };
        let clients = own.token.clone().filter(|_| calls == Calls::Remote).map(|token| Clients {
            transport: traces.transport(Arc::new(Http::default())),
            token,
            clock: clock.clone(),
            options,
        });
        Self {
            clients,
            items: Link::to("item"),
            users: Link::to("user"),
            trade: Link::to("trade"),
            pay: Link::to("pay"),
        }
    }

    fn put(&self, services: &Services) {
        if let Some(item) = &services.item {
            self.items.put(Arc::new(item.clone()));
        }
        if let Some(user) = &services.user {
            self.users.put(Arc::new(user.clone()));
        }
        if let Some(trade) = &services.trade {
            self.trade.put(Arc::new(trade.clone()));
        }
        if let Some(pay) = &services.pay {
            self.pay.put(Arc::new(pay.clone()));
        }
    }

    fn items(&self, config: &Config) -> Result<Arc<dyn Items>> {
        Ok(match &self.clients {
            Some(clients) => Arc::new(clients.item(at(config, Role::Item)?)?),
            None => Arc::new(self.items.clone()),
        })
    }

    fn users(&self, config: &Config) -> Result<Arc<dyn Users>> {
        Ok(match &self.clients {
            Some(clients) => Arc::new(clients.user(at(config, Role::User)?)?),
            None => Arc::new(self.users.clone()),
        })
    }

    fn trade(&self, config: &Config) -> Result<Arc<dyn Trade>> {
        Ok(match &self.clients {
            Some(clients) => Arc::new(clients.trade(at(config, Role::Trade)?)?),
            None => Arc::new(self.trade.clone()),
        })
    }

    fn pay(&self, config: &Config) -> Result<Arc<dyn Pay>> {
        Ok(match &self.clients {
            Some(clients) => Arc::new(clients.pay(at(config, Role::Pay)?)?),
            None => Arc::new(self.pay.clone()),
        })
    }
}

/// Where the replicas of `role` are.
pub(in crate::shop) fn at(config: &Config, role: Role) -> Result<&[String]> {
    let urls = config.replicas_of(role);
    anyhow::ensure!(
        !urls.is_empty(),
        "configuration: `{0}_at` is empty; say where the replicas of `{0}` listen",
        role.name()
    );
    Ok(urls)
}
