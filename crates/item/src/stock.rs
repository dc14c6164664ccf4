//! What the other services ask: quotes, holds and ends.
//!
//! A batch is one transaction. If a row in it is corrupt, the batch is undone, and each order is tried alone,
//! so that one bad row never keeps the others from their end.

use api::calls::{BATCH_MAX, HoldAnswer, HoldRequest, Items, Quote, SettleAnswer, SettleRequest};
use api::{Answer, NoAnswer};
use async_trait::async_trait;
use engine::{Error, Result};
use model::ItemId;

use crate::store::HoldTimes;
use crate::{Service, hold, meter};

#[async_trait]
impl Items for Service {
    async fn quote(&self, ids: &[ItemId]) -> Answer<Vec<Quote>> {
        self.store().quote(ids).await.map_err(no_answer)
    }

    async fn hold(&self, orders: Vec<HoldRequest>) -> Answer<Vec<HoldAnswer>> {
        let mut answers = Vec::with_capacity(orders.len());
        for batch in orders.chunks(BATCH_MAX) {
            answers.extend(self.hold_batch(batch).await.map_err(no_answer)?);
        }
        meter::held(&answers);
        Ok(answers)
    }

    async fn settle(&self, ends: Vec<SettleRequest>) -> Answer<Vec<SettleAnswer>> {
        let mut answers = Vec::with_capacity(ends.len());
        for batch in ends.chunks(BATCH_MAX) {
            answers.extend(self.settle_batch(batch).await.map_err(no_answer)?);
        }
        meter::settled(&answers);
        Ok(answers)
    }
}

impl Service {
    /// Holds at most [`BATCH_MAX`] orders.
    pub(crate) async fn hold_batch(&self, orders: &[HoldRequest]) -> Result<Vec<HoldAnswer>> {
        let now = self.now();
        let times = HoldTimes { now, sweep_at: now + self.parts.config.sweep_after_ms };
        match self.store().hold(orders.to_vec(), times).await {
            Err(error) if error.is_of_a_row() => {}
            answers => return answers,
        }
        let mut answers = Vec::with_capacity(orders.len());
        for order in orders {
            let alone = self.store().hold(vec![order.clone()], times).await;
            answers.extend(or_else(alone, hold::CORRUPT)?);
        }
        Ok(answers)
    }

    /// Settles at most [`BATCH_MAX`] orders.
    pub(crate) async fn settle_batch(&self, ends: &[SettleRequest]) -> Result<Vec<SettleAnswer>> {
        let now = self.now();
        match self.store().settle(ends.to_vec(), now).await {
            Err(error) if error.is_of_a_row() => {}
            answers => return answers,
        }
        let mut answers = Vec::with_capacity(ends.len());
        for end in ends {
            answers.extend(or_else(self.store().settle(vec![*end], now).await, hold::CORRUPT_END)?);
        }
        Ok(answers)
    }
}

/// The answer of one order, or `bad` if its own rows are at fault.
fn or_else<T>(alone: Result<Vec<T>>, bad: T) -> Result<Vec<T>> {
    match alone {
        Err(error) if error.is_of_a_row() => {
            tracing::error!(%error, "the rows of one order are corrupt; it was left as it is");
            Ok(vec![bad])
        }
        other => other,
    }
}

fn no_answer(error: Error) -> NoAnswer {
    NoAnswer::from("item", error)
}
