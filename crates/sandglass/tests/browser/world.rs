//! A shop that listens, with the demo's things and people.

use std::sync::Arc;

use auth::password::Password;
use clock::{Clock, ManualClock, Ms};
use sandglass::config::Layers;
use sandglass::serve::{bind, serve};
use sandglass::shop::Shop;
use sandglass::up::system_rng;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Where the clock starts: a Monday at noon.
const START: Ms = Ms(1_795_435_200_000);
/// The password of everybody but staff.
pub(crate) const PASSWORD: &str = "123";
/// The password of the staff user `admin`.
pub(crate) const STAFF_PASSWORD: &str = "staff secret";

/// A running shop.
pub(crate) struct World {
    pub(crate) shop: Arc<Shop>,
    pub(crate) clock: ManualClock,
    pub(crate) base: String,
    pub(crate) runtime: Runtime,
    stop: CancellationToken,
    _dir: TempDir,
}

impl World {
    /// With some keys of the configuration set.
    pub(crate) fn start(keys: &[(&str, &str)]) -> Self {
        let runtime = Runtime::new().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let layers = Layers::defaults().set("data", &dir.path().display().to_string()).set("chaos", "true");
        let config =
            keys.iter().fold(layers, |layers, (key, value)| layers.set(key, value)).config().unwrap();
        let clock = ManualClock::at(START);
        let stop = CancellationToken::new();
        let (shop, base) = runtime.block_on(open(config, clock.clone(), &stop));
        Self { shop, clock, base, runtime, stop, _dir: dir }
    }
}

async fn open(
    config: sandglass::config::Config,
    clock: ManualClock,
    stop: &CancellationToken,
) -> (Arc<Shop>, String) {
    let now: Arc<dyn Clock> = Arc::new(clock);
    let shop = Arc::new(Shop::open(config, now, &mut system_rng()).await.unwrap());
    shop.users().unwrap().seed_demo(Password::new(STAFF_PASSWORD)).await.unwrap();
    sandglass::demo_data::fill(&shop).await.unwrap();
    shop.start(&TaskTracker::new(), stop);
    let listener = bind("127.0.0.1:0".parse().unwrap(), "--listen").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (door, until) = (shop.door(), stop.clone());
    tokio::spawn(async move { serve(listener, door, until).await.unwrap() });
    (shop, base)
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
