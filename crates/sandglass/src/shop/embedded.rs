//! Every service in one process, on one embedded database, calling each other directly.

use std::sync::Arc;

use anyhow::{Context, Result};
use api::calls::{Link, Pay, Trade};
use api::topics::ORDER_CHECK;
use auth::token::{KeyUse, Signer, Verifier};
use clock::{Clock, IdGen};
use delay::{Bounds, Bus, EmbeddedBus};
use edge::{FingerprintKey, Shell};
use engine::sqlite::{DataDir, Db, Migrations, Options, SqliteOutbox};
use web::{Inside, Web};

use super::ground::Ground;
use super::pages::{key_name, parts};
use super::{Lane, Services, Shop, Storage};
use crate::chaos::{LossyBus, Switches};
use crate::config::Config;
use crate::secrets;
use crate::tokens::Tokens;
use crate::traces::Traces;

/// How many orders whose time has come are handed over at once. Closing one is some writes in each service, which are
/// committed together for all of these, and whoever buys meanwhile waits for such a commit three times: a hundred
/// thousand orders due at one instant must not be felt. More at once would close faster, and few orders fall due so.
const CHECKS_AT_ONCE: usize = 16;

/// Every service's tables.
pub const MIGRATIONS: [Migrations; 5] = [
    user::store::sqlite::MIGRATIONS,
    item::MIGRATIONS,
    cart::store::MIGRATIONS,
    trade::store::sqlite::MIGRATIONS,
    pay::MIGRATIONS,
];

/// Opens the data directory and wires the services over it.
pub(super) async fn open(
    config: Config,
    clock: Arc<dyn Clock>,
    rng: &mut (impl rand::CryptoRng + Send),
    traces: Traces,
) -> Result<Shop> {
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
    let ground = Ground { config, clock, switches: Switches::default(), traces };
    Wiring { ground, dir, db, ids, shell }.wire(signer, rng)
}

fn signer(config: &Config, dir: &DataDir, rng: &mut impl rand::CryptoRng) -> Result<Arc<Signer>> {
    let path = dir.path().join("user.key");
    let signer = Signer::load_or_create(&path, "user", KeyUse::Users, rng)?;
    Ok(Arc::new(signer.with_lifetime_ms(config.token_lifetime.ms())))
}

/// What the services are wired over.
struct Wiring {
    ground: Ground,
    dir: DataDir,
    db: Db,
    ids: Arc<IdGen>,
    shell: Shell,
}

impl Wiring {
    fn wire(self, signer: Arc<Signer>, rng: &mut impl rand::CryptoRng) -> Result<Shop> {
        let (to_trade, to_pay) = (Link::<dyn Trade>::to("trade"), Link::<dyn Pay>::to("pay"));
        let (db, ids, ground) = (&self.db, &self.ids, &self.ground);
        let user = user::store::sqlite::SqliteStore::new(db.clone());
        let user = ground.user(Arc::new(user), ids.clone(), signer, rng)?;
        let item = item::SqliteStore::new(db.clone());
        let item = ground.item(Arc::new(item), ids.clone(), Arc::new(to_trade.clone()));
        let cart = cart::store::SqliteStore::new(db.clone(), cart::Config::default().rows_max);
        let cart = ground.cart(Arc::new(cart), ids.clone(), Arc::new(item.clone()));

        let store = trade::store::sqlite::SqliteStore::new(db.clone(), &ground.trade_config());
        let trade_outbox = store.outbox();
        let others =
            (Arc::new(item.clone()) as _, Arc::new(user.clone()) as _, Arc::new(to_pay.clone()) as _);
        let trade = ground.trade(Arc::new(store), ids.clone(), others);
        let store = pay::SqliteStore::new(db.clone(), pay::Config::default());
        let pay_outbox = store.outbox().clone();
        let others = (Arc::new(user.clone()) as _, Arc::new(to_trade.clone()) as _);
        let pay = ground.pay(Arc::new(store), ids.clone(), others)?;
        to_trade.put(Arc::new(trade.clone()));
        to_pay.put(Arc::new(pay.clone()));

        let bus = Arc::new(LossyBus { inner: EmbeddedBus::default(), switches: ground.switches.clone() });
        let lanes =
            vec![self.lane("trade", trade_outbox, bus.clone()), self.lane("pay", pay_outbox, bus.clone())];
        let services = Services {
            user: Some(user),
            item: Some(item),
            cart: Some(cart),
            trade: Some(trade),
            pay: Some(pay),
        };
        services.subscribe(bus.clone(), &ground.traces);
        let key = secrets::load_or_create(self.dir.path(), key_name(), |secret| rng.fill_bytes(secret))?;
        let mut shop = self.shop(services, lanes, bus);
        let inside = Inside::new(shop.interface());
        shop.web = Some(Arc::new(Web::new(parts(&shop, Arc::new(inside), key))));
        Ok(shop)
    }

    fn lane(&self, service: &'static str, outbox: SqliteOutbox, bus: Arc<dyn Bus>) -> Lane {
        let (inbox, clock) = (outbox.inbox(), self.ground.clock.clone());
        let bounds = Bounds { batch_of: &[(ORDER_CHECK.code, CHECKS_AT_ONCE)], ..Bounds::default() };
        Lane::new((service, "outbox"), Arc::new(outbox), inbox, bus, clock, bounds)
    }

    fn shop(self, services: Services, lanes: Vec<Lane>, bus: Arc<dyn Bus>) -> Shop {
        let Wiring { ground: Ground { config, clock, switches, traces }, dir, db, ids, shell } = self;
        let storage = Storage::Embedded { dir, db };
        Shop {
            config,
            storage,
            clock,
            ids,
            services,
            switches,
            lanes,
            broker: None,
            token: None,
            leases: parking_lot::Mutex::default(),
            traces,
            background: parking_lot::Mutex::default(),
            bus,
            shell,
            web: None,
        }
    }
}
