//! Invariant 9: no hold without an order that explains it, no order that needs a hold without one.

use model::hold::{End, State as HoldState};
use model::order::State;

use super::{Joined, OrderLook};
use crate::Times;
use crate::facts::{HoldFact, HoldLineFact, OrderFact};
use crate::tally::{Check, Finding};

pub(crate) const HOLD_HAS_ORDER: Check<OrderLook> = Check {
    invariant: 9,
    name: "hold_has_order",
    sentence: "Every hold that took stock belongs to an order.",
    look: hold_has_order,
};

pub(crate) const HOLD_FITS_ORDER: Check<OrderLook> = Check {
    invariant: 9,
    name: "hold_fits_order",
    sentence: "Each order has the hold its state and its settled stock ask for, with the order's lines.",
    look: hold_fits_order,
};

fn hold_has_order(joined: &Joined, times: Times) -> Finding {
    let took = |hold: &&HoldFact| !matches!(hold.state, HoldState::Released | HoldState::Refused);
    let Some(hold) = joined.hold.as_ref().filter(took) else { return Finding::Skip };
    Finding::ensure(joined.order.is_some() || !times.overdue(hold.created), || {
        format!("{:?} for an order that does not exist", hold.state)
    })
}

fn hold_fits_order(joined: &Joined, _: Times) -> Finding {
    let Some(fact) = &joined.order else { return Finding::Skip };
    let state = joined.hold.as_ref().map(|hold| hold.state);
    if !fits(fact, state) {
        let order = &fact.order;
        return Finding::Broken(format!(
            "{:?}, stock {:?}, but its hold is {state:?}",
            order.state, order.stock
        ));
    }
    let lines = joined.recorded().zip(joined.hold.as_ref());
    Finding::of(lines.and_then(|(fact, hold)| other_lines(fact, hold)))
}

fn fits(fact: &OrderFact, hold: Option<HoldState>) -> bool {
    use HoldState::{Held, Refused, Released, Returned, Sold};
    match (&fact.order.state, fact.order.stock) {
        (_, Some(duty)) if duty.settled => match duty.end {
            End::Released => matches!(hold, Some(Released | Refused)),
            End::Sold => hold == Some(Sold),
            End::Returned => hold == Some(Returned),
        },
        (State::Placing, _) => matches!(hold, None | Some(Held | Refused)),
        (State::Unpaid, _) => hold == Some(Held),
        (State::Closed, _) if fact.was_paid() => matches!(hold, Some(Held | Sold | Returned)),
        // A placement that failed may have no hold yet; its release leaves the tombstone.
        (State::Closed, _) => matches!(hold, None | Some(Held | Released | Refused)),
        _ => matches!(hold, Some(Held | Sold)),
    }
}

/// A tombstone has no lines; every other hold has its order's, in any order.
fn other_lines(fact: &OrderFact, hold: &HoldFact) -> Option<String> {
    if matches!(hold.state, HoldState::Released | HoldState::Refused) && hold.lines.is_empty() {
        return None;
    }
    let mut ordered: Vec<HoldLineFact> =
        fact.lines.iter().map(|line| HoldLineFact { item: line.item, num: line.num }).collect();
    let mut held = hold.lines.clone();
    ordered.sort_unstable();
    held.sort_unstable();
    (ordered != held).then(|| "the lines held are not those ordered".to_owned())
}
