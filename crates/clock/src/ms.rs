//! Points in time and spans, both in whole milliseconds.

use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since the Unix epoch, UTC. Stored as it is; shown as RFC 3339 at the edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ms(pub i64);

impl Ms {
    /// The span from `earlier` to `self` in milliseconds; 0 if `earlier` is in fact later.
    pub fn since(self, earlier: Ms) -> i64 {
        self.0.saturating_sub(earlier.0).max(0)
    }
}

impl Add<i64> for Ms {
    type Output = Ms;

    fn add(self, span_ms: i64) -> Ms {
        Ms(self.0.saturating_add(span_ms))
    }
}

impl Sub<i64> for Ms {
    type Output = Ms;

    fn sub(self, span_ms: i64) -> Ms {
        Ms(self.0.saturating_sub(span_ms))
    }
}

/// One second, in milliseconds.
pub const SECOND: i64 = 1_000;
/// One minute, in milliseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// One hour, in milliseconds.
pub const HOUR: i64 = 60 * MINUTE;
