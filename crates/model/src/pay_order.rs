//! The pay order: the one payment belonging to an order.
//!
//! ```text
//! waiting ⇄ in flight(attempt) ──debited──▶ success ──▶ refunding ──▶ refunded
//!    │            │ closing (a mark: no new attempt; a failed one closes)
//!    └───────▶ closed ◀┘
//! ```
//!
//! Pressing *pay* and closing meet on this one row: whoever comes first wins, and the loser is told so.
//!
//! Beside the balance, a pay order can have one [`Bill`] at a provider. Its news meet the others on the same row,
//! in whatever order they come.

mod apply;
mod bill;

pub use apply::{CloseAnswer, Decision, Effect, Event, Failure, Refusal, apply};
pub use bill::Bill;

use serde::{Deserialize, Serialize};

use crate::{AttemptId, Cents, Ms, OrderId, PayOrderId, UserId};

/// Where a pay order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Can be paid unless one of the marks says otherwise.
    Waiting {
        /// The attempt whose outcome is not known yet.
        in_flight: Option<AttemptId>,
        /// Closing was asked for: no new attempt may start.
        closing: bool,
    },
    /// Never to be paid. Also the tombstone of an order without payment.
    Closed,
    /// Paid.
    Success {
        /// Whether the money went back.
        refund: Refund,
    },
}

impl State {
    /// The wire code: 1 waiting, 2 closed, 3 success.
    pub fn code(self) -> i64 {
        match self {
            State::Waiting { .. } => 1,
            State::Closed => 2,
            State::Success { .. } => 3,
        }
    }

    /// Waiting, nothing in flight, not closing.
    pub fn fresh() -> Self {
        State::Waiting { in_flight: None, closing: false }
    }
}

/// Money going back to the buyer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Refund {
    /// None asked for.
    #[default]
    None,
    /// Asked for, not yet acknowledged by the wallet or channel.
    Refunding,
    /// Acknowledged.
    Refunded,
}

impl Refund {
    /// The code stored in the database.
    pub fn code(self) -> i64 {
        self as i64
    }

    /// From the code stored in the database.
    pub fn from_code(code: i64) -> Option<Self> {
        const ALL: [Refund; 3] = [Refund::None, Refund::Refunding, Refund::Refunded];
        usize::try_from(code).ok().and_then(|index| ALL.get(index).copied())
    }
}

/// A pay order: all that a decision needs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PayOrder {
    /// Its id.
    pub id: PayOrderId,
    /// The order it pays.
    pub order: OrderId,
    /// The order's owner; 0 in a tombstone.
    pub owner: UserId,
    /// What is to be paid; 0 in a tombstone.
    pub amount: Cents,
    /// Until when a payment may start.
    pub deadline: Ms,
    /// Where it stands.
    pub state: State,
    /// The payment at a provider, if there is one.
    pub bill: Bill,
}

impl PayOrder {
    /// A pay order that waits to be paid until `deadline`.
    pub fn waiting(id: PayOrderId, order: OrderId, owner: UserId, amount: Cents, deadline: Ms) -> Self {
        Self { id, order, owner, amount, deadline, state: State::fresh(), bill: Bill::None }
    }

    /// The closed pay order of an order nobody applied to pay: it refuses every later application.
    pub fn tombstone(id: PayOrderId, order: OrderId) -> Self {
        let (owner, amount, deadline) = (UserId(0), Cents::ZERO, Ms(0));
        Self { id, order, owner, amount, deadline, state: State::Closed, bill: Bill::None }
    }

    /// Whether this is a tombstone, which no list shows.
    pub fn is_tombstone(&self) -> bool {
        self.owner == UserId(0)
    }

    /// The attempt whose outcome is not known yet.
    pub fn in_flight(&self) -> Option<AttemptId> {
        match self.state {
            State::Waiting { in_flight, .. } => in_flight,
            _ => None,
        }
    }

    /// Whether it waits for nothing but its end: no payment may start any more.
    pub fn is_closing(&self) -> bool {
        match self.state {
            State::Waiting { closing, .. } => closing || self.bill == Bill::Closing,
            _ => false,
        }
    }

    /// Whether its money came from the bill rather than from the balance.
    pub fn paid_by_bill(&self) -> bool {
        matches!(self.state, State::Success { .. }) && self.bill == Bill::Paid
    }

    /// Whether the provider has given back what it owed.
    pub fn is_returned(&self) -> bool {
        let refunded = self.state == State::Success { refund: Refund::Refunded };
        self.bill == Bill::Returned || (refunded && self.paid_by_bill())
    }

    /// Whether the provider owes the buyer this pay order's refund: of a success it was paid for, or of money that
    /// nothing was to be paid with.
    pub fn owes_at_provider(&self) -> bool {
        let refunding = self.state == State::Success { refund: Refund::Refunding };
        self.bill == Bill::Returning || (refunding && self.paid_by_bill())
    }
}
