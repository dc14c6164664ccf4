//! Invariant 7: every order reaches an end in time.

use model::Ms;
use model::order::{Order, State};

use super::{Joined, OrderLook};
use crate::Times;
use crate::tally::{Check, Finding};

pub(crate) const PLACING_ENDS: Check<OrderLook> = Check {
    invariant: 7,
    name: "placing_ends",
    sentence: "Placing ends by its deadline, within the grace.",
    look: placing_ends,
};

pub(crate) const UNPAID_ENDS: Check<OrderLook> = Check {
    invariant: 7,
    name: "unpaid_ends",
    sentence: "No order is unpaid beyond its deadline and the grace.",
    look: unpaid_ends,
};

pub(crate) const CLOSE_ASKED_ENDS: Check<OrderLook> = Check {
    invariant: 7,
    name: "close_asked_ends",
    sentence: "An order that was asked to close is closed or paid within the grace.",
    look: close_asked_ends,
};

fn placing_ends(joined: &Joined, times: Times) -> Finding {
    in_time(joined, times, |order| (order.state == State::Placing).then_some(order.deadline))
}

fn unpaid_ends(joined: &Joined, times: Times) -> Finding {
    in_time(joined, times, |order| (order.state == State::Unpaid).then_some(order.deadline))
}

fn close_asked_ends(joined: &Joined, times: Times) -> Finding {
    let asked = |order: &Order| order.close_asked.filter(|_| order.state == State::Unpaid);
    in_time(joined, times, |order| asked(order).map(|asked| asked.at))
}

/// Every order is looked at; one that is `pending` since some time must not be so for too long.
fn in_time(joined: &Joined, times: Times, pending: impl Fn(&Order) -> Option<Ms>) -> Finding {
    let Some(fact) = &joined.order else { return Finding::Skip };
    match pending(&fact.order) {
        Some(due) if times.overdue(due) => {
            Finding::Broken(format!("still {:?}, {} ms late", fact.order.state, times.now.since(due)))
        }
        _ => Finding::Holds,
    }
}
