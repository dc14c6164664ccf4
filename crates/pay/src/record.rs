//! A pay order as it is stored: what decisions need, and what is only shown.

use model::pay_order::{Bill, PayOrder};
use model::wallet::Outcome;
use model::{AttemptId, Cents, Ms, OrderId, PayOrderId, UserId};

/// A stored pay order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What decisions are made of.
    pub pay_order: PayOrder,
    /// How it is to be paid.
    pub method: Method,
    /// How the last attempt ended, if one has.
    pub last_outcome: Option<Outcome>,
    /// What is owed for it; `None` at rest.
    pub duty: Option<Duty>,
    /// When it was made.
    pub created: Ms,
    /// When it was last changed.
    pub updated: Ms,
    /// When it was paid.
    pub success_at: Option<Ms>,
    /// When it was closed.
    pub closed_at: Option<Ms>,
    /// The trace in which its order was placed; empty if nobody follows traces.
    pub trace: String,
    /// What is known of the payment at a provider; where it stands is [`PayOrder::bill`].
    pub bill: Option<BillRecord>,
}

/// What is known of a payment at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillRecord {
    /// The channel to the provider.
    pub channel: String,
    /// Where the buyer pays; empty before the provider has said so.
    pub url: String,
    /// What the provider got.
    pub paid: Option<Cents>,
    /// The provider's reference of the refund; empty before there is one.
    pub refund: String,
    /// Since when it stands as it does.
    pub since: Ms,
    /// When the message that does what is owed comes due.
    pub due: Option<Ms>,
    /// When the sweep asks the provider, should nobody have told.
    pub sweep_at: Option<Ms>,
}

impl BillRecord {
    /// A bill that is to be made.
    pub(crate) fn opening(channel: String, now: Ms) -> Self {
        let (url, refund) = (String::new(), String::new());
        Self { channel, url, paid: None, refund, since: now, due: None, sweep_at: None }
    }
}

/// The channel that is no provider's: the buyer's own balance.
pub const BALANCE: &str = "balance";

/// How an order is to be paid, as its buyer said. Shown; no decision looks at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Method {
    /// The channel's name, such as `balance`; empty in a tombstone.
    pub channel: String,
    /// The reference's kind of payment, 1 … 5; 0 in a tombstone.
    pub pay_type: u8,
    /// What the buyer sees on the bill.
    pub info: String,
}

impl Method {
    /// Whether the buyer wants to pay at a provider.
    pub fn is_at_provider(&self) -> bool {
        !self.channel.is_empty() && self.channel != BALANCE
    }
}

/// Work that is owed for a pay order: resolving its attempt, or giving its money back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duty {
    /// When the message that does it comes due.
    pub due: Ms,
    /// When the sweep does it, should no message have.
    pub sweep_at: Ms,
}

/// What an order's owner applied to pay, checked against `trade`'s word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The order.
    pub order: OrderId,
    /// Its owner.
    pub owner: UserId,
    /// Its total.
    pub amount: Cents,
    /// Until when a payment may start.
    pub deadline: Ms,
    /// How it is to be paid.
    pub method: Method,
    /// The trace in which the order was placed; empty if nobody follows traces.
    pub trace: String,
}

/// A press that was let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its id; the wallet keeps its debit under it.
    pub id: AttemptId,
    /// What it pays.
    pub pay_order: PayOrderId,
    /// Whose wallet.
    pub owner: UserId,
    /// How it ended; `None` while in flight.
    pub outcome: Option<Outcome>,
}

/// A press that was let through, as it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Press {
    /// Its id.
    pub id: AttemptId,
    /// When it was let through.
    pub started: Ms,
    /// When its outcome was known.
    pub ended: Option<Ms>,
    /// How it ended; `None` while in flight.
    pub outcome: Option<Outcome>,
}

impl Record {
    /// The channel the buyer pays or has paid by, as far as that is known.
    pub fn channel(&self) -> &str {
        match &self.bill {
            Some(bill) if self.pay_order.bill.is_live() || self.pay_order.bill == Bill::Paid => &bill.channel,
            // Paid, but not by the bill.
            Some(_) if self.success_at.is_some() => BALANCE,
            _ => &self.method.channel,
        }
    }

    /// A pay order waiting to be paid on `terms`.
    pub fn waiting(id: PayOrderId, terms: Terms, now: Ms) -> Self {
        let pay_order = PayOrder::waiting(id, terms.order, terms.owner, terms.amount, terms.deadline);
        Self { method: terms.method, trace: terms.trace, ..Self::new(pay_order, now) }
    }

    /// The closed pay order of an order nobody applied to pay.
    pub fn tombstone(id: PayOrderId, order: OrderId, now: Ms) -> Self {
        Self { closed_at: Some(now), ..Self::new(PayOrder::tombstone(id, order), now) }
    }

    fn new(pay_order: PayOrder, now: Ms) -> Self {
        Self {
            pay_order,
            method: Method::default(),
            last_outcome: None,
            duty: None,
            created: now,
            updated: now,
            success_at: None,
            closed_at: None,
            trace: String::new(),
            bill: None,
        }
    }
}
