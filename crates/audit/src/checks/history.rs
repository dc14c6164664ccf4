//! Invariant 4: the recorded history is a legal path.

use model::order::State;

use super::{Joined, OrderLook};
use crate::Times;
use crate::facts::{MoveFact, OrderFact};
use crate::tally::{Check, Finding};

pub(crate) const LEGAL: Check<OrderLook> = Check {
    invariant: 4,
    name: "history_legal",
    sentence: "The history is a legal path from placing to the present state, each transition once.",
    look: legal,
};

fn legal(joined: &Joined, _: Times) -> Finding {
    let Some(fact) = joined.recorded() else { return Finding::Skip };
    Finding::of(
        broken_chain(fact)
            .or_else(|| illegal_step(fact))
            .or_else(|| repeated(fact))
            .or_else(|| unmarked(fact)),
    )
}

/// Each entry must begin where the one before ended.
fn broken_chain(fact: &OrderFact) -> Option<String> {
    let mut state = State::Placing;
    for step in &fact.history {
        if step.from != state {
            return Some(format!("`{}` starts from {:?} while the order is {state:?}", step.name, step.from));
        }
        state = step.to;
    }
    let now = fact.order.state;
    (state != now).then(|| format!("the history ends at {state:?}, but the order is {now:?}"))
}

fn illegal_step(fact: &OrderFact) -> Option<String> {
    let step = fact.history.iter().find(|step| !allowed(step))?;
    Some(format!("`{}` from {:?} to {:?} is no legal step", step.name, step.from, step.to))
}

/// Written down here once more on purpose: an auditor that asked the code whether the code is right would
/// always hear yes. A test compares the two.
fn allowed(step: &MoveFact) -> bool {
    use State::{Closed, Paid, Placing, Received, Reviewed, Shipped, Unpaid};
    match (step.name.as_str(), step.from, step.to) {
        ("placed", Placing, Placing)
        | ("held", Placing, Unpaid)
        | ("holdRefused" | "placingExpired", Placing, Closed)
        | ("paymentApplied" | "closeAsked" | "extended", Unpaid, Unpaid)
        | ("paid", Unpaid, Paid)
        | ("closed", Unpaid, Closed)
        | ("lateMoney" | "lateMoneyRefunded", Closed, Closed)
        | ("shipped", Paid, Shipped)
        | ("received", Shipped, Received)
        | ("reviewed", Received, Reviewed)
        | ("refundAsked", Paid, Paid)
        | ("refunded", Paid, Closed) => true,
        ("stockSettled", from, to) => from == to && !matches!(from, Placing | Unpaid),
        _ => false,
    }
}

fn repeated(fact: &OrderFact) -> Option<String> {
    let times = |name: &str| fact.history.iter().filter(|step| step.name == name).count();
    let step = fact.history.iter().find(|step| times(&step.name) > most(&step.name))?;
    Some(format!("`{}` is recorded {} times", step.name, times(&step.name)))
}

/// Stock is settled as sold and, after a refund, once more as returned; time may be given again and again.
fn most(name: &str) -> usize {
    match name {
        "extended" => usize::MAX,
        "stockSettled" => 2,
        _ => 1,
    }
}

/// The mark in the header and its entry in the history are written together.
fn unmarked(fact: &OrderFact) -> Option<String> {
    let (marked, recorded) = (fact.order.close_asked.is_some(), fact.at("closeAsked").is_some());
    (marked != recorded).then(|| format!("close asked: header says {marked}, history says {recorded}"))
}

#[cfg(test)]
mod tests {
    use model::order::{CloseReason, Event, Order, apply};
    use model::{Actor, Cents, Ms, OrderId, UserId, hold::End};

    use super::*;

    fn events() -> Vec<Event> {
        let mut events = vec![
            Event::Held { window_ms: 100 },
            Event::HoldRefused,
            Event::PlacingExpired,
            Event::PaymentApplied,
            Event::AskClose { reason: CloseReason::Buyer, actor: Actor::Buyer },
            Event::PayClosed,
            Event::PayPaid,
            Event::Extend { until: Ms(20_000) },
            Event::Ship,
            Event::Receive,
            Event::Review,
            Event::AskRefund,
            Event::Refunded,
        ];
        events.extend([End::Released, End::Sold, End::Returned].map(Event::StockSettled));
        events
    }

    /// Follows every path the state machine has, to its end.
    fn walk(fact: &OrderFact, now: Ms, steps: &mut u32) {
        let joined = Joined { id: fact.order.id, order: Some(fact.clone()), pay: None, hold: None };
        let finding = legal(&joined, Times { now, grace_ms: 0 });
        assert_eq!(finding, Finding::Holds, "{:?}", fact.history);
        *steps += 1;
        for event in events() {
            let Ok(decision) = apply(&fact.order, &event, now) else { continue };
            let mut next = OrderFact { order: decision.order, ..fact.clone() };
            next.history.extend(decision.moves.iter().map(|step| MoveFact {
                from: step.from,
                to: step.to,
                name: step.name.to_owned(),
                at: now,
            }));
            walk(&next, now, steps);
        }
    }

    #[test]
    fn every_path_of_the_state_machine_is_legal() {
        let mut steps = 0;
        for total in [Cents(0), Cents(5)] {
            let order = Order::placing(OrderId(1), UserId(1), total, Ms(0));
            let fact = OrderFact { order, lines: Vec::new(), history: Vec::new(), archived: None };
            walk(&fact, Ms(model::order::PLACING_MS), &mut steps);
        }
        assert!(steps > 100, "{steps}");
    }
}
