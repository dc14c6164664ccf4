//! How values are stored, in every engine.

use api::calls::HoldRefusal;
use engine::{Error, Result};
use model::ItemId;

use crate::catalogue::Status;

const REFUSALS: [HoldRefusal; 4] =
    [HoldRefusal::Short, HoldRefusal::OffSale, HoldRefusal::Changed, HoldRefusal::Ended];

pub(in crate::store) fn refusal_code(reason: HoldRefusal) -> i64 {
    reason as i64
}

pub(in crate::store) fn refusal(code: i64) -> Option<HoldRefusal> {
    usize::try_from(code).ok().and_then(|index| REFUSALS.get(index).copied())
}

pub(in crate::store) fn status(code: u8, item: ItemId) -> Result<Status> {
    Status::try_from(code).map_err(|_| Error::corrupt("item_items", item))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_reads_back() {
        for reason in REFUSALS {
            assert_eq!(refusal(refusal_code(reason)), Some(reason));
        }
        assert_eq!(refusal(9), None);
    }
}
