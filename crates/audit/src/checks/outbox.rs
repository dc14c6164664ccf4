//! Invariant 9: duties and outbox drain.

use crate::Times;
use crate::facts::OutboxFact;
use crate::tally::{Check, Finding};

/// Judges one waiting message.
pub(crate) type OutboxLook = fn(&OutboxFact, Times) -> Finding;

pub(crate) const OUTBOX_DRAINS: Check<OutboxLook> = Check {
    invariant: 9,
    name: "outbox_drains",
    sentence: "No message or duty waits beyond its due time and the grace.",
    look: outbox_drains,
};

fn outbox_drains(message: &OutboxFact, times: Times) -> Finding {
    Finding::ensure(!times.overdue(message.key.due), || {
        format!("{} ms late after {} attempts", times.now.since(message.key.due), message.attempts)
    })
}
