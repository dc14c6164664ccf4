//! The bounds and windows of `trade`.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use clock::{MINUTE, SECOND};

/// How `trade` behaves in time. All spans in milliseconds.
#[derive(Clone, Debug)]
pub struct Config {
    /// The payment windows of payment types 1, 2 and 3. Stored with each order as its deadline, so a change
    /// touches only orders placed later.
    pub windows_ms: [i64; 3],
    /// When to ask whether a payment succeeded, counted from its application; rising.
    pub check_delays_ms: Vec<i64>,
    /// The pause between two sweeps.
    pub sweep_interval_ms: i64,
    /// How long a row may be unfinished before a sweep takes it up. The timers' own lag comes on top.
    pub sweep_grace_ms: i64,
    /// After how long a duty that its request did not finish is taken up.
    pub duty_delay_ms: i64,
    /// Whether what is done for an order goes on in the trace of its placing, which then is read where no message
    /// brings it along.
    pub follow_traces: bool,
    /// What makes the windows shorter than they are, while somebody tries something out.
    pub shortened: Shortened,
}

/// A bound on the payment windows that can be set while the process runs; a fault switch. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Shortened(Arc<AtomicI64>);

impl Shortened {
    /// No window is longer than this from now on, in milliseconds; 0 takes the bound away.
    pub fn set(&self, most_ms: i64) {
        self.0.store(most_ms.max(0), Ordering::SeqCst);
    }

    /// The bound; 0 if there is none.
    pub fn get(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    /// What becomes of a window.
    pub(crate) fn of(&self, window_ms: i64) -> i64 {
        match self.get() {
            0 => window_ms,
            most_ms => window_ms.min(most_ms),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            windows_ms: [30 * MINUTE; 3],
            check_delays_ms: vec![10 * SECOND, MINUTE, 5 * MINUTE],
            sweep_interval_ms: 30 * SECOND,
            sweep_grace_ms: 5 * SECOND,
            duty_delay_ms: SECOND,
            follow_traces: false,
            shortened: Shortened::default(),
        }
    }
}

/// The most lines an order may have.
pub const LINES_MAX: usize = 100;
/// The most of one item a line may order.
pub const NUM_MAX: u32 = 999;
/// The longest reason or parcel detail staff may give, in characters.
pub(crate) const NOTE_MAX: usize = 200;
/// How many orders a sweep takes up at once.
pub(crate) const SWEEP_PAGE: usize = 256;
/// The longest wait before a sweep comes back to an order that could not be finished, in milliseconds.
pub(crate) const SWEEP_BACKOFF_MAX_MS: i64 = 60 * SECOND;
/// How long after its deadline an open order counts as overdue, in milliseconds: more than timers and sweeps are late in
/// good weather.
pub(crate) const OVERDUE_MS: i64 = 60 * SECOND;
/// How many of the rows that the next sweeps come to are looked at for overdue orders.
pub(crate) const OVERDUE_LOOK: usize = 20_000;
/// How many steps one drive takes an order at most; the longest way to an end has five.
pub(crate) const DRIVE_ROUNDS: usize = 8;
/// The most the timers' lag may put off the sweeps, in milliseconds: timers that hang must not stop them.
pub(crate) const TIMER_LAG_MAX_MS: i64 = 60 * SECOND;
/// How often a picture of how the orders stand is taken, in milliseconds.
pub(crate) const WATCH_EVERY_MS: i64 = 3 * SECOND;
/// How many orders a list has at most, the newest that are in it; so counting and leafing through have an end.
pub const LISTED_MAX: u64 = 10_000;
/// How many orders of one state are gathered rather than met on the way along all.
pub(crate) const GATHERED_MAX: u64 = 1_000;
/// How far the orders that fall due within one span are counted.
pub const BUCKET_MAX: i64 = 10_000;
