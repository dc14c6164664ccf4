//! Invariants 8 and 9: money at a provider pays its order, or goes back; and nothing stays half asked for there.

use model::Cents;
use model::pay_order::{Bill, State};

use super::{Joined, OrderLook};
use crate::Times;
use crate::facts::{BillFact, PayOrderFact};
use crate::tally::{Check, Finding};

pub(crate) const LATE_MONEY_RETURNS: Check<OrderLook> = Check {
    invariant: 8,
    name: "late_money_returns",
    sentence: "What a provider got for an order that is closed, paid otherwise, or of another amount, is back or \
               visibly on its way, once.",
    look: late_money_returns,
};

pub(crate) const BILLS_END: Check<OrderLook> = Check {
    invariant: 9,
    name: "bills_end",
    sentence: "A bill at a provider is made and closed within the grace, and none outlives its pay order.",
    look: bills_end,
};

/// A refund that is being retried is visible, however long that takes: its bill says so and is under the sweep's eyes.
fn late_money_returns(joined: &Joined, _: Times) -> Finding {
    let Some((pay, bill)) = with_bill(joined) else { return Finding::Skip };
    let Some(paid) = bill.paid else { return Finding::of(unaccounted(pay)) };
    Finding::of(kept(pay, paid).or_else(|| unwatched(pay, bill)))
}

fn unaccounted(pay: &PayOrderFact) -> Option<String> {
    let moved = matches!(pay.pay_order.bill, Bill::Paid | Bill::Returning | Bill::Returned);
    moved.then(|| format!("its bill is {:?}, but nobody knows of how much", pay.pay_order.bill))
}

fn kept(pay: &PayOrderFact, paid: Cents) -> Option<String> {
    let wanted = match pay.pay_order.state {
        State::Success { .. } => pay.pay_order.paid_by_bill(),
        // Which of the two pays is not known before the attempt has ended.
        State::Waiting { in_flight, .. } => in_flight.is_some(),
        State::Closed => false,
    };
    let right = match pay.pay_order.bill {
        Bill::Paid => wanted && paid == pay.pay_order.amount,
        Bill::Returning | Bill::Returned => true,
        Bill::None | Bill::Opening | Bill::Open | Bill::Closing | Bill::Closed => false,
    };
    (!right).then(|| {
        format!(
            "{:?} while {:?}: a provider has {} of it that nobody owes back",
            pay.pay_order.state, pay.pay_order.bill, paid.0
        )
    })
}

fn unwatched(pay: &PayOrderFact, bill: BillFact) -> Option<String> {
    let owed = pay.pay_order.bill == Bill::Returning;
    (owed && !bill.watched).then(|| "its money is owed back, and nobody is going to ask".to_owned())
}

fn bills_end(joined: &Joined, times: Times) -> Finding {
    let Some((pay, bill)) = with_bill(joined) else { return Finding::Skip };
    let state = pay.pay_order.bill;
    if !state.is_live() {
        return Finding::Holds;
    }
    let outlives = match pay.pay_order.state {
        State::Waiting { .. } => false,
        State::Closed => true,
        State::Success { .. } => state != Bill::Closing,
    };
    let stuck = state != Bill::Open && times.overdue(bill.since);
    Finding::ensure(!outlives && !stuck && bill.watched, || {
        format!("{state:?} for {} ms while {:?}", times.now.since(bill.since), pay.pay_order.state)
    })
}

fn with_bill(joined: &Joined) -> Option<(&PayOrderFact, BillFact)> {
    let pay = joined.pay.as_ref()?;
    Some((pay, pay.bill?))
}
