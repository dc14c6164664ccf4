//! `item` in another process.

use std::sync::Arc;

use api::calls::{
    Answer, BATCH_MAX, HoldAnswer, HoldRequest, Items, QUOTES_MAX, Quote, SettleAnswer, SettleRequest,
};
use async_trait::async_trait;
use model::ItemId;

use crate::caller::Caller;

/// How many lines one batch of holds carries: so many always fit into the largest body that is taken.
const HOLD_LINES_MAX: usize = 2_000;

/// Asks `item`. Clones share connections and breakers.
#[derive(Clone)]
pub struct ItemClient(pub(crate) Arc<Caller>);

#[async_trait]
impl Items for ItemClient {
    /// May be repeated: it changes nothing.
    async fn quote(&self, ids: &[ItemId]) -> Answer<Vec<Quote>> {
        let mut all = Vec::with_capacity(ids.len());
        for some in ids.chunks(QUOTES_MAX) {
            let named: Vec<String> = some.iter().map(ToString::to_string).collect();
            let quotes: Vec<Quote> = self.0.get(format!("/stock/quotes?ids={}", named.join(","))).await?;
            if !quotes.iter().all(|quote| some.contains(&quote.id)) {
                return Err(self.0.none("it answered what was not asked"));
            }
            all.extend(quotes);
        }
        Ok(all)
    }

    /// May be repeated: a hold is keyed by its order, and asked again `item` answers the same.
    async fn hold(&self, orders: Vec<HoldRequest>) -> Answer<Vec<HoldAnswer>> {
        let mut all = Vec::with_capacity(orders.len());
        for some in batches(&orders) {
            all.append(&mut self.0.batch("/stock/holds", &some, some.len()).await?);
        }
        Ok(all)
    }

    /// May be repeated: `item` is told the order's end, not a change.
    async fn settle(&self, ends: Vec<SettleRequest>) -> Answer<Vec<SettleAnswer>> {
        let mut all = Vec::with_capacity(ends.len());
        for some in ends.chunks(BATCH_MAX) {
            all.append(&mut self.0.batch("/stock/holds/settle", &some, some.len()).await?);
        }
        Ok(all)
    }
}

/// The orders in batches of bounded size, in their order. An order is never split.
fn batches(orders: &[HoldRequest]) -> Vec<&[HoldRequest]> {
    let (mut batches, mut begin, mut lines) = (Vec::new(), 0, 0);
    for (at, order) in orders.iter().enumerate() {
        let full = lines + order.lines.len() > HOLD_LINES_MAX || at - begin == BATCH_MAX;
        if full && at > begin {
            batches.push(&orders[begin..at]);
            (begin, lines) = (at, 0);
        }
        lines += order.lines.len();
    }
    if begin < orders.len() {
        batches.push(&orders[begin..]);
    }
    batches
}

#[cfg(test)]
mod tests {
    use api::calls::HoldLine;
    use model::OrderId;

    use super::*;

    fn orders(count: u64, lines: usize) -> Vec<HoldRequest> {
        let line = HoldLine { item_id: ItemId(i64::MAX.cast_unsigned()), num: 999, version: u32::MAX };
        (1..=count).map(|id| HoldRequest { order_id: OrderId(id), lines: vec![line; lines] }).collect()
    }

    #[test]
    fn every_batch_fits_into_a_body_and_none_is_lost() {
        for (count, lines) in [(0, 1), (1, 100), (512, 1), (513, 1), (600, 100), (40, 51), (3, 5_000)] {
            let orders = orders(count, lines);
            let batches = batches(&orders);
            assert_eq!(batches.concat(), orders);
            for batch in batches {
                let size = serde_json::to_vec(batch).unwrap().len();
                assert!(
                    batch.len() <= BATCH_MAX && (size <= edge::BODY_MAX || lines > HOLD_LINES_MAX),
                    "{size}"
                );
            }
        }
    }
}
