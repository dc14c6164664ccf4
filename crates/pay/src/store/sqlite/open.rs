//! Making an order's pay order, or finding it.

use engine::sqlite::Tx;
use engine::{Once, Result};
use model::pay_order::Event;
use model::{Ms, PayOrderId};

use super::{SqliteStore, read, row};
use crate::record::{Record, Terms};
use crate::store::change::open_again;
use crate::store::{Application, Opened, Target};

impl SqliteStore {
    pub(super) fn open_in(&self, tx: &mut Tx<'_>, application: Application, now: Ms) -> Result<Once<Opened>> {
        let Application { key, id, terms } = application;
        self.keys.once(tx, key.as_ref(), now, |tx| match terms {
            Ok(terms) => self.open_on(tx, id, terms, now),
            Err(refused) => Ok(Opened::Refused(refused)),
        })
    }

    fn open_on(&self, tx: &mut Tx<'_>, id: PayOrderId, terms: Terms, now: Ms) -> Result<Opened> {
        match read::find(tx, Target::Order(terms.order))? {
            None => {
                row::insert(tx, &Record::waiting(id, terms, now))?;
                Ok(Opened::PayOrder(id))
            }
            Some(known) => self.open_again(tx, &known, &terms, now),
        }
    }

    fn open_again(&self, tx: &mut Tx<'_>, known: &Record, terms: &Terms, now: Ms) -> Result<Opened> {
        if let Err(refused) = open_again(known, terms) {
            return Ok(Opened::Refused(refused));
        }
        // Refused unless later than what is known, which is just as well.
        let _ = self.change(tx, known, Event::Extend(terms.deadline), now)?;
        Ok(Opened::PayOrder(known.pay_order.id))
    }
}
