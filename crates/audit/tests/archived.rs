//! Of an archived order its header alone is left: enough for every check that compares services, and no check asks for
//! more.

#![expect(clippy::unwrap_used, reason = "a test may fail here like anywhere else")]

mod support;

use audit::{Memory, Times, audit};
use model::hold::{self, End};
use model::order::{self, StockDuty};
use model::pay_order::{Refund, State};
use model::{Cents, Ms, UserId};
use support::{GRACE_MS, NOW, REFUNDED, REFUSED, TIMED_OUT, good};

/// A way to break a world, and the check that must notice.
type Break = (&'static str, fn(&mut Memory));

/// What an archive leaves of the good world's closed orders.
fn archived() -> Memory {
    let mut world = good();
    for id in [TIMED_OUT, REFUNDED, REFUSED] {
        let fact = order(&mut world, id);
        let moved = fact.history.iter().rev().find(|step| step.from != step.to).unwrap().at;
        fact.archived = Some(moved);
        fact.lines.clear();
        fact.history.clear();
    }
    world
}

fn order(world: &mut Memory, id: u64) -> &mut audit::facts::OrderFact {
    world.orders.iter_mut().find(|fact| fact.order.id.0 == id).unwrap()
}

fn pay(world: &mut Memory, id: u64) -> &mut audit::facts::PayOrderFact {
    world.pay_orders.iter_mut().find(|fact| fact.pay_order.order.0 == id).unwrap()
}

fn lose(world: &mut Memory, id: u64) {
    world.orders.retain(|fact| fact.order.id.0 != id);
}

const BREAKS: &[Break] = &[
    // Archived, and lost.
    ("payment_fits_order", |world| lose(world, REFUNDED)),
    ("hold_has_order", |world| lose(world, REFUNDED)),
    ("key_has_order", |world| lose(world, REFUSED)),
    ("payment_fits_order", |world| order(world, REFUNDED).order.total = Cents(1)),
    ("payment_fits_order", |world| order(world, REFUNDED).order.owner = UserId(8)),
    ("paid_has_payment", |world| world.pay_orders.retain(|pay| pay.pay_order.order.0 != REFUNDED)),
    ("closed_is_not_payable", |world| world.pay_orders.retain(|pay| pay.pay_order.order.0 != TIMED_OUT)),
    ("closed_is_not_payable", |world| {
        pay(world, TIMED_OUT).pay_order.state = State::Waiting { in_flight: None, closing: false };
    }),
    ("no_close_of_paid", |world| {
        let closed = pay(world, TIMED_OUT);
        closed.pay_order.state = State::Success { refund: Refund::Refunded };
        closed.success_at = Some(Ms(0));
    }),
    ("no_early_close", |world| {
        let fact = order(world, TIMED_OUT);
        fact.order.close_asked.as_mut().unwrap().at = fact.order.deadline - 1;
    }),
    ("money_returns", |world| {
        pay(world, REFUNDED).pay_order.state = State::Success { refund: Refund::None };
    }),
    ("hold_fits_order", |world| {
        let hold = world.holds.iter_mut().find(|hold| hold.order.0 == TIMED_OUT).unwrap();
        hold.state = hold::State::Sold;
    }),
    ("hold_fits_order", |world| world.holds.retain(|hold| hold.order.0 != TIMED_OUT)),
    ("stock_settles", |world| {
        let fact = order(world, TIMED_OUT);
        (fact.archived, fact.order.stock) =
            (Some(Ms(0)), Some(StockDuty { end: End::Released, settled: false }));
    }),
    ("unpaid_ends", |world| {
        let fact = order(world, TIMED_OUT);
        (fact.order.state, fact.order.deadline) = (order::State::Unpaid, Ms(0));
    }),
];

#[test]
fn a_world_with_archived_orders_is_clean() {
    let report = audit(&archived(), Times { now: NOW, grace_ms: GRACE_MS }).unwrap();
    assert!(report.clean, "{report}");
}

#[test]
fn what_services_keep_of_an_archived_order_is_still_compared_with_it() {
    for (check, break_it) in BREAKS {
        let mut world = archived();
        break_it(&mut world);
        let report = audit(&world, Times { now: NOW, grace_ms: GRACE_MS }).unwrap();
        assert!(report.check(check).unwrap().violated > 0, "{check} did not notice:\n{report}");
    }
}
