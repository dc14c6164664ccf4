//! What the parts of one bus have in common.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use clock::Clock;
use delay::Handler;
use parking_lot::{Mutex, RwLock};
use tokio::sync::watch;

use crate::config::Settings;
use crate::publisher::Publisher;
use crate::status::BusStatus;

/// Whether there is a way to the broker.
#[derive(Clone)]
pub(crate) enum Link {
    /// Not now.
    Down,
    /// There is.
    Up(Arc<Publisher>),
    /// Not any more.
    Stopped,
}

pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) handlers: RwLock<BTreeMap<u16, Arc<dyn Handler>>>,
    /// Counts subscriptions, so that a session notices those made after its start.
    pub(crate) subscriptions: watch::Sender<u64>,
    pub(crate) link: watch::Sender<Link>,
    pub(crate) status: BusStatus,
    /// The queues that were warned about.
    warned: Mutex<BTreeSet<String>>,
}

impl Shared {
    pub(crate) fn new(settings: Settings, clock: Arc<dyn Clock>) -> Self {
        Self {
            settings,
            clock,
            handlers: RwLock::default(),
            subscriptions: watch::Sender::new(0),
            link: watch::Sender::new(Link::Down),
            status: BusStatus::default(),
            warned: Mutex::default(),
        }
    }

    /// Whether nobody was warned of `queue` yet.
    pub(crate) fn first_warning(&self, queue: &str) -> bool {
        self.warned.lock().insert(queue.to_owned())
    }
}
