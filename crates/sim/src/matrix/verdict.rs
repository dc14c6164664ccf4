//! What must be true once all is at rest.

use audit::facts::{OrderFact, PayOrderFact};
use model::order::{CloseReason, State};
use model::pay_order::State as PayState;

use super::client::Reply;
use super::look::Look;
use super::people::{BALANCE, NUM, PRICE, STOCK, Scene};
use super::play::{Play, Told};

/// Whether the client has asked again after all was over; before, nobody may have come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Only the shop itself has gone on.
    Alone,
    /// The client has come back and was answered.
    AskedAgain,
}

/// What is wrong.
pub(super) fn judge(play: Play, scene: &Scene, look: &Look, told: &[&Told], stage: Stage) -> Vec<String> {
    let mine: Vec<&OrderFact> = look.orders.iter().filter(|fact| fact.order.owner == scene.buyer).collect();
    let pays = |order: &OrderFact| look.pay_orders.iter().find(|pay| pay.pay_order.order == order.order.id);
    let order = mine.first().copied();
    let mut wrong = Vec::new();
    if mine.len() > 1 {
        wrong.push(format!("one key led to {} orders", mine.len()));
    }
    if order.is_none() && (stage == Stage::AskedAgain || play != Play::Place) {
        wrong.push("there is no order".into());
    }
    if stage == Stage::AskedAgain {
        wrong.extend(order.and_then(|order| wrong_end(play, order)));
    }
    wrong.extend(stock_and_money(scene, look, order));
    let all = told.iter().flat_map(|told| told.iter());
    for (name, reply) in all.filter_map(|(name, reply)| Some((name, reply.as_ref()?))) {
        if !is_true(name, reply, order, order.and_then(pays)) {
            wrong.push(format!("{name} was answered {} {}, which is not so", reply.status, reply.body));
        }
    }
    if let [first, again] = told {
        wrong.extend(contradictions(first, again));
    }
    wrong
}

/// Whether the order has an end that its act cannot have.
fn wrong_end(play: Play, fact: &OrderFact) -> Option<String> {
    let order = &fact.order;
    let right = match play {
        Play::Pay | Play::Doubt => matches!(order.state, State::Paid | State::Closed),
        Play::Refund => order.close_reason == Some(CloseReason::Refunded),
        Play::Place | Play::Close | Play::Cancel => order.state == State::Closed,
    };
    (!right).then(|| format!("the order ends {:?}, {:?}", order.state, order.close_reason))
}

/// Stock was sold once if the order is paid, otherwise it is all there; likewise money.
fn stock_and_money(scene: &Scene, look: &Look, order: Option<&OrderFact>) -> Vec<String> {
    let paid = order.is_some_and(|fact| fact.order.state == State::Paid);
    let (sold, spent) = if paid { (NUM, NUM * PRICE) } else { (0, 0) };
    let mut wrong = Vec::new();
    let item = look.items.iter().find(|item| item.id == scene.item);
    let stock = item.map(|item| (item.added, item.available, item.held, item.sold));
    if stock != Some((STOCK, STOCK - sold, 0, sold)) {
        wrong.push(format!("of {STOCK} pieces {sold} should be sold and none held: {item:?}"));
    }
    let wallet = look.wallets.iter().find(|wallet| wallet.user == scene.buyer);
    if wallet.map(|wallet| wallet.balance.0) != Some(BALANCE - spent) {
        wrong.push(format!("{spent} of {BALANCE} should be spent: {wallet:?}"));
    }
    wrong
}

/// Whether what a client was told is so.
fn is_true(name: &str, reply: &Reply, order: Option<&OrderFact>, pay: Option<&PayOrderFact>) -> bool {
    let state = order.map(|fact| fact.order.state);
    let success = pay.is_some_and(|fact| matches!(fact.pay_order.state, PayState::Success { .. }));
    match (name, reply.status) {
        ("POST /orders", 200) => {
            order.is_some_and(|fact| reply.body.as_str() == Some(&fact.order.id.to_string()))
        }
        ("POST /pay-orders", 200) => pay.is_some_and(|fact| reply.body.as_u64() == Some(fact.pay_order.id.0)),
        ("POST /pay-orders/{id}", 200) => success,
        // Also a refusal that is remembered: whatever was refused did not happen.
        ("PUT /orders/{id}/cancel", 200) | ("POST /orders", 400..500) => state == Some(State::Closed),
        ("POST /staff/orders/{id}/refund", 200) => {
            order.is_some_and(|fact| fact.order.close_reason == Some(CloseReason::Refunded))
        }
        ("POST /pay-orders" | "POST /pay-orders/{id}", 400..500) => !success,
        _ => matches!(reply.status, 202 | 503),
    }
}

/// Where a client that was answered for good was answered something else under the same key later.
fn contradictions(first: &Told, again: &Told) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, reply) in first {
        let Some(reply) = reply.as_ref().filter(|reply| reply.is_final()) else { continue };
        let later = again.iter().find(|(other, _)| other == name).and_then(|(_, later)| later.as_ref());
        if later.is_none_or(|later| !same(reply, later)) {
            wrong.push(format!("{name} was answered {} {}, and later {later:?}", reply.status, reply.body));
        }
    }
    wrong
}

/// Whether two answers say the same. A problem names the request that it answers, too.
fn same(one: &Reply, other: &Reply) -> bool {
    one.status == other.status
        && if one.status < 300 { one.body == other.body } else { one.body["code"] == other.body["code"] }
}
