//! What a placement comes to when there is no order id to answer.

use api::NoAnswer;
use api::calls::HoldRefusal;
use engine::Error;
use model::order::CloseReason;
use model::{ItemId, OrderId};
use serde::{Deserialize, Serialize};

use crate::store::{Line, Row};

/// A final refusal: the same key gets it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "why")]
pub enum Refused {
    /// There is no such item.
    #[serde(rename_all = "camelCase")]
    UnknownItem {
        /// Which.
        item_id: ItemId,
    },
    /// The item is not on sale.
    #[serde(rename_all = "camelCase")]
    OffSale {
        /// Which.
        item_id: ItemId,
        /// Its name.
        name: String,
    },
    /// Fewer are left than wanted.
    #[serde(rename_all = "camelCase")]
    Short {
        /// Which.
        item_id: ItemId,
        /// Its name.
        name: String,
    },
    /// Prices keep changing while we look.
    Changed,
    /// The sum does not fit.
    TotalTooLarge,
    /// The buyer has no such address.
    UnknownAddress,
    /// Placing took too long and was given up; nothing is held.
    PlacementFailed,
}

/// Why there is no order id to answer.
#[derive(Debug)]
pub enum Failure {
    /// Refused for good.
    Refused(Refused),
    /// The key was used for another request.
    OtherBody,
    /// Somebody did not answer. The same key goes on from here.
    NoAnswer(NoAnswer),
    /// The storage failed.
    Storage(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Storage(error)
    }
}

impl From<NoAnswer> for Failure {
    fn from(none: NoAnswer) -> Self {
        Failure::NoAnswer(none)
    }
}

/// How a placement that ended closed is answered, also to a duplicate: as it was the first time. An order
/// that was placed and closed later was placed all the same.
pub(super) fn closed_answer(row: &Row) -> Result<OrderId, Failure> {
    let refused = match (row.order.close_reason, row.refusal) {
        (Some(CloseReason::NoStock), Some((line, reason))) => refusal(row.lines.get(line), reason),
        (Some(CloseReason::NoStock | CloseReason::PlacementFailed), _) => Refused::PlacementFailed,
        _ => return Ok(row.order.id),
    };
    Err(Failure::Refused(refused))
}

fn refusal(line: Option<&Line>, reason: HoldRefusal) -> Refused {
    let Some(line) = line else { return Refused::PlacementFailed };
    let (item_id, name) = (line.item_id, line.name.clone());
    match reason {
        HoldRefusal::Short => Refused::Short { item_id, name },
        HoldRefusal::OffSale => Refused::OffSale { item_id, name },
        HoldRefusal::Changed => Refused::Changed,
        HoldRefusal::Ended => Refused::PlacementFailed,
    }
}
