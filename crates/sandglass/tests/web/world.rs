//! A shop with its demo catalogue and people, whose clock is driven by hand.

use std::sync::Arc;

use auth::password::Password;
use axum::Router;
use clock::{Clock, ManualClock, Ms};
use edge::Role;
use model::UserId;
use sandglass::config::Layers;
use sandglass::shop::Shop;
use sandglass::up::system_rng;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::reader::Reader;

/// Where the clock starts.
const START: Ms = Ms(1_790_000_000_000);
/// The password of everybody.
pub(crate) const PASSWORD: &str = "123";

/// A running shop.
pub(crate) struct World {
    pub(crate) shop: Arc<Shop>,
    pub(crate) door: Router,
    pub(crate) clock: ManualClock,
    _dir: TempDir,
    pub(crate) stop: CancellationToken,
}

impl World {
    /// With the demo's things and people.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with some keys of the configuration set.
    pub(crate) async fn start_with(keys: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let layers = Layers::defaults().set("data", &dir.path().display().to_string()).set("chaos", "true");
        let layers = keys.iter().fold(layers, |layers, (key, value)| layers.set(key, value));
        let clock = ManualClock::at(START);
        let now: Arc<dyn Clock> = Arc::new(clock.clone());
        let shop = Arc::new(Shop::open(layers.config().unwrap(), now, &mut system_rng()).await.unwrap());
        shop.users().unwrap().seed_demo(Password::new("staff secret")).await.unwrap();
        sandglass::demo_data::fill(&shop).await.unwrap();
        let stop = CancellationToken::new();
        shop.start(&TaskTracker::new(), &stop);
        Self { door: shop.door(), shop, clock, _dir: dir, stop }
    }

    /// Somebody with a browser that runs no scripts.
    pub(crate) fn reader(&self) -> Reader {
        Reader::new(self.door.clone())
    }

    /// Somebody who is logged in.
    pub(crate) async fn logged_in(&self, name: &str) -> Reader {
        let mut reader = self.reader();
        reader.log_in(name, PASSWORD).await;
        reader
    }

    /// A staff user called `name`.
    pub(crate) async fn hire(&self, name: &str, role: Role) {
        let users = self.shop.users().unwrap();
        users.hire(name, Password::new(PASSWORD), role, UserId(0), None).await.unwrap();
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
