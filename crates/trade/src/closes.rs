//! Who closed orders in the last hour, and how late: a ring in memory, for looking at, not for deciding.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use clock::{Ms, SECOND};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// How long a slot is, in milliseconds.
pub const SLOT_MS: i64 = 10 * SECOND;
/// How many slots are kept.
pub const SLOTS: usize = 360;
/// The upper bounds of the lags counted together, in milliseconds; beyond the last is one more.
pub const LAGS_MS: [i64; 14] =
    [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000];

/// The closes of some seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Slot {
    /// When it began, in milliseconds since the Unix epoch: a multiple of [`SLOT_MS`].
    pub began: i64,
    /// How many orders were closed, by who asked for it or why.
    pub by: BTreeMap<String, u64>,
    /// How many were closed with a lag up to each of [`LAGS_MS`], and beyond; by timer and sweep only.
    pub lags: [u64; 15],
    /// The longest lag, in milliseconds.
    pub longest_ms: i64,
}

/// The closes of the last hour. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Closes {
    slots: Arc<Mutex<VecDeque<Slot>>>,
}

impl Closes {
    /// An order was closed at `now`, by `by`; `lag_ms` after its deadline if that is what closed it.
    pub(crate) fn count(&self, now: Ms, by: &'static str, lag_ms: Option<i64>) {
        let began = now.0 - now.0.rem_euclid(SLOT_MS);
        let mut slots = self.slots.lock();
        // A clock that stepped back goes on in the slot it came from.
        if slots.back().is_none_or(|last| last.began < began) {
            slots.push_back(Slot { began, ..Slot::default() });
            let beyond = slots.len().saturating_sub(SLOTS);
            slots.drain(..beyond);
        }
        let Some(slot) = slots.back_mut() else { return };
        *slot.by.entry(by.to_owned()).or_default() += 1;
        if let Some(lag_ms) = lag_ms {
            slot.lags[LAGS_MS.iter().take_while(|bound| **bound < lag_ms).count()] += 1;
            slot.longest_ms = slot.longest_ms.max(lag_ms);
        }
    }

    /// The slots in which orders were closed, oldest first, none older than an hour before `now`.
    pub fn slots(&self, now: Ms) -> Vec<Slot> {
        let kept_ms = SLOT_MS.saturating_mul(i64::try_from(SLOTS).unwrap_or(i64::MAX));
        let oldest = now.0 - kept_ms;
        self.slots.lock().iter().filter(|slot| slot.began >= oldest).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closes_are_counted_by_who_and_by_lag_and_forgotten_after_an_hour() {
        let (closes, start) = (Closes::default(), Ms(SLOT_MS * 1_000));
        closes.count(start, "timer", Some(5));
        closes.count(start + 1, "timer", Some(6));
        closes.count(start + 2, "sweep", Some(1_000_000));
        closes.count(start + 3, "buyer", None);
        let slots = closes.slots(start + 4);
        assert_eq!(slots.len(), 1);
        assert_eq!((slots[0].by["timer"], slots[0].by["sweep"], slots[0].by["buyer"]), (2, 1, 1));
        assert_eq!((slots[0].lags[0], slots[0].lags[1], slots[0].lags[14]), (1, 1, 1));
        assert_eq!(slots[0].longest_ms, 1_000_000);
        assert!(closes.slots(start + SLOT_MS * 361).is_empty());
        for slot in 1..1_000 {
            closes.count(start + slot * SLOT_MS, "staff", None);
        }
        assert_eq!(closes.slots(start).len(), SLOTS);
    }
}
