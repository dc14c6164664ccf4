//! Invariant 4: nothing is closed too early, and nothing that is paid.

use model::order::CloseReason;
use model::pay_order::State as PayState;

use super::{Joined, OrderLook};
use crate::Times;
use crate::facts::OrderFact;
use crate::tally::{Check, Finding};

pub(crate) const NO_EARLY_CLOSE: Check<OrderLook> = Check {
    invariant: 4,
    name: "no_early_close",
    sentence: "No order is closed for its time before its stored deadline, by the deciding clock.",
    look: no_early_close,
};

pub(crate) const NO_CLOSE_OF_PAID: Check<OrderLook> = Check {
    invariant: 4,
    name: "no_close_of_paid",
    sentence: "No order is closed unpaid after its payment has succeeded.",
    look: no_close_of_paid,
};

pub(crate) const CLOSED_IS_NOT_PAYABLE: Check<OrderLook> = Check {
    invariant: 4,
    name: "closed_is_not_payable",
    sentence: "The payment of an order that was closed unpaid is closed, or was a success; there is always one.",
    look: closed_is_not_payable,
};

/// A placement that failed is none of `pay`'s business; whatever else is closed, `pay` closed first.
fn closed_is_not_payable(joined: &Joined, _: Times) -> Finding {
    let asked = |fact: &&OrderFact| fact.closed_unpaid() && fact.order.close_asked.is_some();
    let Some(_) = joined.order.as_ref().filter(asked) else { return Finding::Skip };
    Finding::of(match joined.pay.as_ref().map(|pay| pay.pay_order.state) {
        None => Some("closed, and `pay` knows nothing of it: it can still be paid".into()),
        Some(state @ PayState::Waiting { .. }) => Some(format!("closed, but its payment is {state:?}")),
        Some(PayState::Closed | PayState::Success { .. }) => None,
    })
}

fn no_early_close(joined: &Joined, _: Times) -> Finding {
    let Some(fact) = &joined.order else { return Finding::Skip };
    let Some(decided_at) = decided_for_time(fact) else { return Finding::Skip };
    let deadline = fact.order.deadline;
    Finding::ensure(decided_at >= deadline, || {
        format!("decided at {}, {} ms before its deadline", decided_at.0, deadline.since(decided_at))
    })
}

/// When its end was decided because its time was over, if it was.
fn decided_for_time(fact: &OrderFact) -> Option<model::Ms> {
    match (fact.order.close_asked, fact.order.close_reason) {
        (Some(asked), _) if asked.reason == CloseReason::Timeout => Some(asked.at),
        (_, Some(CloseReason::PlacementFailed)) => Some(fact.moved_at()),
        _ => None,
    }
}

fn no_close_of_paid(joined: &Joined, _: Times) -> Finding {
    let Some(fact) = joined.order.as_ref().filter(|fact| fact.closed_unpaid()) else { return Finding::Skip };
    let Some(pay) = joined.pay.as_ref().filter(|pay| pay.success().is_some()) else { return Finding::Holds };
    let (paid, closed) = (pay.succeeded_at(), fact.moved_at());
    Finding::ensure(paid > closed, || format!("paid at {}, closed at {}", paid.0, closed.0))
}
