//! What an order still owes, and when to look at it again.

use mutants::Mutant;

use super::{CloseReason, Order, Refund, State};
use crate::{Ms, hold::End};

/// What made us look at the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wake {
    /// Its time may have come, or something is owed: do what is due.
    Due,
    /// A delayed check: ask `pay`, if payment was applied for.
    Check,
    /// Somebody says it is paid: ask `pay`, whatever the state.
    Notice,
}

/// The next thing to do for an order. Every step but the last two is a call or a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Close a placement that took too long.
    ExpirePlacing,
    /// The deadline is over: ask for the close.
    AskClose(CloseReason),
    /// Closing was asked for: have `pay` decide.
    ClosePayment,
    /// Find out from `pay` whether it is paid.
    AskPay,
    /// Have `pay` give the money back.
    RefundPayment,
    /// Tell `item` the end.
    SettleStock(End),
    /// Nothing before this time.
    WaitUntil(Ms),
    /// Nothing, ever, of its own accord.
    Rest,
}

/// What `order` needs next at `now`.
pub fn next_step(order: &Order, wake: Wake, now: Ms) -> Step {
    match order.state {
        State::Placing if now >= order.deadline => Step::ExpirePlacing,
        State::Placing => Step::WaitUntil(order.deadline),
        State::Unpaid => unpaid(order, wake, now),
        _ => ended(order, wake),
    }
}

fn unpaid(order: &Order, wake: Wake, now: Ms) -> Step {
    match wake {
        _ if order.close_asked.is_some() => Step::ClosePayment,
        Wake::Notice => Step::AskPay,
        Wake::Check if mutants::on(Mutant::EarlyMessageHandled) => Step::AskClose(CloseReason::Timeout),
        // At the deadline the close itself asks `pay`; its wish is written first.
        Wake::Check if order.applied_at.is_some() && now < order.deadline => Step::AskPay,
        _ if now >= order.deadline => Step::AskClose(CloseReason::Timeout),
        _ => Step::WaitUntil(order.deadline),
    }
}

fn ended(order: &Order, wake: Wake) -> Step {
    match order.stock {
        _ if order.refund == Refund::Owed => Step::RefundPayment,
        Some(stock) if !stock.settled => Step::SettleStock(stock.end),
        _ if wake == Wake::Notice && order.state == State::Closed && order.refund == Refund::None => {
            Step::AskPay
        }
        _ => Step::Rest,
    }
}

/// From when on a sweep should find the order unfinished: the row itself carries its duty. `None` at rest.
pub fn sweep_at(order: &Order, now: Ms) -> Option<Ms> {
    match order.state {
        State::Placing => Some(order.deadline),
        State::Unpaid if mutants::on(Mutant::UnpaidNotSwept) => None,
        State::Paid | State::Closed if mutants::on(Mutant::NoSettleSweep) => None,
        _ if order.owes() => Some(now),
        State::Unpaid => Some(order.deadline),
        _ => None,
    }
}
