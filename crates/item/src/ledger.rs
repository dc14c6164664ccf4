//! Holds and movements as they are looked at.

use api::Time;
use api::calls::HoldRefusal;
use model::hold::State;
use model::{ItemId, Ms, OrderId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::config::TOTAL_MAX;

/// What a row of the ledger does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Movement {
    /// available → held.
    Hold,
    /// held → available.
    Release,
    /// held → sold.
    Sell,
    /// sold → available.
    Return,
    /// New stock, or (negative) stock taken away.
    Add,
}

impl Movement {
    /// The code stored in the database.
    pub fn code(self) -> i64 {
        self as i64
    }

    /// From the code stored in the database.
    pub fn from_code(code: i64) -> Option<Self> {
        use Movement::{Add, Hold, Release, Return, Sell};
        usize::try_from(code).ok().and_then(|index| [Hold, Release, Sell, Return, Add].get(index).copied())
    }

    /// Which step in the life of an order's line it is: one row a step at most.
    pub fn step(self) -> i64 {
        match self {
            Movement::Hold => 0,
            Movement::Release | Movement::Sell => 1,
            Movement::Return => 2,
            Movement::Add => 3,
        }
    }
}

impl From<model::hold::Movement> for Movement {
    fn from(movement: model::hold::Movement) -> Self {
        match movement {
            model::hold::Movement::Hold => Movement::Hold,
            model::hold::Movement::Release => Movement::Release,
            model::hold::Movement::Sell => Movement::Sell,
            model::hold::Movement::Return => Movement::Return,
        }
    }
}

/// One row of an item's ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// What moved.
    pub movement: Movement,
    /// How many. Negative only where stock was taken away.
    pub qty: i64,
    /// When.
    #[schema(value_type = String)]
    pub at: Time,
    /// For which order; `null` for a change by staff or an import.
    #[schema(value_type = Option<String>)]
    pub order_id: Option<OrderId>,
    /// Which line of the order, from 0.
    pub line: Option<u32>,
    /// Why, as staff said.
    pub reason: Option<String>,
    /// Who changed it, if it was staff.
    #[schema(value_type = Option<String>)]
    pub by: Option<UserId>,
}

/// A row of the ledger as it is stored.
pub(crate) struct Stored {
    pub(crate) movement: i64,
    pub(crate) qty: i64,
    pub(crate) at: Ms,
    pub(crate) reference: i64,
    pub(crate) line: u32,
    pub(crate) reason: Option<String>,
    pub(crate) by: Option<i64>,
}

impl Stored {
    /// As people look at it; `None` if there is no such movement.
    pub(crate) fn entry(self) -> Option<Entry> {
        let movement = Movement::from_code(self.movement)?;
        let of_order = movement != Movement::Add;
        Some(Entry {
            movement,
            qty: self.qty,
            at: Time(self.at),
            order_id: of_order.then_some(OrderId::from_i64(self.reference)),
            line: of_order.then_some(self.line),
            reason: self.reason,
            by: self.by.map(UserId::from_i64),
        })
    }
}

/// Offset and limit of a page of the ledger, which can be paged through up to a bound.
pub(crate) fn window(page_no: u64, page_size: u64) -> (u64, u64) {
    let offset = page_no.saturating_sub(1).saturating_mul(page_size).min(TOTAL_MAX);
    (offset, page_size.min(TOTAL_MAX - offset))
}

/// One line of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeldLine {
    /// Which item.
    #[schema(value_type = String)]
    pub item_id: ItemId,
    /// How many.
    pub num: u32,
}

/// The hold of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// Whose.
    #[schema(value_type = String)]
    pub order_id: OrderId,
    /// Where it stands: `held`, `released`, `sold`, `returned` or `refused`.
    #[schema(value_type = String)]
    pub state: State,
    /// Its lines; none if it never held anything.
    pub lines: Vec<HeldLine>,
    /// The line that was refused, from 0.
    pub refused_line: Option<usize>,
    /// Why it was refused.
    #[schema(value_type = Option<String>)]
    pub refused_reason: Option<HoldRefusal>,
    /// When it was first heard of.
    #[schema(value_type = String)]
    pub created: Time,
    /// When its state changed last.
    #[schema(value_type = String)]
    pub changed: Time,
}

/// A hold the sweep is to ask about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueHold {
    /// Whose.
    pub order: OrderId,
    /// When it was made.
    pub created: Ms,
    /// How often it was asked about already.
    pub sweeps: u32,
}
