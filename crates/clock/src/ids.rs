//! Ids: 64-bit, positive, ordered by the time they were made.
//!
//! Layout, high to low: 1 zero bit, 41 bits of milliseconds since [`EPOCH_MS`], 10 bits of worker number,
//! 12 bits of sequence. Two generators never share a worker number (it is leased from the database), so
//! ids never collide; one generator never goes back in time, whatever its clock does.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::Ms;

/// Zero of the time part: 2024-01-01T00:00:00Z. 41 bits last until 2093.
pub const EPOCH_MS: i64 = 1_704_067_200_000;
/// How many generators can live at once.
pub const WORKERS: u16 = 1 << WORKER_BITS;

const WORKER_BITS: u32 = 10;
const SEQUENCE_BITS: u32 = 12;

/// Makes ids for one worker. Safe to share between threads.
#[derive(Debug)]
pub struct IdGen {
    worker: u64,
    /// Milliseconds since the epoch and sequence, packed, of the id made last.
    last: AtomicU64,
}

impl IdGen {
    /// A generator for the leased `worker` number (taken modulo [`WORKERS`]).
    pub fn new(worker: u16) -> Self {
        Self { worker: u64::from(worker % WORKERS), last: AtomicU64::new(0) }
    }

    /// The next id. Strictly greater than every one before it from this generator: when the clock stands
    /// still, or steps back, or a millisecond's 4,096 ids are used up, it borrows from the future.
    pub fn next(&self, now: Ms) -> u64 {
        let wanted = u64::try_from(now.0 - EPOCH_MS).unwrap_or(0) << SEQUENCE_BITS;
        let step = |last: u64| Some(wanted.max(last + 1));
        let last = match self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step) {
            Ok(previous) | Err(previous) => wanted.max(previous + 1),
        };
        let (time, sequence) = (last >> SEQUENCE_BITS, last & ((1 << SEQUENCE_BITS) - 1));
        (time << (WORKER_BITS + SEQUENCE_BITS)) | (self.worker << SEQUENCE_BITS) | sequence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_even_when_the_clock_steps_back() {
        let ids = IdGen::new(7);
        let noon = Ms(EPOCH_MS + 1_000_000);
        let made: Vec<u64> = (0..10_000).map(|i| ids.next(noon - i * 50)).collect();
        assert!(made.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn two_workers_never_collide() {
        let (one, two) = (IdGen::new(1), IdGen::new(2));
        let noon = Ms(EPOCH_MS + 5);
        let mut all: Vec<u64> = (0..5_000).flat_map(|_| [one.next(noon), two.next(noon)]).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 10_000);
    }
}
