//! The bounds and windows of the service.

use clock::{HOUR, MINUTE};

/// What can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// How old a hold is when the sweep first asks `trade` about it, in milliseconds. Longer than the
    /// longest payment window keeps the sweep idle in good weather.
    pub sweep_after_ms: i64,
    /// How old a hold must be before it is released although `trade` knows no such order, in milliseconds.
    pub release_unknown_after_ms: i64,
    /// The first wait before a doubtful hold is asked about again, in milliseconds; doubles every time.
    pub sweep_again_first_ms: i64,
    /// The longest such wait, in milliseconds.
    pub sweep_again_cap_ms: i64,
    /// How often the sweep looks for due holds, in milliseconds.
    pub sweep_every_ms: i64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sweep_after_ms: HOUR,
            release_unknown_after_ms: 2 * HOUR,
            sweep_again_first_ms: 5 * MINUTE,
            sweep_again_cap_ms: HOUR,
            sweep_every_ms: MINUTE,
        }
    }
}

impl Config {
    /// How long a hold that was asked about `sweeps` times waits for the next time, in milliseconds.
    pub fn sweep_again_ms(&self, sweeps: u32) -> i64 {
        let doubled = self.sweep_again_first_ms.saturating_mul(1 << sweeps.min(20));
        doubled.clamp(1, self.sweep_again_cap_ms.max(1))
    }
}

/// How many holds the sweep asks about at once.
pub const SWEEP_PAGE: usize = 256;
/// How many idempotency keys one round of the sweep forgets at most.
pub const EXPIRE_PAGE: usize = 1_000;
/// The most lines an order may hold.
pub const LINES_MAX: usize = 100;
/// The most pieces one line may hold.
pub const NUM_MAX: u32 = 999;
/// Lists are counted, and can be paged through, up to this many entries.
pub const TOTAL_MAX: u64 = 10_000;
/// The most ids one look-up may name.
pub const IDS_MAX: usize = api::calls::QUOTES_MAX;
