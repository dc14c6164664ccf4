//! Invariant 5: paid means that money was taken, the right sum from the right buyer.

use model::Cents;

use super::{Joined, OrderLook};
use crate::Times;
use crate::facts::{OrderFact, PayOrderFact};
use crate::tally::{Check, Finding};

pub(crate) const PAID_HAS_PAYMENT: Check<OrderLook> = Check {
    invariant: 5,
    name: "paid_has_payment",
    sentence: "A paid order has a successful payment, unless there was nothing to pay.",
    look: paid_has_payment,
};

pub(crate) const PAYMENT_FITS_ORDER: Check<OrderLook> = Check {
    invariant: 5,
    name: "payment_fits_order",
    sentence: "A payment belongs to an order, its owner is the order's, its amount the order's total.",
    look: payment_fits_order,
};

fn paid_has_payment(joined: &Joined, _: Times) -> Finding {
    let paid = |fact: &&OrderFact| fact.was_paid() && fact.order.total != Cents::ZERO;
    let Some(fact) = joined.order.as_ref().filter(paid) else { return Finding::Skip };
    let success = joined.pay.as_ref().is_some_and(|pay| pay.success().is_some());
    Finding::ensure(success, || format!("it is {:?}, but its payment did not succeed", fact.order.state))
}

fn payment_fits_order(joined: &Joined, _: Times) -> Finding {
    let Some(pay) = joined.pay.as_ref().filter(|pay| !pay.pay_order.is_tombstone()) else {
        return Finding::Skip;
    };
    let Some(order) = &joined.order else {
        return Finding::Broken(format!("pay order {} pays an order that does not exist", pay.pay_order.id));
    };
    Finding::of(misfit(order, pay))
}

fn misfit(
    OrderFact { order, .. }: &OrderFact,
    PayOrderFact { pay_order, .. }: &PayOrderFact,
) -> Option<String> {
    if order.owner != pay_order.owner {
        return Some(format!("owned by user {}, payable by user {}", order.owner, pay_order.owner));
    }
    let (total, amount) = (order.total.0, pay_order.amount.0);
    (total != amount).then(|| format!("total {total}, but {amount} is to be paid"))
}
