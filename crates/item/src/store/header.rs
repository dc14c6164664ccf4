//! The header of an order's hold as it is stored, in every engine.

use api::Time;
use engine::{Error, Result};
use model::hold::State;
use model::{ItemId, Ms, OrderId};

use super::codec;
use crate::hold::Refusal;
use crate::ledger::{HeldLine, Hold};

const TABLE: &str = "item_holds";

/// Item and number of each line, in the order's order.
pub(in crate::store) type Lines = Vec<(i64, u32)>;

/// What deciding needs of a header.
pub(in crate::store) struct Header {
    pub(in crate::store) state: State,
    pub(in crate::store) lines: Lines,
    pub(in crate::store) refusal: Option<Refusal>,
}

impl Header {
    pub(in crate::store) fn decode(
        order: OrderId,
        state: i64,
        lines: &str,
        refused_line: Option<usize>,
        refused_reason: Option<i64>,
    ) -> Result<Self> {
        let corrupt = || Error::corrupt(TABLE, order);
        let reason = refused_reason.map(|code| codec::refusal(code).ok_or_else(corrupt)).transpose()?;
        Ok(Header {
            state: State::from_code(state).ok_or_else(corrupt)?,
            lines: serde_json::from_str(lines).map_err(|_| corrupt())?,
            refusal: refused_line.zip(reason).map(|(line, reason)| Refusal { line, reason }),
        })
    }

    /// As people look at it.
    pub(in crate::store) fn view(self, order_id: OrderId, created: Ms, changed: Ms) -> Hold {
        let lines =
            self.lines.iter().map(|(item, num)| HeldLine { item_id: ItemId::from_i64(*item), num: *num });
        Hold {
            order_id,
            state: self.state,
            lines: lines.collect(),
            refused_line: self.refusal.map(|refusal| refusal.line),
            refused_reason: self.refusal.map(|refusal| refusal.reason),
            created: Time(created),
            changed: Time(changed),
        }
    }
}

/// The lines as they are stored.
pub(in crate::store) fn encode(order: OrderId, lines: &Lines) -> Result<String> {
    serde_json::to_string(lines).map_err(|_| Error::corrupt(TABLE, order))
}
