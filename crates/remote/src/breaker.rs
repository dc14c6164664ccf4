//! A breaker: a replica that does not answer is left alone for a while, then tried with one call.
//!
//! ```text
//! closed ──so many silences in a row──▶ open ──its rest is over──▶ half open (one call at a time)
//!    ▲                                    ▲                            │
//!    ├────────────── it answers ──────────┼────────────────────────────┤
//!    │                                    └── silent again: rests twice as long, up to a bound
//! ```
//!
//! Only silence counts: refused, cut off, too late. An answer, even 503, comes from a process that lives; and a row
//! that always answers 503 must not close the road to all others.

use clock::{Ms, SECOND};

/// When a breaker opens, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// So many silences in a row open it.
    pub silences_max: u32,
    /// The first rest, in milliseconds; doubles with every call that finds no answer after a rest.
    pub rest_first_ms: i64,
    /// The longest rest, in milliseconds.
    pub rest_max_ms: i64,
    /// How long the one call after a rest is waited for before another may try, in milliseconds: its caller may
    /// have hung up.
    pub probe_ms: i64,
}

impl Default for Policy {
    fn default() -> Self {
        Self { silences_max: 5, rest_first_ms: SECOND / 2, rest_max_ms: 8 * SECOND, probe_ms: 3 * SECOND }
    }
}

/// The breaker before one replica. Pure: whoever holds it says what happened, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    policy: Policy,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed { silences: u32 },
    Open { until: Ms, rest_ms: i64 },
    HalfOpen { until: Ms, rest_ms: i64 },
}

impl Breaker {
    /// A closed one.
    pub fn new(policy: Policy) -> Self {
        Self { policy, state: State::Closed { silences: 0 } }
    }

    /// Whether a call may be made at `now`. After a rest, yes to one.
    pub fn admits(&mut self, now: Ms) -> bool {
        let (until, span_ms, rest_ms) = match self.state {
            State::Closed { .. } => return true,
            State::Open { until, rest_ms } => (until, rest_ms, rest_ms),
            State::HalfOpen { until, rest_ms } => (until, self.policy.probe_ms, rest_ms),
        };
        let over = is_over(until, span_ms, now);
        if over {
            self.state = State::HalfOpen { until: now + self.policy.probe_ms, rest_ms };
        }
        over
    }

    /// The replica answered. True if the breaker closes with it.
    pub fn answered(&mut self) -> bool {
        let healed = !matches!(self.state, State::Closed { .. });
        self.state = State::Closed { silences: 0 };
        healed
    }

    /// The replica did not answer. True if the breaker opens with it.
    pub fn silent(&mut self, now: Ms) -> bool {
        let rest_ms = match self.state {
            State::Closed { silences } if silences + 1 < self.policy.silences_max => {
                self.state = State::Closed { silences: silences + 1 };
                return false;
            }
            State::Closed { .. } => self.policy.rest_first_ms,
            // A call from before the rest; what it says is known.
            State::Open { .. } => return false,
            State::HalfOpen { rest_ms, .. } => rest_ms.saturating_mul(2),
        };
        let rest_ms = rest_ms.min(self.policy.rest_max_ms);
        self.state = State::Open { until: now + rest_ms, rest_ms };
        true
    }
}

/// Whether a span of `span_ms` that ends at `until` is over. A clock that was set back does not lengthen it.
fn is_over(until: Ms, span_ms: i64, now: Ms) -> bool {
    let left_ms = until.since(now);
    left_ms == 0 || left_ms > span_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy { silences_max: 3, rest_first_ms: 100, rest_max_ms: 400, probe_ms: 50 };
    const NOW: Ms = Ms(1_000_000);

    fn opened(now: Ms) -> Breaker {
        let mut breaker = Breaker::new(POLICY);
        let opens = [(); 3].map(|()| breaker.silent(now));
        assert_eq!(opens, [false, false, true]);
        breaker
    }

    #[test]
    fn it_opens_at_silences_in_a_row_and_an_answer_between_starts_afresh() {
        let mut breaker = Breaker::new(POLICY);
        for _ in 0..10 {
            assert!(!breaker.silent(NOW) && !breaker.silent(NOW));
            assert!(breaker.admits(NOW) && !breaker.answered());
        }
        assert!(!opened(NOW).admits(NOW));
    }

    #[test]
    fn after_its_rest_one_call_is_let_through_and_its_answer_closes_it() {
        let mut breaker = opened(NOW);
        assert!(!breaker.admits(NOW + 99));
        assert!(breaker.admits(NOW + 100));
        assert!(!breaker.admits(NOW + 100), "one call at a time");
        assert!(breaker.answered());
        assert!(breaker.admits(NOW + 100) && breaker.admits(NOW + 100));
    }

    #[test]
    fn a_call_that_never_reports_back_does_not_keep_it_shut() {
        let mut breaker = opened(NOW);
        assert!(breaker.admits(NOW + 100));
        assert!(!breaker.admits(NOW + 149));
        assert!(breaker.admits(NOW + 150));
    }

    #[test]
    fn rests_double_up_to_the_longest() {
        let mut breaker = opened(NOW);
        let (mut now, mut rests) = (NOW, Vec::new());
        for _ in 0..5 {
            let began = now;
            while !breaker.admits(now) {
                now = now + 1;
            }
            rests.push(now.since(began));
            assert!(breaker.silent(now));
        }
        assert_eq!(rests, [100, 200, 400, 400, 400]);
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_shut_it_for_longer() {
        assert!(opened(NOW).admits(NOW - 3_600_000));
        let mut half_open = opened(NOW);
        assert!(half_open.admits(NOW + 100) && half_open.admits(NOW - 3_600_000));
    }

    /// Whatever happens in whatever order, within the longest rest and one probe a call gets through; and while it
    /// is not closed, no two get through within one probe.
    #[test]
    fn no_history_shuts_it_for_ever_or_lets_a_crowd_through() {
        for history in 0..4_u32.pow(8) {
            let mut breaker = Breaker::new(POLICY);
            let mut now = NOW;
            for step in 0..8 {
                match history / 4_u32.pow(step) % 4 {
                    0 => drop(breaker.answered()),
                    1 => drop(breaker.silent(now)),
                    2 => now = now + 60,
                    _ => drop(breaker.admits(now)),
                }
            }
            let mut later = breaker;
            assert!(later.admits(now + POLICY.rest_max_ms.max(POLICY.probe_ms)), "{history}: {breaker:?}");
            let closed = matches!(breaker.state, State::Closed { .. });
            assert!(closed || !(breaker.admits(now) && breaker.admits(now)), "{history}: {breaker:?}");
        }
    }
}
