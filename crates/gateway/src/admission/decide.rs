//! Whether an order may come in, from what is known when it knocks. Nothing here waits or looks at a clock.

/// How many new orders are let in, and how long one may have to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Orders being placed at once. More of them make nobody faster: so many fill the commits that they share.
    pub places: usize,
    /// The same while the shop is late with what it owes; so placing goes on, at its slowest.
    pub places_min: usize,
    /// From which lateness on places are taken away, in milliseconds.
    pub late_ms: i64,
    /// Orders that wait for a place, at most: the memory they may take.
    pub waiting_max: usize,
    /// How long an order may have to wait for its place, in milliseconds. One that would wait longer is refused.
    pub wait_max_ms: i64,
}

impl Default for Bounds {
    /// 256 at once, fewer while closing is late by more than 150 ms, and never fewer than 16; a quarter of a second to wait.
    /// Sixteen that are placed do not keep the closings behind them from catching up: of those more go into each commit.
    fn default() -> Self {
        Self { places: 256, places_min: 16, late_ms: 150, waiting_max: 4_096, wait_max_ms: 250 }
    }
}

/// What is known when an order knocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Picture {
    /// Orders being placed.
    pub(super) inside: usize,
    /// Orders waiting for a place.
    pub(super) waiting: usize,
    /// How long the first of them has waited, in milliseconds.
    pub(super) first_waits_ms: i64,
    /// How long placing one took lately, in microseconds.
    pub(super) takes_us: u64,
    /// How late the shop is with what it owes, in milliseconds.
    pub(super) late_ms: i64,
}

/// What becomes of an order that knocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// It comes in.
    Now,
    /// It waits for its turn.
    Wait,
    /// It is told to come back.
    Refused,
}

/// How many places there are while the shop is so late with what it owes: at twice the lateness a quarter of them. With
/// the square, for what placing leaves must be enough for closing within a small multiple of the bound.
pub(super) fn places(bounds: &Bounds, late_ms: i64) -> usize {
    if late_ms <= bounds.late_ms {
        return bounds.places;
    }
    let (bound, late) = (bounds.late_ms.max(0).unsigned_abs(), late_ms.unsigned_abs());
    let left = u128::from(bound).pow(2) * bounds.places as u128 / u128::from(late).pow(2);
    usize::try_from(left).unwrap_or(bounds.places).clamp(bounds.places_min, bounds.places)
}

/// How long one more would wait, in milliseconds: whoever is before it leaves at the pace of late.
pub(super) fn wait_ms(bounds: &Bounds, picture: &Picture) -> i64 {
    let before = picture.waiting as u64 + 1;
    let places = places(bounds, picture.late_ms).max(1) as u64;
    i64::try_from(before.saturating_mul(picture.takes_us) / places / 1_000).unwrap_or(i64::MAX)
}

/// Decides on one that knocks.
pub(super) fn knock(bounds: &Bounds, picture: &Picture) -> Entry {
    if picture.waiting == 0 && picture.inside < places(bounds, picture.late_ms) {
        return Entry::Now;
    }
    // The pace of late says nothing while nobody leaves; how long the first has waited does.
    let wait_ms = wait_ms(bounds, picture).max(picture.first_waits_ms);
    if picture.waiting < bounds.waiting_max && wait_ms <= bounds.wait_max_ms {
        Entry::Wait
    } else {
        Entry::Refused
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOUNDS: Bounds =
        Bounds { places: 100, places_min: 20, late_ms: 200, waiting_max: 1_000, wait_max_ms: 50 };

    /// All places taken, each for ten milliseconds: ten leave in a millisecond.
    const FULL: Picture =
        Picture { inside: 100, waiting: 0, first_waits_ms: 0, takes_us: 10_000, late_ms: 0 };

    #[test]
    fn whoever_finds_a_place_comes_in_and_nobody_overtakes() {
        assert_eq!(knock(&BOUNDS, &Picture { inside: 99, ..FULL }), Entry::Now);
        assert_eq!(knock(&BOUNDS, &FULL), Entry::Wait);
        assert_eq!(knock(&BOUNDS, &Picture { inside: 99, waiting: 1, ..FULL }), Entry::Wait);
    }

    #[test]
    fn one_that_would_wait_longer_than_the_bound_is_refused() {
        let with = |waiting| knock(&BOUNDS, &Picture { waiting, ..FULL });
        assert_eq!((with(499), with(510)), (Entry::Wait, Entry::Refused));
        let slow = Picture { waiting: 10, takes_us: 1_000_000, ..FULL };
        assert_eq!(knock(&BOUNDS, &slow), Entry::Refused, "a hundred a second leave, and it is the eleventh");
    }

    #[test]
    fn when_nobody_leaves_the_first_ones_wait_counts() {
        let stuck = |first_waits_ms| Picture { waiting: 3, first_waits_ms, ..FULL };
        assert_eq!(knock(&BOUNDS, &stuck(50)), Entry::Wait);
        assert_eq!(knock(&BOUNDS, &stuck(51)), Entry::Refused);
    }

    #[test]
    fn the_queue_has_an_end_however_fast_it_moves() {
        let fast = |waiting| Picture { waiting, takes_us: 0, ..FULL };
        assert_eq!(knock(&BOUNDS, &fast(999)), Entry::Wait);
        assert_eq!(knock(&BOUNDS, &fast(1_000)), Entry::Refused);
    }

    #[test]
    fn what_the_shop_owes_takes_places_from_new_orders_but_never_all() {
        let at = |late_ms| places(&BOUNDS, late_ms);
        assert_eq!([at(0), at(200), at(250), at(400), at(800), at(i64::MAX)], [100, 100, 64, 25, 20, 20]);
        assert_eq!(knock(&BOUNDS, &Picture { inside: 25, late_ms: 400, ..FULL }), Entry::Wait);
        assert_eq!(knock(&BOUNDS, &Picture { inside: 24, late_ms: 400, ..FULL }), Entry::Now);
    }

    proptest! {
        /// Worse pictures never open what better ones close.
        #[test]
        fn more_load_never_helps(
            inside in 0_usize..200, waiting in 0_usize..2_000, first_waits_ms in 0_i64..100,
            takes_us in 0_u64..10_000_000, late_ms in 0_i64..10_000, more in 1_usize..50,
        ) {
            let picture = Picture { inside, waiting, first_waits_ms, takes_us, late_ms };
            let worse = [
                Picture { inside: inside + more, ..picture },
                Picture { waiting: waiting + more, ..picture },
                Picture { takes_us: takes_us + more as u64, ..picture },
                Picture { late_ms: late_ms + i64::try_from(more).unwrap(), ..picture },
            ];
            let rank = |picture: &Picture| match knock(&BOUNDS, picture) {
                Entry::Now => 0,
                Entry::Wait => 1,
                Entry::Refused => 2,
            };
            for worse in worse {
                prop_assert!(rank(&worse) >= rank(&picture), "{picture:?} {worse:?}");
            }
        }
    }
}
