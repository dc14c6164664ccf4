//! What people were told, so that it can be held against what is true in the end.
//!
//! The auditor sees databases; only whoever was answered knows the answer. An order that was acknowledged
//! exists, the same key always means the same order, and what was said to be paid or closed is.

use std::collections::{BTreeMap, BTreeSet};

use model::order::State;
use model::pay_order::{Refund, State as PayState};
use model::{ItemId, Ms, OrderId, PayOrderId, UserId};
use parking_lot::Mutex;

use crate::town::Town;

/// Something a person was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    /// This key led to this order.
    Placed { owner: UserId, key: String, order: OrderId },
    /// This is the order's pay order.
    Opened { order: OrderId, pay_order: PayOrderId },
    /// It is paid.
    Paid { order: OrderId },
    /// It is closed.
    Closed { order: OrderId },
    /// `pay` was told to close it while an attempt was in flight, when there were so many: no other may start.
    Closing { order: OrderId, attempts: usize },
    /// It was put into the cart at this time.
    InCart { owner: UserId, item: ItemId, since: Ms },
}

/// An item on the shelf, at the price it began with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shelf {
    pub(crate) item: ItemId,
    pub(crate) price: i64,
}

/// What was promised, and what people know.
#[derive(Default)]
pub(crate) struct Book {
    promises: Mutex<Vec<Promise>>,
    shelves: Mutex<Vec<Shelf>>,
    held: Mutex<BTreeSet<OrderId>>,
}

impl Book {
    pub(crate) fn note(&self, promise: Promise) {
        self.promises.lock().push(promise);
    }

    pub(crate) fn shelve(&self, shelf: Shelf) {
        self.shelves.lock().push(shelf);
    }

    pub(crate) fn shelves(&self) -> Vec<Shelf> {
        self.shelves.lock().clone()
    }

    /// Whether it is seen for the first time that this order is held.
    pub(crate) fn first_seen_held(&self, order: OrderId) -> bool {
        self.held.lock().insert(order)
    }

    /// The orders that were placed, oldest first.
    pub(crate) fn orders(&self) -> Vec<OrderId> {
        let mut orders: Vec<OrderId> = Vec::new();
        for promise in self.promises.lock().iter() {
            if let Promise::Placed { order, .. } = promise
                && !orders.contains(order)
            {
                orders.push(*order);
            }
        }
        orders
    }

    /// How many orders this user knows to have been placed.
    pub(crate) fn orders_of(&self, user: UserId) -> usize {
        let placed = |promise: &&Promise| matches!(promise, Promise::Placed { owner, .. } if *owner == user);
        self.promises.lock().iter().filter(placed).count()
    }

    /// The latest order that is not this user's.
    pub(crate) fn order_not_of(&self, user: UserId) -> Option<OrderId> {
        let promises = self.promises.lock();
        promises.iter().rev().find_map(|promise| match promise {
            Promise::Placed { owner, order, .. } if *owner != user => Some(*order),
            _ => None,
        })
    }
}

/// Holds every promise against the orders and pay orders as they are.
pub(crate) fn check(town: &Town, facts: &Facts) {
    let promises = town.book.promises.lock().clone();
    let mut keys: BTreeMap<(UserId, String), OrderId> = BTreeMap::new();
    for promise in promises {
        if let Some((what, order)) = broken(&promise, facts) {
            town.fail(&what, &[order.0]);
        }
        if let Promise::Placed { owner, key, order } = promise {
            let first = *keys.entry((owner, key.clone())).or_insert(order);
            if first != order {
                town.fail(
                    &format!("key {key} led to order {first} and to order {order}"),
                    &[first.0, order.0],
                );
            }
        }
    }
}

/// A payment at the provider whose money is neither what its order was paid with nor back; none once all is at rest.
pub(crate) fn unsettled(town: &Town, facts: &Facts) -> Option<(String, u64)> {
    let of = |id: &PayOrderId| facts.pay_orders.values().find(|fact| fact.pay_order.id == *id);
    town.till.payments().iter().find_map(|(id, payment)| {
        let refunded = PayState::Success { refund: Refund::Refunded };
        let keeps = |fact: &audit::facts::PayOrderFact| {
            fact.pay_order.paid_by_bill() && fact.pay_order.state != refunded
        };
        let (keeps, kept) = (of(id).is_some_and(keeps), payment.paid && payment.refunds == 0);
        let what =
            || format!("pay order {id} keeps its bill's money: {keeps}; the provider has it: {payment:?}");
        (keeps != kept || payment.refunds > 1).then(|| (what(), id.0))
    })
}

/// The orders and pay orders as they are in the end.
pub(crate) struct Facts {
    pub(crate) orders: BTreeMap<OrderId, audit::facts::OrderFact>,
    pub(crate) pay_orders: BTreeMap<OrderId, audit::facts::PayOrderFact>,
    pub(crate) carts: BTreeSet<(UserId, ItemId)>,
}

impl Facts {
    /// The ids that belong together: each order with its pay order and attempts.
    pub(crate) fn families(&self) -> Vec<Vec<u64>> {
        let of_pay = |order: &OrderId| {
            let pay = self.pay_orders.get(order).into_iter();
            pay.flat_map(|pay| {
                [pay.pay_order.id.0].into_iter().chain(pay.attempts.iter().map(|one| one.id.0))
            })
        };
        self.orders.keys().map(|order| [order.0].into_iter().chain(of_pay(order)).collect()).collect()
    }
}

/// What is in a cart stays there until an order placed since takes it out.
fn gone(facts: &Facts, owner: UserId, item: ItemId, since: Ms) -> Option<(String, OrderId)> {
    let takes = |fact: &&audit::facts::OrderFact| {
        fact.order.owner == owner && fact.lines.iter().any(|line| line.item == item)
    };
    let mut orders = facts.orders.values().filter(takes);
    if facts.carts.contains(&(owner, item)) || orders.any(|fact| fact.order.placed_at >= since) {
        return None;
    }
    let last = facts.orders.values().rfind(takes).map_or(OrderId(0), |fact| fact.order.id);
    Some((format!("item {item}, put into the cart of user {owner} after the order, is gone"), last))
}

/// What is wrong with a promise, and about which order it was.
fn broken(promise: &Promise, facts: &Facts) -> Option<(String, OrderId)> {
    match promise {
        Promise::InCart { owner, item, since } => gone(facts, *owner, *item, *since),
        Promise::Placed { owner, order, .. } => match facts.orders.get(order) {
            None => Some((format!("order {order} was acknowledged and does not exist"), *order)),
            Some(fact) if fact.order.owner != *owner => {
                Some((format!("order {order} is not its buyer's"), *order))
            }
            Some(_) => None,
        },
        Promise::Opened { order, pay_order } => {
            let found = facts.pay_orders.get(order).map(|fact| fact.pay_order.id);
            (found != Some(*pay_order))
                .then(|| (format!("the pay order of order {order} was {pay_order} and is {found:?}"), *order))
        }
        Promise::Paid { order } => {
            let success =
                |fact: &audit::facts::PayOrderFact| matches!(fact.pay_order.state, PayState::Success { .. });
            (!facts.pay_orders.get(order).is_some_and(success))
                .then(|| (format!("order {order} was said to be paid and is not"), *order))
        }
        Promise::Closed { order } => {
            let closed = facts.orders.get(order).is_some_and(|fact| fact.order.state == State::Closed);
            (!closed).then(|| (format!("order {order} was said to be closed and is not"), *order))
        }
        Promise::Closing { order, attempts } => {
            let now = facts.pay_orders.get(order).map_or(0, |fact| fact.attempts.len());
            let what =
                || format!("after `pay` was told to close order {order}, an attempt at paying it began");
            (now > *attempts).then(|| (what(), *order))
        }
    }
}
