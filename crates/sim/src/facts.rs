//! What the databases say in the end, and which marks that amounts to.

use std::collections::BTreeMap;

use audit::facts::{HoldFact, OrderFact, PayOrderFact};
use model::order::State;
use model::pay_order::{Bill, Failure, Refund, State as PayState};
use model::wallet::Outcome;
use model::{Actor, ItemId, OrderId, UserId, hold};

use crate::book::Facts;
use crate::mark::Mark;
use crate::place::Place;
use crate::shop::WINDOWS_MS;
use crate::town::Town;

/// More than any seed has orders.
const ALL: usize = 10_000;

/// Reads all orders and pay orders.
pub(crate) fn read(town: &Town) -> engine::Result<Facts> {
    let none = OrderId(0);
    let orders = town.db(Place::Trade).read(|connection| trade::facts::orders(connection, none, ALL))?;
    let pay_orders = town.db(Place::Pay).read(|connection| pay::facts::by_order(connection, none, ALL))?;
    let carts: Vec<(i64, i64)> = town.db(Place::Cart).read(|connection| {
        let mut statement = connection.prepare_cached("SELECT user_id, item_id FROM cart_rows")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.map(|row| row.map_err(engine::Error::from)).collect()
    })?;
    let in_cart = |(user, item)| (UserId::from_i64(user), ItemId::from_i64(item));
    Ok(Facts {
        carts: carts.into_iter().map(in_cart).collect(),
        orders: orders.into_iter().map(|fact| (fact.order.id, fact)).collect(),
        pay_orders: pay_orders.into_iter().map(|fact| (fact.pay_order.order, fact)).collect(),
    })
}

/// Counts what happened to every order, payment and hold.
pub(crate) fn mark(town: &Town, facts: &Facts) -> engine::Result<()> {
    let none = OrderId(0);
    let holds = town.db(Place::Item).read(|connection| item::facts::holds(connection, none, ALL))?;
    let holds: BTreeMap<OrderId, HoldFact> = holds.into_iter().map(|hold| (hold.order, hold)).collect();
    for name in moves(town)?.into_iter().flatten() {
        town.hit(Mark::Move(name));
    }
    for fact in facts.orders.values() {
        for race in races(fact, holds.get(&fact.order.id)) {
            town.hit(Mark::Race(race));
        }
    }
    for fact in facts.pay_orders.values() {
        for name in payment(fact) {
            town.hit(Mark::Move(name));
        }
    }
    for hold in holds.values() {
        town.hit(Mark::Move(of_hold(hold)));
    }
    Ok(())
}

/// In good weather messages do all there is to do. What a sweep found then, somebody had lost.
pub(crate) fn sweeps_found_nothing(town: &Town) -> engine::Result<()> {
    let sql = "SELECT order_id, name FROM trade_history WHERE actor = ?1";
    let found: Vec<(i64, String)> = town.db(Place::Trade).read(|connection| {
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map([Actor::Sweep.code()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.map(|row| row.map_err(engine::Error::from)).collect()
    })?;
    for (order, name) in found {
        let order = OrderId::from_i64(order);
        town.fail(&format!("in good weather a sweep found order {order}: {name}"), &[order.0]);
    }
    Ok(())
}

/// Every recorded move, with who caused it where that makes a difference.
fn moves(town: &Town) -> engine::Result<Vec<Option<&'static str>>> {
    town.db(Place::Trade).read(|connection| {
        let mut statement = connection.prepare_cached("SELECT name, actor FROM trade_history")?;
        let rows = statement.query_map([], |row| Ok(of_move(&row.get::<_, String>(0)?, row.get(1)?)))?;
        rows.map(|row| row.map_err(engine::Error::from)).collect()
    })
}

/// Actors are stored by their number: buyer, timer, sweep, staff, notice, service.
fn of_move(name: &str, actor: i64) -> Option<&'static str> {
    Some(match (name, actor) {
        ("held", _) => "order: held",
        ("holdRefused", _) => "order: holdRefused",
        ("placingExpired", _) => "order: placingExpired",
        ("paymentApplied", _) => "order: paymentApplied",
        ("closeAsked", 0) => "order: closeAsked by buyer",
        ("closeAsked", 1) => "order: closeAsked by timer",
        ("closeAsked", 2) => "order: closeAsked by sweep",
        ("closeAsked", 3) => "order: closeAsked by staff",
        ("closed", 0) => "order: closed by buyer",
        ("closed", 1) => "order: closed by timer",
        ("closed", 2) => "order: closed by sweep",
        ("closed", 3) => "order: closed by staff",
        ("paid", 1) => "order: paid by timer",
        ("paid", 2) => "order: paid by sweep",
        ("paid", 3) => "order: paid by staff",
        ("paid", 4) => "order: paid by notice",
        ("extended", _) => "order: extended",
        ("shipped", _) => "order: shipped",
        ("received", _) => "order: received",
        ("reviewed", _) => "order: reviewed",
        ("refundAsked", _) => "order: refundAsked",
        ("refunded", _) => "order: refunded",
        ("stockSettled", _) => "order: stockSettled",
        _ => return None,
    })
}

fn races(fact: &OrderFact, hold: Option<&HoldFact>) -> Vec<&'static str> {
    let place = |name: &str| fact.history.iter().position(|step| step.name == name);
    let mut races = Vec::new();
    if let (Some(asked), Some(paid)) = (place("closeAsked"), place("paid"))
        && asked < paid
    {
        races.push("a payment succeeds between the wish to close and the close");
    }
    let held = fact.history.iter().find(|step| step.name == "held");
    let paid = fact.history.iter().find(|step| step.name == "paid");
    if let (Some(held), Some(paid), Some(_)) = (held, paid, place("extended"))
        && paid.at.since(held.at) > WINDOWS_MS[2]
    {
        races.push("a payment succeeds after the first deadline, because of an extension");
    }
    let given_up = place("placingExpired").is_some() && fact.order.state == State::Closed;
    if given_up && hold.is_some_and(|hold| !hold.lines.is_empty()) {
        races.push("a placement is given up although its hold came about");
    }
    races
}

fn payment(fact: &PayOrderFact) -> Vec<&'static str> {
    let state = match fact.pay_order.state {
        PayState::Closed if fact.pay_order.is_tombstone() => Some("payment: tombstone"),
        PayState::Closed => Some("payment: closed"),
        PayState::Success { refund: Refund::Refunded } => Some("payment: refunded"),
        PayState::Success { .. } => Some("payment: success"),
        PayState::Waiting { .. } => None,
    };
    let attempts = fact.attempts.iter().filter_map(|attempt| match attempt.outcome? {
        Outcome::Debited => Some("attempt: debited"),
        Outcome::Refused(Failure::WrongPassword) => Some("attempt: wrong password"),
        Outcome::Refused(Failure::NotEnough) => Some("attempt: not enough"),
        Outcome::Refused(Failure::Frozen) => Some("attempt: frozen"),
        Outcome::Refused(Failure::Voided) => Some("attempt: voided"),
        Outcome::Refused(Failure::TooManyTries) => Some("attempt: too many tries"),
        Outcome::Refused(Failure::UnknownUser) => None,
    });
    let bill = match (fact.pay_order.bill, fact.pay_order.state) {
        (Bill::Paid, _) => Some("payment: paid at the provider"),
        (Bill::Returned, PayState::Closed) => Some("payment: late money refunded"),
        (Bill::Returned, _) => Some("payment: extra money refunded"),
        (Bill::Closed, _) => Some("payment: bill closed"),
        _ => None,
    };
    state.into_iter().chain(bill).chain(attempts).collect()
}

fn of_hold(hold: &HoldFact) -> &'static str {
    match hold.state {
        hold::State::Held => "hold: held",
        hold::State::Released if hold.lines.is_empty() => "hold: tombstone",
        hold::State::Released => "hold: released",
        hold::State::Sold => "hold: sold",
        hold::State::Returned => "hold: returned",
        hold::State::Refused => "hold: refused",
    }
}
