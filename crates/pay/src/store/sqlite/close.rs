//! Closing an order for payment.

use engine::Result;
use engine::sqlite::Tx;
use model::pay_order::{CloseAnswer, Event};
use model::{Ms, OrderId, PayOrderId};
use mutants::Mutant;

use super::{SqliteStore, row};
use crate::record::Record;
use crate::store::{Moved, Target, Told};

impl SqliteStore {
    /// A row that makes no sense is answered as in flight: nobody may conclude anything from it.
    pub(super) fn close_in(
        &self,
        tx: &mut Tx<'_>,
        order: OrderId,
        tombstone: PayOrderId,
        now: Ms,
    ) -> Result<CloseAnswer> {
        match self.apply_in(tx, Target::Order(order), (Event::AskClose, &Told::default()), now)? {
            Moved::Done(record) | Moved::Refused(_, record) => Ok(CloseAnswer::of(&record.pay_order)),
            Moved::Missing if mutants::on(Mutant::NoTombstone) => Ok(CloseAnswer::Closed),
            Moved::Missing => {
                row::insert(tx, &Record::tombstone(tombstone, order, now))?;
                Ok(CloseAnswer::Closed)
            }
            Moved::Corrupt => Ok(CloseAnswer::InFlight),
        }
    }
}
