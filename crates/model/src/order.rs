//! The order: from *placing* to its right end.
//!
//! ```text
//! placing ──held──▶ unpaid ──pay says paid──▶ paid ─▶ shipped ─▶ received ─▶ reviewed
//!    │                 │ close asked (a mark)   │ refunding (a mark)
//!    │                 ▼                        ▼
//!    └────────────▶ closed ◀──────refunded──────┘
//! ```
//!
//! Two pure functions hold the whole protocol: [`apply`] says what an event does to an order, [`next_step`]
//! says what the order still owes. Every wake-up (timer, notice, sweep, request) runs the same loop over
//! them, so there is one way to an end and no second rule to keep in step with it.

mod apply;
mod step;

pub use apply::{Decision, Effect, Event, Move, Refusal, apply};
pub use step::{Step, Wake, next_step, sweep_at};

use serde::{Deserialize, Serialize};

use crate::{Actor, Cents, Ms, OrderId, UserId, hold::End};

/// How long placing may take before its duty closes the order, in milliseconds.
pub const PLACING_MS: i64 = 10_000;

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// Written, but `item` has not yet confirmed the hold. Not shown to the buyer.
    Placing,
    /// Stock is held; waits for payment until the deadline.
    Unpaid,
    /// Paid; stock is sold.
    Paid,
    /// On its way.
    Shipped,
    /// Arrived.
    Received,
    /// Ended without a sale; stock is released or returned. See [`CloseReason`].
    Closed,
    /// Reviewed by the buyer.
    Reviewed,
}

impl State {
    /// The wire code; placing has 0, which no client sees.
    pub fn code(self) -> i64 {
        self as i64
    }

    /// From the wire code.
    pub fn from_code(code: i64) -> Option<Self> {
        const ALL: [State; 7] = [
            State::Placing,
            State::Unpaid,
            State::Paid,
            State::Shipped,
            State::Received,
            State::Closed,
            State::Reviewed,
        ];
        usize::try_from(code).ok().and_then(|index| ALL.get(index).copied())
    }
}

/// Why an order was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CloseReason {
    /// Not paid by its deadline.
    Timeout,
    /// Cancelled by its buyer.
    Buyer,
    /// Closed by staff.
    Staff,
    /// `item` refused the hold.
    NoStock,
    /// Placing did not finish in time.
    PlacementFailed,
    /// Paid, then refunded.
    Refunded,
}

impl CloseReason {
    /// The code stored in the database.
    pub fn code(self) -> i64 {
        self as i64
    }

    /// From the code stored in the database.
    pub fn from_code(code: i64) -> Option<Self> {
        const ALL: [CloseReason; 6] = [
            CloseReason::Timeout,
            CloseReason::Buyer,
            CloseReason::Staff,
            CloseReason::NoStock,
            CloseReason::PlacementFailed,
            CloseReason::Refunded,
        ];
        usize::try_from(code).ok().and_then(|index| ALL.get(index).copied())
    }
}

/// The irrevocable wish to close an unpaid order. From here only `pay`'s answer decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CloseAsked {
    /// Why.
    pub reason: CloseReason,
    /// Who asked; tells a close by timer from one by sweep.
    pub actor: Actor,
    /// When.
    pub at: Ms,
}

/// Money going back to the buyer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Refund {
    /// None owed.
    #[default]
    None,
    /// `pay` has not yet acknowledged it. On a paid order this is the *refunding* mark.
    Owed,
    /// `pay` acknowledged it.
    Done,
}

/// What `item` must be told about an ended order, and whether it has acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StockDuty {
    /// The end of the order's stock.
    pub end: End,
    /// Whether `item` acknowledged it.
    pub settled: bool,
}

/// The header of an order: all that a decision needs. Lines and address are kept beside it by the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// The buyer.
    pub owner: UserId,
    /// Sum over the lines at the prices of placement.
    pub total: Cents,
    /// Where it stands.
    pub state: State,
    /// When it was placed.
    pub placed_at: Ms,
    /// Until when it waits: for the hold while placing, for the payment while unpaid.
    pub deadline: Ms,
    /// When payment was first applied for.
    pub applied_at: Option<Ms>,
    /// Whether closing was asked for.
    pub close_asked: Option<CloseAsked>,
    /// Why it was closed.
    pub close_reason: Option<CloseReason>,
    /// Money owed back.
    pub refund: Refund,
    /// Stock end owed to `item`; none while the order can still go either way.
    pub stock: Option<StockDuty>,
}

impl Order {
    /// A new order about to be placed.
    pub fn placing(id: OrderId, owner: UserId, total: Cents, now: Ms) -> Self {
        Self {
            id,
            owner,
            total,
            state: State::Placing,
            placed_at: now,
            deadline: now + PLACING_MS,
            applied_at: None,
            close_asked: None,
            close_reason: None,
            refund: Refund::None,
            stock: None,
        }
    }

    /// Whether a refund is on its way for an order that is still paid: shipping is blocked.
    pub fn refunding(&self) -> bool {
        self.state == State::Paid && self.refund == Refund::Owed
    }

    /// Whether something is owed to another service right now.
    pub fn owes(&self) -> bool {
        self.refund == Refund::Owed
            || self.stock.is_some_and(|stock| !stock.settled)
            || (self.state == State::Unpaid && self.close_asked.is_some())
    }
}
