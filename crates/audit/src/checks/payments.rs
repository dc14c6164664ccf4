//! Invariants 3 and 8: what a pay order says and what the wallets did for it.

use model::pay_order::Refund;
use model::wallet::Outcome;
use model::{Cents, Ms, UserId};

use crate::Times;
use crate::facts::{MoneyFact, MoneyKind, PayOrderFact};
use crate::tally::{Check, Finding};

/// Judges one pay order.
pub(crate) type PaymentLook = fn(&PaymentView, Times) -> Finding;

/// All that is known of one pay order's money.
#[derive(Default)]
pub(crate) struct PaymentView {
    /// What `pay` says.
    pub(crate) pay: Option<PayOrderFact>,
    /// Money that was taken.
    pub(crate) debits: Booked,
    /// Money that went back.
    pub(crate) refunds: Booked,
}

/// Live records of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Booked {
    count: u32,
    user: UserId,
    amount: Cents,
    at: Ms,
}

pub(crate) const ONE_DEBIT_ONE_REFUND: Check<PaymentLook> = Check {
    invariant: 3,
    name: "one_debit_one_refund",
    sentence: "Per pay order: at most one live debit and one refund; the refund is of that debit.",
    look: one_debit_one_refund,
};

pub(crate) const MONEY_FITS_PAYMENT: Check<PaymentLook> = Check {
    invariant: 8,
    name: "money_fits_payment",
    sentence: "A success took its amount from its owner, or at a provider and then nothing from the balance; what was \
               taken is a success within the grace, and exactly what was refunded went back.",
    look: money_fits_payment,
};

/// The judgements over pay orders.
pub(crate) const OF_PAYMENTS: &[Check<PaymentLook>] = &[ONE_DEBIT_ONE_REFUND, MONEY_FITS_PAYMENT];

impl PaymentView {
    /// Goes on with one record. A debit that was refused or voided moved nothing.
    pub(crate) fn follow(&mut self, record: &MoneyFact) {
        let booked = match record.kind {
            MoneyKind::Debit(Outcome::Debited) => &mut self.debits,
            MoneyKind::Debit(Outcome::Refused(_)) => return,
            MoneyKind::Refund => &mut self.refunds,
        };
        let MoneyFact { user, amount, at, .. } = *record;
        *booked = Booked { count: booked.count + 1, user, amount, at };
    }

    fn moved(&self) -> bool {
        self.debits.count + self.refunds.count > 0
    }
}

fn one_debit_one_refund(view: &PaymentView, _: Times) -> Finding {
    let PaymentView { debits, refunds, .. } = view;
    if !view.moved() {
        return Finding::Skip;
    }
    let single = debits.count <= 1 && refunds.count <= debits.count;
    let same = refunds.count == 0 || (refunds.user, refunds.amount) == (debits.user, debits.amount);
    Finding::ensure(single && same, || format!("{debits:?}, {refunds:?}"))
}

fn money_fits_payment(view: &PaymentView, times: Times) -> Finding {
    let success = view.pay.as_ref().and_then(PayOrderFact::success);
    match (&view.pay, success) {
        (Some(pay), Some(_)) if pay.pay_order.paid_by_bill() => Finding::ensure(!view.moved(), || {
            format!("it was paid at a provider, but there is {:?} and {:?}", view.debits, view.refunds)
        }),
        (Some(pay), Some(refund)) => {
            Finding::of(untaken(pay, view).or_else(|| unreturned(refund, view, times)))
        }
        _ if view.moved() => {
            Finding::ensure(view.refunds.count == 0 && !times.overdue(view.debits.at), || {
                format!("{:?} without a successful payment", view.debits)
            })
        }
        _ => Finding::Skip,
    }
}

fn untaken(pay: &PayOrderFact, view: &PaymentView) -> Option<String> {
    let wanted = (pay.pay_order.owner, pay.pay_order.amount);
    let taken = view.debits.count > 0 && (view.debits.user, view.debits.amount) == wanted;
    (!taken).then(|| format!("{wanted:?} was to be taken, but there is {:?}", view.debits))
}

/// The wallet is told before `pay` notes it, so only the other way round is possible, and only for a while.
fn unreturned(refund: Refund, view: &PaymentView, times: Times) -> Option<String> {
    let returned = view.refunds.count > 0;
    let fits = match refund {
        Refund::None => !returned,
        Refund::Refunding => !returned || !times.overdue(view.refunds.at),
        Refund::Refunded => returned,
    };
    (!fits).then(|| format!("{refund:?} by the pay order, but there is {:?}", view.refunds))
}
