//! The gateway's door to services that are other processes.

use std::sync::Arc;

use anyhow::{Context, Result};
use auth::limit::Rate;
use axum::Router;
use gateway::{Forward, Options, Upstreams};
use remote::{Http, Upstream};

use super::wiring::at;
use crate::config::Config;
use crate::shop::{Role, Shop};

/// The API's description; a test holds it to what the handlers say.
const DOCUMENT: &str = include_str!("../../../../../openapi.json");

/// Forwards each operation to a replica of the service that owns it.
pub(in crate::shop) fn door(shop: &Shop) -> Result<Router> {
    let transport = shop.traces.transport(Arc::new(Http::default()));
    let bounds = remote::Options::forwarding();
    let upstream = |role: Role| -> Result<Upstream> {
        let urls = at(&shop.config, role)?;
        Ok(Upstream::new(role.name(), urls, transport.clone(), shop.clock.clone(), bounds)?)
    };
    let upstreams = Upstreams {
        user: upstream(Role::User)?,
        item: upstream(Role::Item)?,
        cart: upstream(Role::Cart)?,
        trade: upstream(Role::Trade)?,
        pay: upstream(Role::Pay)?,
    };
    let token = shop.token.clone().context("the gateway has no key of its own")?;
    let options = Options { rate: rate(&shop.config), ..Options::default() };
    let (document, shell) = (DOCUMENT.to_owned(), shop.shell.clone());
    let door = gateway::forward(Forward { document, upstreams, token, shell, options })?;
    Ok(edge::behind(door, shop.config.proxies()))
}

/// How often one address may come. Twice a second's worth may come at once.
fn rate(config: &Config) -> Option<Rate> {
    let a_second = u32::try_from(config.requests_per_address.0).unwrap_or(u32::MAX);
    let refill_ms = clock::SECOND / i64::from(a_second.max(1));
    (a_second > 0).then(|| Rate { burst: a_second.saturating_mul(2), refill_ms: refill_ms.max(1) })
}
