//! The payment of a pay order at a provider: a bill that its buyer pays there, in their own time.
//!
//! ```text
//! none ─▶ opening ─▶ open ─▶ closing ─▶ closed
//!            └────────┴─────────┴─────────┤ money has come
//!                                         ▼
//!                  paid: it is what the pay order was paid with
//!                  returning ─▶ returned: the pay order had its end already, or the amount is another
//! ```
//!
//! A bill is known at its provider by the pay order's id, so it is made, closed and refunded once, however often that
//! is asked for. What the provider tells may come late, twice and out of order; money is the one news that nothing
//! takes back, and it is accepted in every state. An attempt on the balance that is in flight is waited for: then it
//! is known which of the two has paid, and what came beside it goes back at the provider.

use super::apply::{decided, publish_success};
use super::{Decision, Effect, PayOrder, Refusal, State};
use crate::Cents;

/// Where the payment at a provider stands, by what is known of it here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Bill {
    /// There is none.
    #[default]
    None,
    /// To be made there; it may be there already.
    Opening,
    /// It can be paid there.
    Open,
    /// To be closed there; it may still be paid.
    Closing,
    /// The provider said that it is closed. Should money come nevertheless, it goes back.
    Closed,
    /// Its money is what the pay order is paid with, or will be if the attempt in flight fails.
    Paid,
    /// Its money is owed back.
    Returning,
    /// Its money is back.
    Returned,
}

impl Bill {
    const ALL: [Bill; 8] = [
        Bill::None,
        Bill::Opening,
        Bill::Open,
        Bill::Closing,
        Bill::Closed,
        Bill::Paid,
        Bill::Returning,
        Bill::Returned,
    ];

    /// The code stored in the database.
    pub fn code(self) -> i64 {
        self as i64
    }

    /// From the code stored in the database.
    pub fn from_code(code: i64) -> Option<Self> {
        usize::try_from(code).ok().and_then(|index| Self::ALL.get(index).copied())
    }

    /// Whether money for it is awaited: it is there, or may be, and is not yet known to be closed or paid.
    pub fn is_live(self) -> bool {
        matches!(self, Bill::Opening | Bill::Open | Bill::Closing)
    }

    /// Whether something is to be asked of the provider until it answers.
    pub fn owes(self) -> bool {
        self.is_live() || self == Bill::Returning
    }
}

/// The buyer wants to pay at the provider.
pub(super) fn open(pay_order: &PayOrder) -> Result<Decision, Refusal> {
    match (pay_order.state, pay_order.bill) {
        (State::Success { .. }, _) => Err(Refusal::Paid),
        (State::Closed, _) => Err(Refusal::Closed),
        _ if pay_order.is_closing() => Err(Refusal::Closed),
        (State::Waiting { .. }, Bill::None) => Ok(moved(pay_order, Bill::Opening, vec![Effect::OweBill])),
        (State::Waiting { .. }, Bill::Opening | Bill::Open) => Err(Refusal::Already),
        (State::Waiting { .. }, _) => Err(Refusal::BillOver),
    }
}

/// The provider has it, and it is not paid.
pub(super) fn opened(pay_order: &PayOrder) -> Result<Decision, Refusal> {
    match pay_order.bill {
        Bill::None => Err(Refusal::NoBill),
        Bill::Opening => Ok(moved(pay_order, Bill::Open, vec![Effect::DropBillDuty])),
        _ => Err(Refusal::Already),
    }
}

/// Money has come: never twice for one bill, and whatever was said before.
pub(super) fn paid(pay_order: &PayOrder, amount: Cents) -> Result<Decision, Refusal> {
    match pay_order.bill {
        Bill::None => return Err(Refusal::NoBill),
        Bill::Paid | Bill::Returning | Bill::Returned => return Err(Refusal::Already),
        Bill::Opening | Bill::Open | Bill::Closing | Bill::Closed => {}
    }
    if amount != pay_order.amount {
        return Ok(not_for_this(pay_order));
    }
    match pay_order.state {
        State::Closed | State::Success { .. } => Ok(returned(pay_order)),
        State::Waiting { in_flight: Some(attempt), .. } => {
            Ok(moved(pay_order, Bill::Paid, vec![Effect::DropBillDuty, Effect::ResolveNow(attempt)]))
        }
        State::Waiting { in_flight: None, .. } => {
            let mut decision = moved(pay_order, Bill::Paid, vec![Effect::DropBillDuty]);
            publish_success(&mut decision);
            Ok(decision)
        }
    }
}

/// The provider will take no money for it any more.
pub(super) fn closed(pay_order: &PayOrder) -> Result<Decision, Refusal> {
    match pay_order.bill {
        Bill::None => Err(Refusal::NoBill),
        Bill::Opening | Bill::Open | Bill::Closing => {
            Ok(over(pay_order, Bill::Closed, vec![Effect::DropBillDuty]))
        }
        Bill::Closed => Err(Refusal::Already),
        Bill::Paid | Bill::Returning | Bill::Returned => Err(Refusal::Paid),
    }
}

/// The provider has given the money back.
pub(super) fn refunded(pay_order: &PayOrder) -> Result<Decision, Refusal> {
    match pay_order.bill {
        Bill::Returning => Ok(moved(pay_order, Bill::Returned, vec![Effect::DropBillDuty])),
        Bill::Returned => Err(Refusal::Already),
        _ => Err(Refusal::NotPaid),
    }
}

/// The pay order has its end, or is to have it without the bill: what is to become of the bill.
pub(super) fn part(decision: &mut Decision) {
    decision.pay_order.bill = match decision.pay_order.bill {
        Bill::Opening | Bill::Open => Bill::Closing,
        Bill::Paid => Bill::Returning,
        Bill::None | Bill::Closing | Bill::Closed | Bill::Returning | Bill::Returned => return,
    };
    decision.effects.extend([Effect::DropBillDuty, Effect::OweBill]);
}

/// Money of another amount pays for nothing: it goes back, and the pay order goes on without the bill.
fn not_for_this(pay_order: &PayOrder) -> Decision {
    over(pay_order, Bill::Returning, vec![Effect::DropBillDuty, Effect::OweBill])
}

/// Money that came beside another payment, or after the end.
fn returned(pay_order: &PayOrder) -> Decision {
    moved(pay_order, Bill::Returning, vec![Effect::DropBillDuty, Effect::OweBill])
}

/// The bill is over without having paid: what waited for that alone closes.
fn over(pay_order: &PayOrder, bill: Bill, effects: Vec<Effect>) -> Decision {
    let waited = matches!(pay_order.state, State::Waiting { in_flight: None, .. }) && pay_order.is_closing();
    let state = if waited { State::Closed } else { pay_order.state };
    let mut decision = decided(pay_order, state, effects);
    decision.pay_order.bill = bill;
    decision
}

fn moved(pay_order: &PayOrder, bill: Bill, effects: Vec<Effect>) -> Decision {
    let mut decision = decided(pay_order, pay_order.state, effects);
    decision.pay_order.bill = bill;
    decision
}
