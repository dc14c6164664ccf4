//! Giving money back: owed from the moment it is asked for, done when the wallet has acknowledged it.

use api::calls::{RefundAnswer, RefundRequest};
use model::OrderId;
use model::pay_order::{Event, Refund, State};

use crate::error::Result;
use crate::record::Record;
use crate::store::{Found, Moved, Target};
use crate::{Service, meter};

impl Service {
    /// Refunds orders; answers for each in the same order. Without the wallet's answer the refund stays owed.
    pub(crate) async fn refund_orders(&self, orders: Vec<OrderId>) -> Result<Vec<RefundAnswer>> {
        let asks = orders.into_iter().map(|order| (Target::Order(order), Event::AskRefund)).collect();
        let asked = self.store().apply(asks, self.now()).await?;
        let owed: Vec<Record> = asked.iter().filter_map(Moved::record).filter(is_owed).collect();
        let done = match self.give_back(&owed).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, refunds = owed.len(), "refunds did not arrive; they stay owed");
                false
            }
        };
        Ok(asked.iter().map(|moved| answer(moved, done)).collect())
    }

    /// Finishes the refunds still owed for these orders.
    pub(crate) async fn resume_refunds(&self, orders: &[OrderId]) -> Result<()> {
        let found = self.store().by_orders(orders).await?;
        let records = found.into_iter().filter_map(|found| match found {
            Found::Some(record) => Some(*record),
            Found::None | Found::Corrupt => None,
        });
        let owed: Vec<Record> = records.filter(is_owed).collect();
        self.give_back(&owed).await
    }

    async fn give_back(&self, owed: &[Record]) -> Result<()> {
        if owed.is_empty() {
            return Ok(());
        }
        let call = self.parts.users.refund(owed.iter().map(request).collect());
        self.within(self.config().call_wait_ms, "user", call).await?;
        let done = owed.iter().map(|record| (Target::PayOrder(record.pay_order.id), Event::Refunded));
        let moved = self.store().apply(done.collect(), self.now()).await?;
        meter::refunded(moved.iter().filter(|moved| matches!(moved, Moved::Done(_))).count());
        Ok(())
    }
}

impl Moved {
    /// The pay order after the event, whether it happened or was refused.
    fn record(&self) -> Option<Record> {
        match self {
            Moved::Done(record) | Moved::Refused(_, record) => Some((**record).clone()),
            Moved::Missing | Moved::Corrupt => None,
        }
    }
}

fn is_owed(record: &Record) -> bool {
    record.pay_order.state == State::Success { refund: Refund::Refunding }
}

fn request(record: &Record) -> RefundRequest {
    let pay_order = &record.pay_order;
    RefundRequest { pay_order: pay_order.id, user: pay_order.owner, amount: pay_order.amount }
}

/// A row that makes no sense is answered as on its way: nobody may conclude anything from it.
fn answer(asked: &Moved, done: bool) -> RefundAnswer {
    let state = match asked {
        Moved::Done(record) | Moved::Refused(_, record) => record.pay_order.state,
        Moved::Missing => return RefundAnswer::NotPaid,
        Moved::Corrupt => return RefundAnswer::Refunding,
    };
    match state {
        State::Success { refund: Refund::Refunded } => RefundAnswer::Refunded,
        State::Success { .. } if done => RefundAnswer::Refunded,
        State::Success { .. } => RefundAnswer::Refunding,
        _ => RefundAnswer::NotPaid,
    }
}
