//! How a pump hears of messages that were just committed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use clock::Ms;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::Message;

/// The committing side's end of a pump. Offers never wait: a commit must not hang on a slow pump.
#[derive(Clone, Debug)]
pub struct Inbox {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Messages ready later than this are left to a later page from the store.
    horizon: AtomicI64,
    arrived: Mutex<Vec<Message>>,
    capacity: usize,
    /// Offers were dropped: the pump must read the store from the start.
    missed: AtomicBool,
    /// Somebody else put messages into the store: the pump must read on.
    more: AtomicBool,
    wake: Notify,
}

impl Inbox {
    /// An inbox that keeps at most `capacity` messages between two looks of its pump.
    pub fn new(capacity: usize) -> Self {
        let shared = Shared {
            horizon: AtomicI64::new(i64::MIN),
            arrived: Mutex::default(),
            capacity,
            missed: AtomicBool::new(true),
            more: AtomicBool::new(false),
            wake: Notify::new(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Tells the pump of a message that has just been committed. Never before its commit.
    pub fn offer(&self, message: Message) {
        if !self.wants(&message) {
            return;
        }
        let mut arrived = self.shared.arrived.lock();
        if arrived.len() < self.shared.capacity {
            arrived.push(message);
        } else {
            self.shared.missed.store(true, Ordering::SeqCst);
        }
        drop(arrived);
        self.shared.wake.notify_one();
    }

    /// Whether the pump would take `message` now rather than read it from the store later.
    pub fn wants(&self, message: &Message) -> bool {
        message.ready.0 <= self.shared.horizon.load(Ordering::SeqCst)
    }

    /// Tells the pump that another process put messages into the store.
    pub fn look(&self) {
        self.shared.more.store(true, Ordering::SeqCst);
        self.shared.wake.notify_one();
    }

    /// Makes the pump read the store again from the start, as after rows were changed behind its back.
    pub fn reload(&self) {
        self.shared.missed.store(true, Ordering::SeqCst);
        self.shared.wake.notify_one();
    }

    pub(crate) fn set_horizon(&self, horizon: Ms) {
        self.shared.horizon.store(horizon.0, Ordering::SeqCst);
    }

    pub(crate) fn take(&self) -> Vec<Message> {
        std::mem::take(&mut *self.shared.arrived.lock())
    }

    pub(crate) fn take_missed(&self) -> bool {
        self.shared.missed.swap(false, Ordering::SeqCst)
    }

    pub(crate) fn take_more(&self) -> bool {
        self.shared.more.swap(false, Ordering::SeqCst)
    }

    pub(crate) async fn changed(&self) {
        self.shared.wake.notified().await;
    }
}
