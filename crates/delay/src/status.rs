//! What an operator, and the sweeps, may know of a pump.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use clock::Ms;
use parking_lot::Mutex;

use crate::trail::{Handled, Trail};

/// A live view of a pump. Clones look at the same pump.
#[derive(Clone, Debug, Default)]
pub struct PumpStatus {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    paused: AtomicBool,
    oldest_due: AtomicI64,
    in_flight: AtomicU64,
    handled: AtomicU64,
    buried: AtomicU64,
    trail: Mutex<Trail>,
}

impl PumpStatus {
    /// Stops handing messages over until [`PumpStatus::resume`]; they keep.
    pub fn pause(&self) {
        self.shared.paused.store(true, Ordering::SeqCst);
    }

    /// Ends a pause. The pump notices at its next wake-up.
    pub fn resume(&self) {
        self.shared.paused.store(false, Ordering::SeqCst);
    }

    /// Whether it is paused.
    pub fn paused(&self) -> bool {
        self.shared.paused.load(Ordering::SeqCst)
    }

    /// How far behind the pump is, in milliseconds: the age of the oldest due message it has not finished.
    pub fn lag_ms(&self, now: Ms) -> i64 {
        match self.shared.oldest_due.load(Ordering::SeqCst) {
            0 => 0,
            due => now.since(Ms(due)),
        }
    }

    /// Messages being handled now.
    pub fn in_flight(&self) -> u64 {
        self.shared.in_flight.load(Ordering::Relaxed)
    }

    /// Messages done since the start.
    pub fn handled(&self) -> u64 {
        self.shared.handled.load(Ordering::Relaxed)
    }

    /// Messages that became dead letters since the start.
    pub fn buried(&self) -> u64 {
        self.shared.buried.load(Ordering::Relaxed)
    }

    /// The tries at messages about `subject` among those the pump handled last, oldest first.
    pub fn about(&self, subject: u64) -> Vec<Handled> {
        self.shared.trail.lock().about(subject)
    }

    pub(crate) fn passed(&self, tries: Vec<Handled>) {
        self.shared.trail.lock().add(tries);
    }

    pub(crate) fn observe(&self, oldest_due: Option<Ms>, in_flight: usize) {
        self.shared.oldest_due.store(oldest_due.map_or(0, |due| due.0), Ordering::SeqCst);
        self.shared.in_flight.store(in_flight as u64, Ordering::Relaxed);
    }

    pub(crate) fn count(&self, done: u64, buried: u64) {
        self.shared.handled.fetch_add(done, Ordering::Relaxed);
        self.shared.buried.fetch_add(buried, Ordering::Relaxed);
    }
}
