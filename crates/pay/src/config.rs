//! The bounds and windows of the payment service.

use clock::{HOUR, MINUTE, SECOND};

/// How long `pay` waits for whom, and how often it looks again. All spans are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// How long a buyer waits for the wallet before the answer is "checking".
    pub debit_wait_ms: i64,
    /// How long any other question to another service may take.
    pub call_wait_ms: i64,
    /// How long an attempt may be in flight before the wallet is made to decide it. Longer than
    /// [`Config::debit_wait_ms`] spares slow debits; shorter closes orders sooner.
    pub resolve_after_ms: i64,
    /// How long after it was asked for a refund is tried by its duty, if the call itself could not finish it.
    pub refund_after_ms: i64,
    /// How long a duty may be overdue before the sweep does its work.
    pub sweep_grace_ms: i64,
    /// The pause between two sweeps.
    pub sweep_every_ms: i64,
    /// The longest lag of the message pump that a sweep makes allowance for.
    pub sweep_lag_ms_max: i64,
    /// How long a row rests after a sweep could not finish it; doubles up to [`Config::sweep_rest_ms_max`].
    pub sweep_rest_ms: i64,
    /// The longest such rest.
    pub sweep_rest_ms_max: i64,
    /// How many rows a page of a sweep has.
    pub sweep_page: usize,
    /// How many expired idempotency keys one sweep forgets.
    pub expire_keys: usize,
    /// How many of their pay orders a buyer is shown.
    pub list_max: usize,
    /// The longest wait between two tries to reach the wallet.
    pub retry_cap_ms: i64,
    /// How long a payment channel's answer may take.
    pub channel_wait_ms: i64,
    /// How long after it was written a bill is made by its duty, if the application itself could not.
    pub bill_after_ms: i64,
    /// How long after a bill was opened the provider is asked for the first time whether it is paid, should no
    /// notice tell; then less and less often, up to [`Config::sweep_rest_ms_max`].
    pub bill_look_ms: i64,
    /// For how long the provider is asked now and then whether money came for a bill that it had closed.
    pub closed_look_ms: i64,
    /// The longest wait between two tries to reach a provider.
    pub channel_retry_cap_ms: i64,
    /// How many bills are asked about at once.
    pub bills_at_once: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            debit_wait_ms: 2 * SECOND + SECOND / 2,
            call_wait_ms: 2 * SECOND,
            resolve_after_ms: 3 * SECOND,
            refund_after_ms: SECOND,
            sweep_grace_ms: 10 * SECOND,
            sweep_every_ms: 5 * SECOND,
            sweep_lag_ms_max: MINUTE,
            sweep_rest_ms: 2 * SECOND,
            sweep_rest_ms_max: MINUTE,
            sweep_page: 256,
            expire_keys: 2_000,
            list_max: 200,
            retry_cap_ms: 2 * SECOND,
            channel_wait_ms: 2 * SECOND + SECOND / 2,
            bill_after_ms: 3 * SECOND,
            bill_look_ms: 5 * SECOND,
            closed_look_ms: HOUR,
            channel_retry_cap_ms: MINUTE,
            bills_at_once: 16,
        }
    }
}
