//! Invariants 5 and 9: attempts begin in time, and none stays in flight.

use model::AttemptId;
use model::wallet::Outcome;

use super::{Joined, OrderLook};
use crate::Times;
use crate::facts::{AttemptFact, PayOrderFact};
use crate::tally::{Check, Finding};

pub(crate) const ATTEMPTS_END: Check<OrderLook> = Check {
    invariant: 9,
    name: "attempts_end",
    sentence: "A payment has one attempt in flight at most, none for longer than the grace, one success at most.",
    look: attempts_end,
};

pub(crate) const ATTEMPTS_IN_TIME: Check<OrderLook> = Check {
    invariant: 5,
    name: "attempts_in_time",
    sentence: "No attempt at paying begins at or after the deadline of its pay order.",
    look: attempts_in_time,
};

/// A deadline only ever moves away, so one that has moved since excuses nothing it should not.
fn attempts_in_time(joined: &Joined, _: Times) -> Finding {
    let Some(pay) = joined.pay.as_ref().filter(|pay| !pay.attempts.is_empty()) else { return Finding::Skip };
    let deadline = pay.pay_order.deadline;
    let late = pay.attempts.iter().find(|attempt| attempt.started >= deadline);
    Finding::of(late.map(|attempt| {
        format!("attempt {} began {} ms after the deadline", attempt.id, attempt.started.since(deadline))
    }))
}

fn attempts_end(joined: &Joined, times: Times) -> Finding {
    let Some(pay) = &joined.pay else { return Finding::Skip };
    Finding::of(misfit(pay).or_else(|| stuck(pay, times)))
}

/// The header and its attempts are written together.
fn misfit(pay: &PayOrderFact) -> Option<String> {
    let running: Vec<AttemptId> = ids(pay, |attempt| attempt.outcome.is_none());
    let header: Vec<AttemptId> = pay.pay_order.in_flight().into_iter().collect();
    if running != header {
        return Some(format!("in flight: header says {header:?}, attempts say {running:?}"));
    }
    let debited = ids(pay, |attempt| attempt.outcome == Some(Outcome::Debited)).len();
    let successes = usize::from(pay.success().is_some() && !pay.pay_order.paid_by_bill());
    (debited != successes)
        .then(|| format!("{successes} success from the balance by its header, {debited} by its attempts"))
}

fn ids(pay: &PayOrderFact, wanted: impl Fn(&AttemptFact) -> bool) -> Vec<AttemptId> {
    pay.attempts.iter().filter(|attempt| wanted(attempt)).map(|attempt| attempt.id).collect()
}

fn stuck(pay: &PayOrderFact, times: Times) -> Option<String> {
    let late = |attempt: &&AttemptFact| attempt.outcome.is_none() && times.overdue(attempt.started);
    let attempt = pay.attempts.iter().find(late)?;
    Some(format!("attempt {} is in flight for {} ms", attempt.id, times.now.since(attempt.started)))
}
