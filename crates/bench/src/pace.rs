//! When the next order is due.
//!
//! In the open loop the n-th order is due at n / rate, whoever happens to be free to send it; its latency
//! counts from then. A server that stalls cannot make its own measurement prettier by holding up the clients.

use std::time::Duration;

/// Hands out the moments at which orders are due.
#[derive(Debug)]
pub(crate) struct Pace {
    rate: Option<u32>,
    taken: u64,
    end: Duration,
}

impl Pace {
    /// As fast as the answers come, until `end`; or `rate` orders a second.
    pub(crate) fn new(rate: Option<u32>, end: Duration) -> Self {
        Self { rate, taken: 0, end }
    }

    /// When the next order is due, for a client that is free `now`; `None` when the run is over.
    pub(crate) fn take(&mut self, now: Duration) -> Option<Duration> {
        let due = self.rate.map_or(now, |rate| at(self.taken, rate));
        if due.max(now) >= self.end {
            return None;
        }
        self.taken += 1;
        Some(due)
    }

    /// Orders that were due before the end and that no client was free to send.
    pub(crate) fn missed(&self) -> u64 {
        let due = self.rate.map_or(0, |rate| self.end.as_nanos() * u128::from(rate) / NANOS);
        u64::try_from(due).unwrap_or(u64::MAX).saturating_sub(self.taken)
    }
}

const NANOS: u128 = 1_000_000_000;

fn at(number: u64, rate: u32) -> Duration {
    let nanos = u128::from(number) * NANOS / u128::from(rate);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn the_open_loop_is_due_by_the_clock_even_when_clients_come_late() {
        let mut pace = Pace::new(Some(10), ms(1_000));
        assert_eq!(pace.take(ms(0)), Some(ms(0)));
        assert_eq!(pace.take(ms(0)), Some(ms(100)), "a free client waits for it");
        assert_eq!(pace.take(ms(900)), Some(ms(200)), "700 ms late, and measured so");
    }

    #[test]
    fn what_nobody_was_free_to_send_is_counted() {
        let mut pace = Pace::new(Some(10), ms(1_000));
        pace.take(ms(0));
        assert_eq!(pace.take(ms(1_000)), None);
        assert_eq!(pace.missed(), 9);
    }

    #[test]
    fn everything_due_is_taken_by_clients_that_keep_up() {
        let mut pace = Pace::new(Some(7), ms(1_000));
        let mut now = ms(0);
        while let Some(due) = pace.take(now) {
            assert!(due >= now);
            now = due;
        }
        assert_eq!(pace.missed(), 0);
    }

    #[test]
    fn the_closed_loop_is_due_at_once_and_ends() {
        let mut pace = Pace::new(None, ms(1_000));
        assert_eq!(pace.take(ms(999)), Some(ms(999)));
        assert_eq!(pace.take(ms(1_000)), None);
        assert_eq!(pace.missed(), 0);
    }
}
