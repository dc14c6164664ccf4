//! What all decisions over an order have in common, over every header there is.

use model::hold::End;
use model::order::{CloseReason, Decision, Effect, Event, Order, Refund, Refusal, State, apply};
use model::{Actor, Cents, Ms};
use proptest::prelude::*;

use crate::orders::{placing, reachable, tries};

/// Calls `check` with every decision that can ever be taken.
fn each_decision(check: impl Fn(&Order, &Event, Ms, &Decision)) {
    for order in reachable() {
        for (event, now) in tries() {
            if let Ok(decision) = apply(&order, event, now) {
                check(&order, event, now, &decision);
            }
        }
    }
}

#[test]
fn closed_is_for_ever_and_so_are_owner_and_total() {
    each_decision(|before, event, _, Decision { order: after, .. }| {
        let what_stays = |order: &Order| (order.id, order.owner, order.total, order.placed_at);
        assert_eq!(what_stays(before), what_stays(after));
        let closed_stays = before.state != State::Closed || after.state == State::Closed;
        assert!(closed_stays, "{event:?} revives a closed order");
        assert!(before.close_asked.is_none_or(|asked| after.close_asked == Some(asked)));
        assert!(before.applied_at.is_none_or(|at| after.applied_at == Some(at)));
    });
}

#[test]
fn the_history_is_an_unbroken_chain() {
    each_decision(|before, event, _, decision| {
        let mut at = before.state;
        for step in &decision.moves {
            assert_eq!(step.from, at, "{event:?}");
            assert!(!step.name.is_empty());
            at = step.to;
        }
        assert!(!decision.moves.is_empty(), "{event:?} leaves no trace");
        assert_eq!(at, decision.order.state);
    });
}

#[test]
fn the_same_event_again_is_refused() {
    each_decision(|_, event, now, decision| {
        assert!(apply(&decision.order, event, now).is_err(), "{event:?} happened twice");
    });
}

#[test]
fn no_timeout_before_the_deadline() {
    each_decision(|before, event, now, _| {
        let by_time =
            matches!(event, Event::PlacingExpired | Event::AskClose { reason: CloseReason::Timeout, .. });
        assert!(!by_time || now >= before.deadline, "{event:?} at {now:?}, due {:?}", before.deadline);
    });
}

#[test]
fn a_new_debt_wakes_somebody_and_a_new_deadline_has_its_timer() {
    each_decision(|before, event, _, decision| {
        let after = &decision.order;
        let announced = decision.effects.contains(&Effect::Owes);
        assert!(!announced || after.owes(), "{event:?} announces a debt that is not in the row");
        let known = debts(before);
        let new_debt = debts(after).into_iter().any(|debt| debt.is_some() && !known.contains(&debt));
        assert!(announced || !new_debt, "{event:?} owes in silence");
        let waits_anew =
            after.state == State::Unpaid && (before.state, before.deadline) != (after.state, after.deadline);
        let timers: Vec<Ms> = decision.effects.iter().filter_map(timer).collect();
        let expected = if waits_anew { vec![after.deadline] } else { vec![] };
        assert_eq!(timers, expected, "{event:?}");
    });
}

/// What is owed: to `pay` the close, to `pay` the refund, to `item` an end.
fn debts(order: &Order) -> [Option<&'static str>; 3] {
    let close = order.state == State::Unpaid && order.close_asked.is_some();
    let end = order.stock.filter(|stock| !stock.settled).map(|stock| stock.end);
    let settle = end.map(|end| match end {
        End::Released => "release",
        End::Sold => "sale",
        End::Returned => "return",
    });
    [close.then_some("close"), (order.refund == Refund::Owed).then_some("refund"), settle]
}

fn timer(effect: &Effect) -> Option<Ms> {
    match effect {
        Effect::WakeAt(at) => Some(*at),
        _ => None,
    }
}

#[test]
fn the_end_of_the_stock_follows_from_the_state() {
    for order in reachable() {
        let expected = match (order.state, order.close_reason) {
            (State::Placing | State::Unpaid, None) => None,
            (State::Closed, Some(CloseReason::Refunded)) => Some(End::Returned),
            (State::Closed, Some(_)) => Some(End::Released),
            (State::Paid | State::Shipped | State::Received | State::Reviewed, None) => Some(End::Sold),
            wrong => panic!("{wrong:?}"),
        };
        assert_eq!(order.stock.map(|stock| stock.end), expected);
    }
}

/// An unpaid order whose window began at 0.
fn unpaid(window_ms: i64) -> Order {
    apply(&placing(Cents(1)), &Event::Held { window_ms }, Ms(0)).expect("it is being placed").order
}

/// Up to a year, in milliseconds: far beyond the 2³² where 32-bit delays wrap.
const YEAR_MS: i64 = 365 * clock::HOUR * 24;

proptest! {
    #[test]
    fn windows_of_any_length_end_exactly_when_they_should(window_ms in 1..YEAR_MS, early_ms in 1..YEAR_MS) {
        let order = unpaid(window_ms);
        let timeout = Event::AskClose { reason: CloseReason::Timeout, actor: Actor::Sweep };
        prop_assert_eq!(order.deadline, Ms(window_ms));
        prop_assert_eq!(apply(&order, &timeout, Ms(window_ms - early_ms)), Err(Refusal::NotDue));
        prop_assert!(apply(&order, &timeout, Ms(window_ms)).is_ok());
        prop_assert_eq!(apply(&order, &Event::PaymentApplied, Ms(window_ms)), Err(Refusal::Overdue));
        prop_assert!(apply(&order, &Event::PaymentApplied, Ms(window_ms - 1)).is_ok());
    }

    #[test]
    fn a_deadline_only_ever_moves_later(window_ms in 1..YEAR_MS, until in 0..YEAR_MS, now in 0..YEAR_MS) {
        let extended = apply(&unpaid(window_ms), &Event::Extend { until: Ms(until) }, Ms(now));
        prop_assert_eq!(extended.is_ok(), until > window_ms && until > now);
        if let Ok(decision) = extended {
            prop_assert_eq!(decision.order.deadline, Ms(until));
        }
    }
}
