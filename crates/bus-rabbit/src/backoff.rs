//! Waits between attempts to connect: doubling, capped, and spread so that replicas do not come back at once.

use crate::limits::{RECONNECT_CAP_MS, RECONNECT_FIRST_MS};

/// The waits of one supervised connection.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    seed: u64,
    failures: u32,
}

impl Backoff {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, failures: 0 }
    }

    /// The next wait: between half and all of the doubled one.
    pub(crate) fn next_ms(&mut self) -> i64 {
        let doubled = RECONNECT_FIRST_MS.saturating_mul(1 << self.failures.min(20)).min(RECONNECT_CAP_MS);
        self.failures = self.failures.saturating_add(1);
        self.spread(doubled)
    }

    /// The longest wait, for what only a human can mend.
    pub(crate) fn longest_ms(&mut self) -> i64 {
        self.spread(RECONNECT_CAP_MS)
    }

    /// Starts over after a connection that lasted.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    fn spread(&mut self, wait_ms: i64) -> i64 {
        let share = i64::try_from(self.random() >> 54).unwrap_or(0);
        wait_ms / 2 + (wait_ms / 2) * share / 1_024
    }

    /// One step of `SplitMix64`.
    fn random(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.seed ^ (self.seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_cap_and_start_over() {
        let mut backoff = Backoff::new(7);
        let waits: Vec<i64> = (0..40).map(|_| backoff.next_ms()).collect();
        assert!(waits[0] <= RECONNECT_FIRST_MS);
        assert!(waits.iter().all(|wait| (RECONNECT_FIRST_MS / 2..=RECONNECT_CAP_MS).contains(wait)));
        assert!(waits[39] >= RECONNECT_CAP_MS / 2);
        backoff.reset();
        assert!(backoff.next_ms() <= RECONNECT_FIRST_MS);
    }

    #[test]
    fn two_seeds_wait_differently() {
        let waits = |seed| (0..8).map(|_| Backoff::new(seed).longest_ms()).collect::<Vec<_>>();
        assert_ne!(waits(1), waits(2));
    }
}
