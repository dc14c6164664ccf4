//! What an order owes: the loop over [`next_step`] ends whatever the others answer, and the row alone says when
//! somebody must look.

use model::order::{Event, Order, State, Step, Wake, apply, next_step, sweep_at};
use model::{Actor, Ms};

use crate::orders::{INSTANTS, reachable};

/// Steps one wake-up may take to rest: expire or ask, close or ask pay, refund, settle — once each — and hear of
/// late money between them.
const STEPS_MAX: usize = 6;

const WAKES: [Wake; 3] = [Wake::Due, Wake::Check, Wake::Notice];

/// Everything the other side can answer to `step`: an event, or (`None`) that it is not paid.
fn answers(step: Step) -> Vec<Option<Event>> {
    match step {
        Step::ExpirePlacing => vec![Some(Event::PlacingExpired)],
        Step::AskClose(reason) => vec![Some(Event::AskClose { reason, actor: Actor::Timer })],
        Step::ClosePayment => vec![Some(Event::PayClosed), Some(Event::PayPaid)],
        Step::AskPay => vec![Some(Event::PayPaid), None],
        Step::RefundPayment => vec![Some(Event::Refunded)],
        Step::SettleStock(end) => vec![Some(Event::StockSettled(end))],
        Step::WaitUntil(_) | Step::Rest => vec![],
    }
}

/// Follows every branch; "not paid" goes on with what is due.
fn drive(order: &Order, wake: Wake, now: Ms, steps: usize) {
    assert!(steps <= STEPS_MAX, "{order:?} keeps moving");
    for answer in answers(next_step(order, wake, now)) {
        let Some(event) = answer else {
            drive(order, Wake::Due, now, steps + 1);
            continue;
        };
        let decision = apply(order, &event, now).unwrap_or_else(|why| panic!("{event:?} refused: {why}"));
        drive(&decision.order, wake, now, steps + 1);
    }
}

#[test]
fn every_wake_up_ends_and_every_answer_is_understood() {
    for order in reachable() {
        for wake in WAKES {
            for now in INSTANTS {
                drive(&order, wake, now, 0);
            }
        }
    }
}

#[test]
fn a_sweep_finds_exactly_the_orders_that_need_something() {
    for order in reachable() {
        for now in INSTANTS {
            let idle = matches!(next_step(&order, Wake::Due, now), Step::WaitUntil(_) | Step::Rest);
            let found = sweep_at(&order, now).is_some_and(|at| at <= now);
            assert_eq!(found, !idle, "{order:?} at {now:?}");
            let never = next_step(&order, Wake::Due, Ms(i64::MAX)) == Step::Rest;
            assert_eq!(sweep_at(&order, now).is_none(), never, "{order:?}");
        }
    }
}

#[test]
fn waiting_ends_at_the_deadline_in_the_row() {
    for order in reachable() {
        for now in INSTANTS {
            if let Step::WaitUntil(at) = next_step(&order, Wake::Due, now) {
                assert!(at > now, "waiting for the past");
                assert_eq!(at, order.deadline);
            }
        }
    }
}

#[test]
fn a_check_heals_but_asks_nothing_of_orders_nobody_pays() {
    for order in reachable().iter().filter(|order| order.state == State::Unpaid) {
        let step = next_step(order, Wake::Check, Ms(0));
        let asks = step == Step::AskPay;
        assert_eq!(asks, order.applied_at.is_some() && order.close_asked.is_none(), "{order:?}");
    }
}
