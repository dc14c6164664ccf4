//! When to try again, and when to give up.

use clock::Ms;

use crate::{Fate, Message, Verdict};

/// How failed messages come back. Every wait doubles from `first_ms` to `cap_ms` and is spread by a quarter,
/// so that what failed together does not come back together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The first wait, in milliseconds.
    pub first_ms: i64,
    /// The longest wait, in milliseconds.
    pub cap_ms: i64,
    /// How often a rejected message is tried before it is a dead letter. An absent other side never counts.
    pub tries: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { first_ms: 200, cap_ms: 30_000, tries: 4 }
    }
}

impl RetryPolicy {
    /// A policy whose waits stay under `cap_ms`.
    #[must_use]
    pub fn capped(self, cap_ms: i64) -> Self {
        Self { cap_ms, ..self }
    }

    /// What becomes of `message` after its handler's `verdict` at `now`.
    pub fn fate(&self, message: &Message, verdict: Verdict, now: Ms) -> Fate {
        // Never at the time it had, even if the clock stepped back meanwhile: it would be the same message
        // once more, which its pump still counts as being handled and would pass over.
        let again = |at: Ms, rejected, error| Fate::Again { at: at.max(message.ready + 1), rejected, error };
        match verdict {
            Verdict::Done => Fate::Done,
            Verdict::Later { due } => again(due.max(now), false, String::new()),
            Verdict::Away { error } => again(now + self.wait_ms(message), false, error),
            Verdict::Reject { error } if message.rejects + 1 >= self.tries => Fate::Dead { at: now, error },
            Verdict::Reject { error } => again(now + self.wait_ms(message), true, error),
            Verdict::Undecodable { error } => Fate::Dead { at: now, error },
        }
    }

    /// The wait before the next try of `message`, in milliseconds.
    pub fn wait_ms(&self, message: &Message) -> i64 {
        let doubled = self.first_ms.saturating_mul(1 << message.attempts.min(20));
        let capped = doubled.clamp(1, self.cap_ms.max(1));
        // Spread by the subject rather than by chance: the same run waits the same.
        let spread = i64::try_from(message.subject.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56).unwrap_or(0);
        capped - (capped / 4) * spread / 256
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Topic;

    const TOPIC: Topic = Topic { code: 1, name: "test" };

    fn tried(attempts: u32) -> Message {
        Message { attempts, rejects: attempts, ..Message::new(TOPIC, 7, Ms(0), Ms(0)) }
    }

    #[test]
    fn an_absent_other_side_is_tried_for_ever_with_a_capped_wait() {
        let policy = RetryPolicy::default();
        let away = || Verdict::Away { error: "away".into() };
        for attempts in [0, 5, 100, u32::MAX] {
            let Fate::Again { at, .. } = policy.fate(&tried(attempts), away(), Ms(0)) else {
                panic!("given up after {attempts}")
            };
            assert!(at.0 > 0 && at.0 <= policy.cap_ms);
        }
    }

    #[test]
    fn a_rejected_message_is_dead_after_its_tries() {
        let policy = RetryPolicy::default();
        let reject = || Verdict::Reject { error: "no".into() };
        assert!(matches!(policy.fate(&tried(policy.tries - 2), reject(), Ms(0)), Fate::Again { .. }));
        assert!(matches!(policy.fate(&tried(policy.tries - 1), reject(), Ms(0)), Fate::Dead { .. }));
    }
}
