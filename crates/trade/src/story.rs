//! One order, one trace: whatever is done for an order later goes on in the trace of its placing.
//!
//! Messages bring that trace along. A sweep, or a request about an order placed before, reads it from the first entry
//! of the order's history; only where somebody follows traces, so that nobody else pays for the look.

use edge::{Onward, Trace};
use model::OrderId;

use crate::Service;

impl Service {
    /// The traces in which `orders` were placed, in the same order; empty where there is none to follow. A trace is
    /// never worth an error.
    pub(crate) async fn stories(&self, orders: &[OrderId]) -> Vec<String> {
        if !self.config.follow_traces {
            return vec![String::new(); orders.len()];
        }
        self.store.placed_in(orders).await.unwrap_or_else(|error| {
            tracing::debug!(%error, "the traces of some orders could not be read");
            vec![String::new(); orders.len()]
        })
    }

    /// Runs `work`, whose calls for `order` belong to the trace of its placing.
    pub(crate) async fn in_story<T>(&self, order: OrderId, work: impl Future<Output = T>) -> T {
        if !self.config.follow_traces {
            return work.await;
        }
        telling(&[order], self.stories(&[order]).await).scope(work).await
    }
}

/// What the present task works for, each of `orders` in its own trace.
pub(crate) fn telling(orders: &[OrderId], traces: Vec<String>) -> Onward {
    Onward::telling(orders.iter().map(|order| order.0).zip(traces.into_iter().map(Trace)))
}
