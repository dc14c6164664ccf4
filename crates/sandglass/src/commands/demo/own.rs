//! An instance of the demo's own.

use std::sync::Arc;

use anyhow::Result;
use auth::password::Password;
use clock::SystemClock;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Config, Layers};
use crate::demo_data;
use crate::ops::client::Client;
use crate::ops::{Ops, routes};
use crate::serve::{bind, serve};
use crate::shop::Shop;
use crate::up::system_rng;

/// How long orders wait for their payment here; long enough to press a button, short enough to watch.
const WINDOW: &str = "4s";
const OPS_TOKEN: &str = "demo";

/// A running instance that goes away with this value.
pub(super) struct Own {
    pub(super) url: String,
    ops: std::net::SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
    _dir: TempDir,
}

/// Starts an instance on free ports in a directory of its own.
pub(super) async fn start() -> Result<Own> {
    let dir = tempfile::tempdir()?;
    let config = config(&dir)?;
    let (door, ops) = (bind(config.listen, "--listen")?, bind(config.ops_listen, "--ops-listen")?);
    let (url, ops_address) = (format!("http://{}", door.local_addr()?), ops.local_addr()?);
    let shop = Arc::new(Shop::open(config, Arc::new(SystemClock), &mut system_rng()).await?);
    let seeded = shop.users()?.seed_demo(Password::new("not needed here")).await;
    seeded.map_err(|error| anyhow::anyhow!("the demo users cannot be made: {error:?}"))?;
    demo_data::fill(&shop).await?;

    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    shop.start(&tasks, &stop);
    tasks.spawn(serve(door, shop.door(), stop.clone()));
    tasks.spawn(serve(ops, routes(Ops::new(shop, OPS_TOKEN.into())?), stop.clone()));
    Ok(Own { url, ops: ops_address, stop, tasks, _dir: dir })
}

fn config(dir: &TempDir) -> Result<Config> {
    let layers = Layers::defaults()
        .set("data", &dir.path().display().to_string())
        .set("listen", "127.0.0.1:0")
        .set("payment_window", WINDOW)
        .set("check_delays", "2s")
        .set("chaos", "true");
    Ok(layers.config()?)
}

impl Own {
    /// The way to its operator's calls.
    pub(super) fn ops(&self) -> Client {
        Client::at(self.ops, OPS_TOKEN.into())
    }

    /// Stops it and waits until it has.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
