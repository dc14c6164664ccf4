//! Closing orders for payment.

use async_trait::async_trait;
use engine::postgres::{Batch, Tx};
use engine::{Error, Result};
use model::pay_order::{CloseAnswer, Event};
use model::{Ms, OrderId, PayOrderId};

use super::Kit;
use super::book::Book;
use crate::record::Record;
use crate::store::{Moved, Target, Told};

/// Closes orders; one without a pay order gets a closed one with the id given here.
pub(super) struct CloseAll(pub(super) Kit);

#[async_trait]
impl Batch for CloseAll {
    type Request = (OrderId, PayOrderId, Ms);
    type Answer = CloseAnswer;

    async fn run(&self, tx: &mut Tx<'_>, closes: &[Self::Request]) -> Result<Vec<CloseAnswer>> {
        let orders: Vec<OrderId> = closes.iter().map(|(order, ..)| *order).collect();
        let mut book = Book::lock(&self.0, tx, &[], &orders).await?;
        let closed = closes.iter().map(|(order, tombstone, now)| close(&mut book, *order, *tombstone, *now));
        let answers = closed.collect::<Result<_>>()?;
        book.save(tx);
        Ok(answers)
    }

    /// Nobody may conclude anything from a row that makes no sense.
    fn broken(&self, (order, ..): &Self::Request, error: &Error) -> Option<CloseAnswer> {
        tracing::error!(%error, %order, "a close contradicts what is stored; nothing was changed");
        Some(CloseAnswer::InFlight)
    }
}

fn close(book: &mut Book<'_>, order: OrderId, tombstone: PayOrderId, now: Ms) -> Result<CloseAnswer> {
    match book.apply(Target::Order(order), (Event::AskClose, &Told::default()), now)? {
        Moved::Done(record) | Moved::Refused(_, record) => Ok(CloseAnswer::of(&record.pay_order)),
        Moved::Missing => {
            book.add(Record::tombstone(tombstone, order, now));
            Ok(CloseAnswer::Closed)
        }
        Moved::Corrupt => Ok(CloseAnswer::InFlight),
    }
}
