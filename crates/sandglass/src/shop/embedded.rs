//! Every service in one process, on one embedded database, calling each other directly.

use std::sync::Arc;

use anyhow::{Context, Result};
use api::calls::{Link, Pay, Trade};
use auth::password::{Options as PasswordOptions, PasswordChecker, Salt};
use auth::token::{KeyUse, Signer, Verifier};
use clock::{Clock, IdGen};
use delay::{Bounds, Bus, EmbeddedBus};
use edge::{FingerprintKey, Shell};
use engine::sqlite::{DataDir, Db, Migrations, Options, SqliteOutbox};

use super::{Lane, Services, Shop, Storage};
use crate::chaos::{FreezablePay, LossyBus, Switches};
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

/// Opens the data directory and wires the services over it.
pub(super) async fn open(
    config: Config,
    clock: Arc<dyn Clock>,
    rng: &mut (impl rand::CryptoRng + Send),
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
    let wiring = Wiring { config, dir, db, clock, ids, shell };
    wiring.wire(signer, rng)
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
        let lanes =
            vec![self.lane("trade", trade_outbox, bus.clone()), self.lane("pay", pay_outbox, bus.clone())];
        let services = Services {
            user: Some(users),
            item: Some(items),
            cart: Some(carts),
            trade: Some(trade),
            pay: Some(pay),
        };
        let Wiring { config, dir, db, clock, ids, shell } = self;
        let storage = Storage::Embedded { dir, db };
        Ok(Shop { config, storage, clock, ids, services, switches, lanes, bus, shell })
    }

    fn lane(&self, service: &'static str, outbox: SqliteOutbox, bus: Arc<dyn Bus>) -> Lane {
        let inbox = outbox.inbox();
        Lane::new((service, "outbox"), Arc::new(outbox), inbox, bus, self.clock.clone(), Bounds::default())
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
