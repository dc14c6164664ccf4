//! Every state that small bounds allow, reached in every order — and from each of them, after losing everything
//! under way, the right end.

use std::collections::{BTreeSet, HashSet};

use model::Cents;
use model::order::{CloseReason, State};
use model::pay_order::{self, Bill, Failure};
use model::wallet::Outcome;

use crate::world::{Bounds, World};

/// Above what the widest bounds below give; a runaway fails instead of eating the machine.
const STATES_MAX: usize = 600_000;

/// How many states a check has visited; said too if it ends in a violation.
struct Visited {
    states: usize,
    bounds: Bounds,
}

impl Drop for Visited {
    #[expect(clippy::print_stdout, reason = "how far a check went is part of what it says")]
    fn drop(&mut self) {
        let how = if std::thread::panicking() { "until a violation" } else { "in every order" };
        println!("{} states, {how}: {:?}", self.states, self.bounds);
    }
}

/// Visits everything reachable from `start` and says how many states that were; answers which landmarks it came by, so
/// that a test cannot pass by never getting anywhere.
fn explore(start: World) -> BTreeSet<&'static str> {
    let mut landmarks = BTreeSet::new();
    let mut visited = Visited { states: 1, bounds: start.bounds };
    let mut seen = HashSet::from([start.clone()]);
    let mut open = vec![start];
    while let Some(world) = open.pop() {
        landmarks.extend(world.landmarks());
        world.clone().end_from_rows();
        for action in world.actions() {
            let next = world.step(action);
            if seen.insert(next.clone()) {
                open.push(next);
            }
        }
        visited.states = seen.len();
        assert!(seen.len() <= STATES_MAX, "the space is not as small as it should be");
    }
    landmarks
}

impl World {
    /// The turns a story can take that a test may want to have seen.
    fn landmarks(&self) -> impl Iterator<Item = &'static str> {
        let order = &self.order;
        let voided = Outcome::Refused(Failure::Voided);
        let closing = matches!(self.pay_state(), Some(pay_order::State::Waiting { closing: true, .. }));
        [
            (order.close_reason == Some(CloseReason::Timeout), "closed by its deadline"),
            (order.close_reason == Some(CloseReason::Buyer), "cancelled"),
            (order.close_reason == Some(CloseReason::NoStock), "no stock"),
            (order.close_reason == Some(CloseReason::PlacementFailed), "placement failed"),
            (order.close_reason == Some(CloseReason::Refunded), "refunded"),
            (order.state == State::Paid && order.close_asked.is_some(), "close asked, then paid"),
            (order.state == State::Received, "received"),
            (closing, "closing with an attempt in flight"),
            (self.wallet.outcomes.values().any(|outcome| *outcome == voided), "an attempt voided"),
            (self.wallet.outcomes.len() == 2, "pressed twice"),
            (self.till.is_some_and(|till| till.closed && till.paid), "paid after the provider closed it"),
            (self.is_late_money_back(), "late money refunded"),
            (self.is_extra_money_back(), "paid twice, one given back"),
            (self.paid() && self.kept_by_provider() == 1, "paid at the provider"),
            (order.deadline.0 > 2 * crate::world::WINDOW_MS, "extended"),
        ]
        .into_iter()
        .filter_map(|(reached, name)| reached.then_some(name))
    }
}

impl World {
    fn is_late_money_back(&self) -> bool {
        self.pay
            .as_ref()
            .is_some_and(|pay| pay.state == pay_order::State::Closed && pay.bill == Bill::Returned)
    }

    fn is_extra_money_back(&self) -> bool {
        self.pay.as_ref().is_some_and(|pay| self.paid() && pay.bill == Bill::Returned)
    }
}

/// What an order can come by if nobody extends it, its item is in stock, and it costs something.
const USUAL: [&str; 9] = [
    "closed by its deadline",
    "cancelled",
    "placement failed",
    "refunded",
    "close asked, then paid",
    "received",
    "closing with an attempt in flight",
    "an attempt voided",
    "pressed twice",
];

#[test]
fn an_order_with_two_payment_attempts() {
    let landmarks = explore(World::new(
        Cents(100),
        1,
        Bounds { presses: 2, staff: true, extensions: 0, provider: false },
    ));
    assert_eq!(landmarks, BTreeSet::from(USUAL));
}

#[test]
fn an_order_whose_deadline_is_extended() {
    let landmarks = explore(World::new(
        Cents(100),
        1,
        Bounds { presses: 1, staff: false, extensions: 1, provider: false },
    ));
    assert!(landmarks.is_superset(&["extended", "closed by its deadline", "close asked, then paid"].into()));
}

#[test]
fn an_order_that_costs_nothing() {
    let landmarks = explore(World::new(
        Cents::ZERO,
        1,
        Bounds { presses: 1, staff: true, extensions: 1, provider: false },
    ));
    assert_eq!(landmarks, BTreeSet::from(["placement failed", "received", "refunded"]));
}

#[test]
fn an_order_for_which_there_is_no_stock() {
    let landmarks = explore(World::new(
        Cents(100),
        0,
        Bounds { presses: 1, staff: true, extensions: 1, provider: false },
    ));
    assert_eq!(landmarks, BTreeSet::from(["no stock", "placement failed"]));
}

#[test]
fn an_order_with_two_attempts_and_an_extension() {
    let landmarks = explore(World::new(
        Cents(100),
        1,
        Bounds { presses: 2, staff: true, extensions: 1, provider: false },
    ));
    assert!(landmarks.is_superset(&USUAL.into()));
}

/// With the second way to pay, everything can happen beside everything.
#[test]
fn an_order_that_is_paid_at_a_provider() {
    let landmarks =
        explore(World::new(Cents(100), 1, Bounds { presses: 0, staff: true, extensions: 0, provider: true }));
    let expected =
        ["late money refunded", "paid after the provider closed it", "paid at the provider", "refunded"];
    assert!(landmarks.is_superset(&expected.into()), "{landmarks:?}");
}

#[test]
fn an_order_that_is_paid_at_a_provider_and_from_the_balance() {
    let landmarks = explore(World::new(
        Cents(100),
        1,
        Bounds { presses: 1, staff: false, extensions: 0, provider: true },
    ));
    let expected =
        ["late money refunded", "paid twice, one given back", "paid at the provider", "an attempt voided"];
    assert!(landmarks.is_superset(&expected.into()), "{landmarks:?}");
}
