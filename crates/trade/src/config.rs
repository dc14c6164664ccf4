//! The bounds and windows of `trade`.

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
