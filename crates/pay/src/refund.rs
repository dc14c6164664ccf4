//! Giving money back: owed from the moment it is asked for, done when the wallet, or the provider that got the money,
//! has acknowledged it.

use std::collections::BTreeSet;

use api::calls::{RefundAnswer, RefundRequest};
use model::pay_order::{Event, Refund, State};
use model::{OrderId, PayOrderId};

use crate::error::{Error, Result};
use crate::record::Record;
use crate::store::{Found, Moved, Target};
use crate::{Service, meter};

/// What came of giving money back.
#[derive(Default)]
struct Given {
    /// Whose money is back.
    done: BTreeSet<PayOrderId>,
    /// Why some is not: the last reason.
    error: Option<Error>,
}

impl Service {
    /// Refunds orders; answers for each in the same order. Without the wallet's or the provider's answer a refund
    /// stays owed.
    pub(crate) async fn refund_orders(&self, orders: Vec<OrderId>) -> Result<Vec<RefundAnswer>> {
        let asks = orders.into_iter().map(|order| (Target::Order(order), Event::AskRefund)).collect();
        let asked = self.store().apply(asks, self.now()).await?;
        let owed: Vec<Record> = asked.iter().filter_map(Moved::record).filter(is_owed).collect();
        let given = self.give_back(&owed).await;
        if let Some(error) = &given.error {
            tracing::warn!(%error, refunds = owed.len(), "refunds did not arrive; they stay owed");
        }
        Ok(asked.iter().map(|moved| answer(moved, &given.done)).collect())
    }

    /// Finishes the refunds still owed for these orders; answers how many of them are owed no longer.
    pub(crate) async fn resume_refunds(&self, orders: &[OrderId]) -> Result<usize> {
        let found = self.store().by_orders(orders).await?;
        let records = found.into_iter().filter_map(|found| match found {
            Found::Some(record) => Some(*record),
            Found::None | Found::Corrupt => None,
        });
        let owed: Vec<Record> = records.filter(is_owed).collect();
        let given = self.give_back(&owed).await;
        match given.error {
            Some(error) => Err(error),
            None => Ok(orders.len() - (owed.len() - given.done.len())),
        }
    }

    /// To whom the money came from: the wallets, or a provider.
    async fn give_back(&self, owed: &[Record]) -> Given {
        let (bills, wallets): (Vec<&Record>, Vec<&Record>) =
            owed.iter().partition(|record| record.pay_order.paid_by_bill());
        let mut given = Given::default();
        match self.give_back_to_wallets(&wallets).await {
            Ok(()) => given.done.extend(wallets.iter().map(|record| record.pay_order.id)),
            Err(error) => given.error = Some(error),
        }
        for record in bills {
            match self.give_back_of_bill(record).await {
                Ok(true) => drop(given.done.insert(record.pay_order.id)),
                Ok(false) => {}
                Err(error) => given.error = Some(error),
            }
        }
        given
    }

    async fn give_back_to_wallets(&self, owed: &[&Record]) -> Result<()> {
        if owed.is_empty() {
            return Ok(());
        }
        let call = self.parts.users.refund(owed.iter().map(|record| request(record)).collect());
        self.within(self.config().call_wait_ms, "user", call).await?;
        let done = owed.iter().map(|record| (Target::PayOrder(record.pay_order.id), Event::Refunded));
        let moved = self.store().apply(done.collect(), self.now()).await?;
        meter::refunded(moved.iter().filter(|moved| matches!(moved, Moved::Done(_))).count());
        Ok(())
    }

    /// Whether it is done; a provider that answers may need longer.
    async fn give_back_of_bill(&self, record: &Record) -> Result<bool> {
        let Some(news) = self.give_back_at_provider(record).await? else { return Ok(false) };
        let moved = self.store().hear(vec![news], self.now()).await?;
        meter::refunded(moved.iter().filter(|moved| matches!(moved, Moved::Done(_))).count());
        Ok(true)
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
fn answer(asked: &Moved, done: &BTreeSet<PayOrderId>) -> RefundAnswer {
    let (id, state) = match asked {
        Moved::Done(record) | Moved::Refused(_, record) => (record.pay_order.id, record.pay_order.state),
        Moved::Missing => return RefundAnswer::NotPaid,
        Moved::Corrupt => return RefundAnswer::Refunding,
    };
    match state {
        State::Success { refund: Refund::Refunded } => RefundAnswer::Refunded,
        State::Success { .. } if done.contains(&id) => RefundAnswer::Refunded,
        State::Success { .. } => RefundAnswer::Refunding,
        _ => RefundAnswer::NotPaid,
    }
}
