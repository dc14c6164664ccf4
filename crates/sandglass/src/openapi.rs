//! The description of the public interface, as generated from the handlers.

use std::sync::Arc;

use anyhow::Result;
use clock::{Clock, ManualClock, Ms};

use crate::config::Layers;
use crate::shop::Shop;

/// The `OpenAPI` document as pretty JSON with a final line break left to the caller.
pub fn document() -> Result<String> {
    let dir = tempfile::tempdir()?;
    let config = Layers::defaults().set("data", &dir.path().display().to_string()).config()?;
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Ms(0)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let shop = runtime.block_on(Shop::open(config, clock, &mut crate::up::system_rng()))?;
    let (_, document) = gateway::describe(shop.routes());
    Ok(gateway::with_security(document).to_pretty_json()?)
}
