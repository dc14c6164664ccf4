//! Invariant 8: an ended order's stock and money are where they belong.

use model::order::{Refund, State};
use model::pay_order::Refund as PayRefund;

use super::{Joined, OrderLook};
use crate::Times;
use crate::facts::{OrderFact, PayOrderFact};
use crate::tally::{Check, Finding};

pub(crate) const STOCK_SETTLES: Check<OrderLook> = Check {
    invariant: 8,
    name: "stock_settles",
    sentence: "The stock of a paid or closed order is settled within the grace.",
    look: stock_settles,
};

pub(crate) const MONEY_RETURNS: Check<OrderLook> = Check {
    invariant: 8,
    name: "money_returns",
    sentence: "A closed order's money, and money staff gave back, is returned or visibly on its way.",
    look: money_returns,
};

pub(crate) const SUCCESS_IS_HEARD: Check<OrderLook> = Check {
    invariant: 8,
    name: "success_is_heard",
    sentence: "A successful payment makes its order paid, or goes back, within the grace.",
    look: success_is_heard,
};

fn stock_settles(joined: &Joined, times: Times) -> Finding {
    let ended = |fact: &&OrderFact| !matches!(fact.order.state, State::Placing | State::Unpaid);
    let Some(fact) = joined.order.as_ref().filter(ended) else { return Finding::Skip };
    match fact.order.stock {
        None => Finding::Broken("it ended, but owes its stock no end".into()),
        Some(duty) => Finding::ensure(duty.settled || !times.overdue(fact.moved_at()), || {
            format!("{:?} not settled for {} ms", duty.end, times.now.since(fact.moved_at()))
        }),
    }
}

fn money_returns(joined: &Joined, times: Times) -> Finding {
    let (Some(fact), Some(pay)) = (&joined.order, &joined.pay) else { return Finding::Skip };
    let Some(refund) = pay.success() else { return Finding::Skip };
    Finding::of(untrue_refund(fact, refund).or_else(|| kept(fact, pay, refund, times)))
}

/// What `trade` believes was given back must have been.
fn untrue_refund(fact: &OrderFact, refund: PayRefund) -> Option<String> {
    let untrue = fact.order.refund == Refund::Done && refund != PayRefund::Refunded;
    untrue.then(|| format!("refunded by its own word, but the payment says {refund:?}"))
}

fn kept(fact: &OrderFact, pay: &PayOrderFact, refund: PayRefund, times: Times) -> Option<String> {
    let owed = fact.order.state == State::Closed || fact.order.refund == Refund::Owed;
    let since = fact.at("refundAsked").unwrap_or(fact.moved_at()).max(pay.succeeded_at());
    let kept = owed && refund == PayRefund::None && times.overdue(since);
    kept.then(|| {
        format!("its money is owed back for {} ms, and nothing is on its way", times.now.since(since))
    })
}

fn success_is_heard(joined: &Joined, times: Times) -> Finding {
    let Some(pay) = joined.pay.as_ref().filter(|pay| pay.success() == Some(PayRefund::None)) else {
        return Finding::Skip;
    };
    let heard = joined.order.as_ref().is_some_and(|fact| fact.was_paid() || fact.closed_unpaid());
    Finding::ensure(heard || !times.overdue(pay.succeeded_at()), || {
        format!("paid {} ms ago, but the order has not heard of it", times.now.since(pay.succeeded_at()))
    })
}
