//! The invariants, one small pure judgement each.
//!
//! A judgement sees one thing (an order with its pay order and hold, an item with its sums, …) and says
//! [`Finding::Holds`](crate::tally::Finding), why not, or that the invariant says nothing about it.

pub(crate) mod attempts;
pub(crate) mod bills;
pub(crate) mod closing;
pub(crate) mod ends;
pub(crate) mod history;
pub(crate) mod holds;
pub(crate) mod keys;
pub(crate) mod movements;
pub(crate) mod outbox;
pub(crate) mod paid;
pub(crate) mod payments;
pub(crate) mod settled;
pub(crate) mod stock;
pub(crate) mod totals;
pub(crate) mod wallets;

use model::order::{CloseReason, State};
use model::pay_order::{Refund, State as PayState};
use model::{Ms, OrderId};

use crate::Times;
use crate::facts::{HoldFact, OrderFact, PayOrderFact};
use crate::tally::{Check, Finding};

/// All that is known of one order.
pub(crate) struct Joined {
    /// Which order.
    pub(crate) id: OrderId,
    /// What `trade` says.
    pub(crate) order: Option<OrderFact>,
    /// What `pay` says.
    pub(crate) pay: Option<PayOrderFact>,
    /// What `item` says.
    pub(crate) hold: Option<HoldFact>,
}

impl Joined {
    /// The order, if its lines and history are here rather than in an archive.
    pub(crate) fn recorded(&self) -> Option<&OrderFact> {
        self.order.as_ref().filter(|fact| fact.archived.is_none())
    }
}

/// Judges one order.
pub(crate) type OrderLook = fn(&Joined, Times) -> Finding;

/// The judgements over orders.
pub(crate) const OF_ORDERS: &[Check<OrderLook>] = &[
    history::LEGAL,
    closing::NO_EARLY_CLOSE,
    closing::NO_CLOSE_OF_PAID,
    closing::CLOSED_IS_NOT_PAYABLE,
    paid::PAID_HAS_PAYMENT,
    paid::PAYMENT_FITS_ORDER,
    totals::TOTAL_IS_SUM,
    ends::PLACING_ENDS,
    ends::UNPAID_ENDS,
    ends::CLOSE_ASKED_ENDS,
    settled::STOCK_SETTLES,
    settled::MONEY_RETURNS,
    settled::SUCCESS_IS_HEARD,
    holds::HOLD_HAS_ORDER,
    holds::HOLD_FITS_ORDER,
    attempts::ATTEMPTS_IN_TIME,
    attempts::ATTEMPTS_END,
    bills::LATE_MONEY_RETURNS,
    bills::BILLS_END,
];

impl OrderFact {
    /// When it came to its present state.
    pub(crate) fn moved_at(&self) -> Ms {
        if let Some(at) = self.archived {
            return at;
        }
        let moves = self.history.iter().rev();
        moves.filter(|step| step.from != step.to).map(|step| step.at).next().unwrap_or(self.order.placed_at)
    }

    /// When the last entry of this name was recorded.
    pub(crate) fn at(&self, name: &str) -> Option<Ms> {
        self.history.iter().rev().find(|step| step.name == name).map(|step| step.at)
    }

    /// Whether it ended without ever being paid.
    pub(crate) fn closed_unpaid(&self) -> bool {
        self.order.state == State::Closed && self.order.close_reason != Some(CloseReason::Refunded)
    }

    /// Whether it is paid, or was before it was refunded.
    pub(crate) fn was_paid(&self) -> bool {
        match self.order.state {
            State::Placing | State::Unpaid => false,
            State::Closed => self.order.close_reason == Some(CloseReason::Refunded),
            State::Paid | State::Shipped | State::Received | State::Reviewed => true,
        }
    }
}

impl PayOrderFact {
    /// Whether it is a success, and what became of the money.
    pub(crate) fn success(&self) -> Option<Refund> {
        match self.pay_order.state {
            PayState::Success { refund } => Some(refund),
            _ => None,
        }
    }

    /// When it became a success; the beginning of time if that was not recorded.
    pub(crate) fn succeeded_at(&self) -> Ms {
        self.success_at.unwrap_or(Ms(0))
    }
}
