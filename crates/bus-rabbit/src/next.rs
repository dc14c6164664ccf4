//! What becomes of a delivery after its handler's verdict, decided without the broker.

use clock::Ms;
use delay::{Fate, Message, RetryPolicy, Verdict};

use crate::again::Try;
use crate::steps::Steps;

/// The next step of a delivery. Whatever is published is confirmed before the delivery is acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing is left to do.
    Acknowledge,
    /// Handle it again at `due`; it waits on the step `step_ms` first.
    PutOff { due: Ms, step_ms: i64, tried: Try },
    /// Give it up.
    Bury { error: String },
}

/// After a verdict.
pub(crate) fn after(
    policy: &RetryPolicy,
    message: &Message,
    verdict: Verdict,
    now: Ms,
    steps: &Steps,
) -> Next {
    let exact = matches!(verdict, Verdict::Later { .. });
    match policy.fate(message, verdict, now) {
        Fate::Done => Next::Acknowledge,
        Fate::Dead { error, .. } => Next::Bury { error },
        Fate::Again { at, rejected, error } if exact => {
            put_off(at, now, steps, Try::Failed { rejected, error })
        }
        Fate::Again { at, rejected, error } => {
            // A retry need not be exact: the nearest step costs one hop, and it is due when it arrives.
            let step_ms = steps.nearest(at.since(now));
            Next::PutOff { due: now + step_ms, step_ms, tried: Try::Failed { rejected, error } }
        }
    }
}

/// For one that came early, without having been handled.
pub(crate) fn early(due: Ms, now: Ms, steps: &Steps) -> Next {
    put_off(due, now, steps, Try::None)
}

fn put_off(due: Ms, now: Ms, steps: &Steps, tried: Try) -> Next {
    let step_ms = steps.fitting(due.since(now)).unwrap_or(steps.smallest());
    Next::PutOff { due, step_ms, tried }
}

#[cfg(test)]
mod tests {
    use delay::Topic;

    use super::*;

    const NOW: Ms = Ms(1_000_000);

    fn message(rejects: u32) -> Message {
        Message { attempts: rejects, rejects, ..Message::new(Topic { code: 1, name: "t" }, 7, NOW, NOW) }
    }

    fn decide(rejects: u32, verdict: Verdict) -> Next {
        after(&RetryPolicy::default(), &message(rejects), verdict, NOW, &Steps::with(&[]))
    }

    #[test]
    fn later_is_exact_and_never_early() {
        let Next::PutOff { due, step_ms, .. } = decide(0, Verdict::Later { due: NOW + 12_345 }) else {
            panic!("not put off")
        };
        assert_eq!((due, step_ms), (NOW + 12_345, 10_000));
    }

    #[test]
    fn nothing_comes_back_at_once() {
        for verdict in [
            Verdict::Later { due: NOW - 5 },
            Verdict::Away { error: String::new() },
            Verdict::Reject { error: String::new() },
        ] {
            let Next::PutOff { step_ms, .. } = decide(0, verdict) else { panic!("not put off") };
            assert!(step_ms >= Steps::with(&[]).smallest());
        }
    }

    #[test]
    fn the_absent_wait_for_ever_and_the_rejected_a_few_times() {
        let away = |rejects| decide(rejects, Verdict::Away { error: "away".into() });
        assert!(matches!(away(1_000), Next::PutOff { .. }));
        let reject = |rejects| decide(rejects, Verdict::Reject { error: "no".into() });
        assert!(matches!(reject(0), Next::PutOff { tried: Try::Failed { rejected: true, .. }, .. }));
        assert_eq!(reject(RetryPolicy::default().tries - 1), Next::Bury { error: "no".into() });
        let undecodable = decide(0, Verdict::Undecodable { error: "what?".into() });
        assert_eq!(undecodable, Next::Bury { error: "what?".into() });
    }

    #[test]
    fn a_retry_is_due_when_it_arrives() {
        let Next::PutOff { due, step_ms, .. } = decide(9, Verdict::Away { error: String::new() }) else {
            panic!("not put off")
        };
        assert_eq!(due, NOW + step_ms);
    }
}
