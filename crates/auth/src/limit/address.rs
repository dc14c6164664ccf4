//! How often one address may come, whatever it wants.

use std::net::IpAddr;

use clock::Ms;
use parking_lot::Mutex;
use quick_cache::unsync::Cache;

use super::{Bucket, Rate, TooMany, network};

/// Counts by address; an IPv6 network counts as one.
pub struct AddressLimiter {
    rate: Rate,
    buckets: Mutex<Cache<IpAddr, Bucket>>,
}

impl AddressLimiter {
    /// A limiter that keeps `entries_max` addresses; the least used give way.
    pub fn new(rate: Rate, entries_max: usize) -> Self {
        Self { rate, buckets: Mutex::new(Cache::new(entries_max)) }
    }

    /// Counts one more from `from`, or refuses it.
    pub fn charge(&self, from: IpAddr, now: Ms) -> Result<(), TooMany> {
        let from = network(from);
        let mut buckets = self.buckets.lock();
        let bucket = buckets.get(&from).copied().unwrap_or_default();
        self.rate.allow(bucket, now)?;
        buckets.insert(from, self.rate.taken(bucket, now));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Ms = Ms(1_800_000_000_000);

    fn limiter() -> AddressLimiter {
        AddressLimiter::new(Rate { burst: 3, refill_ms: 500 }, 100)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn let_through(limiter: &AddressLimiter, from: &str, now: Ms) -> usize {
        (0..10).filter(|_| limiter.charge(ip(from), now).is_ok()).count()
    }

    #[test]
    fn a_burst_and_then_the_rate() {
        let limiter = limiter();
        assert_eq!(let_through(&limiter, "192.0.2.1", NOW), 3);
        assert_eq!(limiter.charge(ip("192.0.2.1"), NOW), Err(TooMany { retry_after_s: 1 }));
        assert_eq!(let_through(&limiter, "192.0.2.1", NOW + 1_000), 2);
        assert_eq!(let_through(&limiter, "192.0.2.2", NOW + 1_000), 3, "another address is another");
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let limiter = limiter();
        assert_eq!(let_through(&limiter, "2001:db8::1", NOW), 3);
        assert_eq!(let_through(&limiter, "2001:db8::2", NOW), 0);
        assert_eq!(let_through(&limiter, "2001:db8:0:1::1", NOW), 3);
    }

    #[test]
    fn memory_is_bounded_however_many_addresses_come() {
        let limiter = limiter();
        for number in 0..10_000_u32 {
            limiter.charge(IpAddr::V4(number.into()), NOW).unwrap();
        }
        assert!(limiter.buckets.lock().len() <= 100);
    }
}
