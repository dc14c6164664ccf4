//! Every order header that events can lead to, found by applying all of them again and again.

use std::collections::HashSet;

use model::hold::End;
use model::order::{CloseReason, Event, Order, PLACING_MS, Refund, State, apply};
use model::{Actor, Cents, Ms, OrderId, UserId};

pub(crate) const WINDOW_MS: i64 = 30_000;

/// The deadline of an order held at once.
pub(crate) const DEADLINE: Ms = Ms(WINDOW_MS);

/// When staff extends an order to.
pub(crate) const EXTENDED: Ms = Ms(90_000);

/// The instants at which events are tried: on and just before each boundary.
pub(crate) const INSTANTS: [Ms; 7] = [
    Ms(0),
    Ms(PLACING_MS - 1),
    Ms(PLACING_MS),
    Ms(WINDOW_MS - 1),
    Ms(WINDOW_MS),
    Ms(EXTENDED.0 - 1),
    EXTENDED,
];

/// Every event, with every parameter that makes a difference.
pub(crate) const EVENTS: [Event; 18] = [
    Event::Held { window_ms: WINDOW_MS },
    Event::HoldRefused,
    Event::PlacingExpired,
    Event::PaymentApplied,
    Event::AskClose { reason: CloseReason::Timeout, actor: Actor::Timer },
    Event::AskClose { reason: CloseReason::Buyer, actor: Actor::Buyer },
    Event::AskClose { reason: CloseReason::Staff, actor: Actor::Staff },
    Event::PayClosed,
    Event::PayPaid,
    Event::Extend { until: EXTENDED },
    Event::StockSettled(End::Released),
    Event::StockSettled(End::Sold),
    Event::StockSettled(End::Returned),
    Event::Ship,
    Event::Receive,
    Event::Review,
    Event::AskRefund,
    Event::Refunded,
];

/// An order just written.
pub(crate) fn placing(total: Cents) -> Order {
    Order::placing(OrderId(1), UserId(7), total, Ms(0))
}

/// All headers reachable at the [`INSTANTS`], of an order that costs something and of one that does not.
pub(crate) fn reachable() -> Vec<Order> {
    let mut open = vec![placing(Cents(100)), placing(Cents::ZERO)];
    let mut seen: HashSet<Order> = open.iter().cloned().collect();
    let mut found = Vec::new();
    while let Some(order) = open.pop() {
        for (event, now) in tries() {
            if let Ok(decision) = apply(&order, event, now)
                && seen.insert(decision.order.clone())
            {
                open.push(decision.order);
            }
        }
        found.push(order);
    }
    found
}

/// Every event at every instant.
pub(crate) fn tries() -> impl Iterator<Item = (&'static Event, Ms)> {
    EVENTS.iter().flat_map(|event| INSTANTS.map(|now| (event, now)))
}

/// What an order is called in the tables: its state and the mark on it.
pub(crate) fn name(order: &Order) -> &'static str {
    match (order.state, order.refund) {
        (State::Placing, _) => "placing",
        (State::Unpaid, _) if order.close_asked.is_some() => "asked",
        (State::Unpaid, _) if order.applied_at.is_some() => "applied",
        (State::Unpaid, _) => "unpaid",
        (State::Paid, Refund::Owed) => "refunding",
        (State::Paid, _) => "paid",
        (State::Shipped, _) => "shipped",
        (State::Received, _) => "received",
        (State::Reviewed, _) => "reviewed",
        (State::Closed, Refund::None) => "closed",
        (State::Closed, Refund::Owed) => "late",
        (State::Closed, Refund::Done) => "repaid",
    }
}
