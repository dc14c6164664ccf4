//! Some services of a shop that is kept in PostgreSQL and served by any number of processes.

mod door;
mod keeping;
mod keys;
mod schema;
mod web;
mod wiring;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use clock::{Clock, IdGen};

pub(super) use self::door::door;
pub use self::keeping::check_keeping;
pub use self::schema::{bring_up_to_date, database, make_roles};
use self::wiring::Wiring;
use super::ground::Ground;
use super::{Role, Shop};
use crate::chaos::Switches;
use crate::config::Config;
use crate::traces::Traces;

/// How the services reach each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// All are in this process and call each other directly: for commands that look into a shop.
    Direct,
    /// Over HTTP, wherever they are.
    Remote,
}

/// Wires `roles` over the database of the configuration, whose tables must be up to date.
pub async fn open(
    config: Config,
    roles: &[Role],
    calls: Calls,
    clock: Arc<dyn Clock>,
    rng: &mut (impl rand::CryptoRng + Send),
) -> Result<Shop> {
    open_traced(config, roles, calls, (clock, Traces::none()), rng).await
}

/// The same, recorded.
pub async fn open_traced(
    config: Config,
    roles: &[Role],
    calls: Calls,
    (clock, traces): (Arc<dyn Clock>, Traces),
    rng: &mut (impl rand::CryptoRng + Send),
) -> Result<Shop> {
    let mut schemas = BTreeMap::new();
    for role in roles.iter().copied().filter(|role| Role::SERVICES.contains(role)) {
        schemas.insert(role, schema::Schema::open(&config, role, calls, clock.as_ref()).await?);
    }
    let own = keys::Own::load(&config, roles, clock.as_ref(), rng)?;
    // Request ids need to differ, no more: the random start is enough where there is no schema to lease from.
    let ids = schemas.values().next().map_or_else(
        || Arc::new(IdGen::new(u16::try_from(rng.next_u32() % u32::from(clock::WORKERS)).unwrap_or(0))),
        |schema| schema.ids.clone(),
    );
    let ground = Ground { config, clock, switches: Switches::default(), traces };
    let mut shop = Wiring::new(ground, ids, schemas, own, calls)?.wire(rng)?;
    if roles.contains(&Role::Web) {
        shop.web = Some(Arc::new(web::web(&shop, rng)?));
    }
    Ok(shop)
}
