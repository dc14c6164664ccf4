//! The pages of a shop whose other parts are other processes.

use std::sync::Arc;

use anyhow::{Context, Result};
use clock::SECOND;
use remote::{Http, Upstream};
use web::{Afar, Web};

use super::wiring::at;
use crate::secrets;
use crate::shop::pages::{key_name, parts};
use crate::shop::{Role, Shop};

/// How long a page waits for the gateway, which waits a little less long for the services.
const DEADLINE_MS: i64 = 12 * SECOND;

/// The pages, which know the shop by its gateway.
pub(super) fn web(shop: &Shop, rng: &mut impl rand::CryptoRng) -> Result<Web> {
    let key = secrets::load_or_create(&shop.config.keys_dir(), key_name(), |secret| rng.fill_bytes(secret))?;
    let transport = shop.traces.transport(Arc::new(Http::default()));
    let bounds = remote::Options { deadline_ms: DEADLINE_MS, ..remote::Options::forwarding() };
    let urls = at(&shop.config, Role::Gateway)?;
    let gateway = Upstream::new(Role::Gateway.name(), urls, transport, shop.clock.clone(), bounds)?;
    let own = shop.token.clone().context("`web` has no key of its own")?;
    let afar = Afar::new(gateway, own, shop.clock.clone());
    Ok(Web::new(parts(shop, Arc::new(afar), key)))
}
