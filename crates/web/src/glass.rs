//! An hourglass that shows how much of a span is left.

/// How high its sand stands above and below, in the picture's own units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Glass {
    pub(crate) upper_y: i64,
    pub(crate) upper: i64,
    pub(crate) lower_y: i64,
    pub(crate) lower: i64,
}

/// How high the sand stands at most.
const FULL: i64 = 22;
/// Where the upper bulb ends.
const NECK: i64 = 30;
/// Where the lower one ends.
const FLOOR: i64 = 54;

impl Glass {
    /// With `left_ms` of `span_ms` left.
    pub(crate) fn of(left_ms: i64, span_ms: i64) -> Self {
        let share = left_ms.clamp(0, span_ms.max(1)) * FULL;
        let upper = share / span_ms.max(1);
        let lower = FULL - upper;
        Self { upper_y: NECK - upper, upper, lower_y: FLOOR - lower, lower }
    }

    /// Whether sand still runs.
    pub(crate) fn runs(&self) -> bool {
        self.upper > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sand_is_lost() {
        for left in [-1, 0, 1, 50, 99, 100, 1_000] {
            let glass = Glass::of(left, 100);
            assert_eq!(glass.upper + glass.lower, FULL, "{left}");
            assert!((0..=FULL).contains(&glass.upper), "{left}");
        }
        assert!(Glass::of(100, 100).runs() && !Glass::of(0, 100).runs() && !Glass::of(0, 0).runs());
    }
}
