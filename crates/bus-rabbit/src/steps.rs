//! The ladder of delays. Each step is a queue; every other delay is climbed down step by step.

use clock::{HOUR, MINUTE, SECOND};

/// The steps there always are, in milliseconds.
pub const STEPS_MS: &[i64] = &[
    100,
    200,
    500,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    6 * HOUR,
    24 * HOUR,
];

/// A message may be this much late for the sake of a single step: a 32nd of it, within these bounds. Without
/// it the milliseconds between a commit and its publish would turn every window into a dozen hops.
const SLACK_MS: (i64, i64) = (5, SECOND);

/// Steps in ascending order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Steps(Vec<i64>);

impl Steps {
    /// The usual steps and `extra` ones.
    pub(crate) fn with(extra: &[i64]) -> Self {
        let mut steps: Vec<i64> = STEPS_MS.iter().chain(extra).copied().filter(|step| *step > 0).collect();
        steps.sort_unstable();
        steps.dedup();
        Self(steps)
    }

    /// The largest step that fits into `rest_ms`; none if only less than the smallest is left.
    pub(crate) fn fitting(&self, rest_ms: i64) -> Option<i64> {
        self.0.iter().rev().copied().find(|step| *step <= rest_ms.saturating_add(slack_ms(*step)))
    }

    /// The step that comes nearest to `wait_ms`, for waits that need not be exact.
    pub(crate) fn nearest(&self, wait_ms: i64) -> i64 {
        let off = |step: &i64| step.abs_diff(wait_ms);
        self.0.iter().copied().min_by_key(off).unwrap_or(STEPS_MS[0])
    }

    /// The smallest step.
    pub(crate) fn smallest(&self) -> i64 {
        self.0.first().copied().unwrap_or(STEPS_MS[0])
    }
}

fn slack_ms(step_ms: i64) -> i64 {
    (step_ms / 32).clamp(SLACK_MS.0, SLACK_MS.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configured_delay_takes_one_step_although_its_publish_takes_a_moment() {
        let steps = Steps::with(&[15 * MINUTE]);
        for window in [10 * SECOND, 15 * MINUTE, 30 * MINUTE] {
            assert_eq!(steps.fitting(window), Some(window));
            assert_eq!(steps.fitting(window - 200), Some(window));
        }
    }

    #[test]
    fn an_odd_delay_is_climbed_down_and_never_overshoots_by_more_than_its_slack() {
        let steps = Steps::with(&[]);
        for delay_ms in (1..400_000).step_by(97).chain([3 * 24 * HOUR + 12_345]) {
            let (mut rest, mut hops) = (delay_ms, 0);
            while let Some(step) = steps.fitting(rest) {
                rest -= step;
                hops += 1;
            }
            assert!(rest < steps.smallest() && rest >= -SLACK_MS.1, "{delay_ms} leaves {rest}");
            assert!(hops <= 20, "{delay_ms} takes {hops} hops");
        }
    }

    #[test]
    fn less_than_the_smallest_step_is_no_step() {
        let steps = Steps::with(&[]);
        assert_eq!(steps.fitting(steps.smallest() - SLACK_MS.0 - 1), None);
        assert_eq!(steps.fitting(0), None);
        assert_eq!(steps.fitting(-5_000), None);
    }

    #[test]
    fn a_wait_that_need_not_be_exact_takes_the_nearest_step() {
        let steps = Steps::with(&[]);
        assert_eq!(steps.nearest(1), 100);
        assert_eq!(steps.nearest(187), 200);
        assert_eq!(steps.nearest(1_387), SECOND);
        assert_eq!(steps.nearest(28_000), 30 * SECOND);
        assert_eq!(steps.nearest(i64::MAX), 24 * HOUR);
    }

    #[test]
    fn extra_steps_join_the_ladder_once_each_and_nonsense_does_not() {
        let steps = Steps::with(&[0, -7, SECOND, 45 * SECOND]);
        assert_eq!(steps.0.len(), STEPS_MS.len() + 1);
        assert_eq!(steps.fitting(50 * SECOND), Some(45 * SECOND));
    }
}
