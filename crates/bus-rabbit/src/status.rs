//! What an operator may know of the bus.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use clock::Ms;
use parking_lot::Mutex;

/// A live view of a bus. Clones look at the same bus.
#[derive(Clone, Debug, Default)]
pub struct BusStatus {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    link: Mutex<Link>,
    blocked: AtomicBool,
    counters: Counters,
}

#[derive(Debug, Default)]
struct Link {
    connected: bool,
    since: Option<Ms>,
    last_error: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) published: AtomicU64,
    pub(crate) confirmed: AtomicU64,
    pub(crate) returned: AtomicU64,
    pub(crate) in_flight: AtomicU64,
    pub(crate) consumed: AtomicU64,
    pub(crate) put_off: AtomicU64,
    pub(crate) buried: AtomicU64,
    pub(crate) connections: AtomicU64,
}

impl BusStatus {
    /// Whether the bus is connected and everything is declared.
    pub fn connected(&self) -> bool {
        self.shared.link.lock().connected
    }

    /// Since when it is connected, or not; nothing before the first attempt ended.
    pub fn since(&self) -> Option<Ms> {
        self.shared.link.lock().since
    }

    /// Why the last connection, or attempt, ended.
    pub fn last_error(&self) -> Option<String> {
        self.shared.link.lock().last_error.clone()
    }

    /// Whether the broker asked for a pause in publishing, as when its memory or disk is short.
    pub fn blocked(&self) -> bool {
        self.shared.blocked.load(Ordering::Relaxed)
    }

    /// Messages sent to the broker since the start.
    pub fn published(&self) -> u64 {
        read(&self.shared.counters.published)
    }

    /// Messages the broker took responsibility for since the start.
    pub fn confirmed(&self) -> u64 {
        read(&self.shared.counters.confirmed)
    }

    /// Messages the broker had no queue for since the start. They are sent again.
    pub fn returned(&self) -> u64 {
        read(&self.shared.counters.returned)
    }

    /// Messages sent and not yet confirmed.
    pub fn in_flight(&self) -> u64 {
        read(&self.shared.counters.in_flight)
    }

    /// Messages whose handlers were done with them since the start.
    pub fn consumed(&self) -> u64 {
        read(&self.shared.counters.consumed)
    }

    /// Messages put off since the start: early ones, later ones, and those to be tried again.
    pub fn put_off(&self) -> u64 {
        read(&self.shared.counters.put_off)
    }

    /// Messages that became dead letters since the start.
    pub fn buried(&self) -> u64 {
        read(&self.shared.counters.buried)
    }

    /// How often a connection was made since the start.
    pub fn connections(&self) -> u64 {
        read(&self.shared.counters.connections)
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.shared.counters
    }

    pub(crate) fn set_blocked(&self, blocked: bool) {
        self.shared.blocked.store(blocked, Ordering::Relaxed);
    }

    pub(crate) fn up(&self, now: Ms) {
        count(&self.shared.counters.connections, 1);
        let mut link = self.shared.link.lock();
        link.connected = true;
        link.since = Some(now);
    }

    /// Notes the end of a connection or attempt; answers whether its cause differs from the one before.
    pub(crate) fn down(&self, now: Ms, error: Option<String>) -> bool {
        self.set_blocked(false);
        let mut link = self.shared.link.lock();
        let since = link.since.filter(|_| !link.connected).unwrap_or(now);
        let news = link.connected || link.last_error != error;
        *link = Link { connected: false, since: Some(since), last_error: error };
        news
    }
}

pub(crate) fn count(counter: &AtomicU64, by: usize) {
    counter.fetch_add(by as u64, Ordering::Relaxed);
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}
