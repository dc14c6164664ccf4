//! Money that goes back, as buyers see it.

use edge::Language;
use model::Cents;
use model::pay_order::{Bill, PayOrder, Refund, State};
use serde_json::{Value, json};

use crate::record::Record;

/// Why it goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// The pay order was closed.
    Late,
    /// The order was paid otherwise.
    Extra,
    /// It was another amount than was due.
    OtherAmount,
    /// The order was paid with it, and is refunded.
    Order,
}

/// A refund to the balance, or at a provider.
pub(super) struct Returned {
    reason: Reason,
    done: bool,
    amount: Cents,
    reference: String,
}

impl Returned {
    /// What goes, or went, back of this pay order's money.
    pub(super) fn of(record: &Record) -> Option<Self> {
        Self::at_provider(record).or_else(|| Self::to_balance(&record.pay_order))
    }

    /// The balance has no reference of its own: the pay order's number finds the wallet's entry.
    fn to_balance(pay_order: &PayOrder) -> Option<Self> {
        let State::Success { refund } = pay_order.state else { return None };
        let (amount, reference) = (pay_order.amount, pay_order.id.to_string());
        let done = refund == Refund::Refunded;
        (refund != Refund::None).then_some(Self { reason: Reason::Order, done, amount, reference })
    }

    fn at_provider(record: &Record) -> Option<Self> {
        let (bill, pay_order) = (record.bill.as_ref()?, &record.pay_order);
        let amount = bill.paid?;
        let reason = match (pay_order.bill, pay_order.state) {
            (Bill::Returning | Bill::Returned, _) if amount != pay_order.amount => Reason::OtherAmount,
            (Bill::Returning | Bill::Returned, State::Success { .. }) => Reason::Extra,
            (Bill::Returning | Bill::Returned, _) => Reason::Late,
            (Bill::Paid, State::Success { refund: Refund::Refunding | Refund::Refunded }) => Reason::Order,
            _ => return None,
        };
        Some(Self { reason, done: pay_order.is_returned(), amount, reference: bill.refund.clone() })
    }

    /// For the field that may hold anything.
    pub(super) fn json(&self) -> Value {
        let reason = match self.reason {
            Reason::Late => "late",
            Reason::Extra => "extra",
            Reason::OtherAmount => "otherAmount",
            Reason::Order => "order",
        };
        let state = if self.done { "refunded" } else { "refunding" };
        let reference = (!self.reference.is_empty()).then_some(&self.reference);
        json!({ "state": state, "amount": self.amount, "reason": reason, "reference": reference })
    }

    /// What a pay order that was not paid with it says instead of its last attempt.
    pub(super) fn code(&self) -> Option<&'static str> {
        match (self.reason, self.done) {
            (Reason::Late, false) => Some("late_money_refunding"),
            (Reason::Late, true) => Some("late_money_refunded"),
            (Reason::OtherAmount, false) => Some("other_amount_refunding"),
            (Reason::OtherAmount, true) => Some("other_amount_refunded"),
            (Reason::Extra | Reason::Order, _) => None,
        }
    }

    /// The same as a sentence.
    pub(super) fn text(&self, language: Language) -> Option<&'static str> {
        let (english, chinese) = match (self.reason, self.done) {
            (Reason::Late, false) => (
                "Your payment came after the order was closed; it is being refunded.",
                "付款到账时订单已关闭，正在退款。",
            ),
            (Reason::Late, true) => (
                "Your payment came after the order was closed; it was refunded.",
                "付款到账时订单已关闭，已退款。",
            ),
            (Reason::OtherAmount, false) => (
                "Another amount than was due was paid; it is being refunded.",
                "实付金额与应付金额不符，正在退款。",
            ),
            (Reason::OtherAmount, true) => {
                ("Another amount than was due was paid; it was refunded.", "实付金额与应付金额不符，已退款。")
            }
            (Reason::Extra | Reason::Order, _) => return None,
        };
        Some(match language {
            Language::English => english,
            Language::Chinese => chinese,
        })
    }
}
