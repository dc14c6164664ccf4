//! The bounds of the cart.

use clock::MINUTE;

/// How many of one item a row may hold; the same bound an order line has.
pub const NUM_MAX: u32 = 999;
/// How many items one clear-cart message may name. An order has at most 100 lines; other producers get room.
pub const CLEAR_ITEMS_MAX: usize = 1_000;

/// What an operator may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// How many rows a cart may have; also how many items one removal may name.
    pub rows_max: usize,
    /// How often old idempotency keys are forgotten, in milliseconds.
    pub sweep_every_ms: i64,
    /// How many keys one commit forgets.
    pub sweep_batch: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { rows_max: 100, sweep_every_ms: MINUTE, sweep_batch: 1_000 }
    }
}
