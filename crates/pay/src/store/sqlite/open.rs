//! Making an order's pay order, or finding it.

use engine::sqlite::Tx;
use engine::{Once, Result};
use model::pay_order::Event;
use model::{Ms, PayOrderId};

use super::{SqliteStore, read, row};
use crate::record::{Method, Record, Terms};
use crate::store::change::open_again;
use crate::store::{Application, Opened, Target, Told};

impl SqliteStore {
    pub(super) fn open_in(
        &self,
        tx: &mut Tx<'_>,
        application: &Application,
        now: Ms,
    ) -> Result<Once<Opened>> {
        let Application { key, id, terms } = application;
        self.keys.once(tx, key.as_ref(), now, |tx| match terms {
            Ok(terms) => self.open_on(tx, *id, terms, now),
            Err(refused) => Ok(Opened::Refused(*refused)),
        })
    }

    fn open_on(&self, tx: &mut Tx<'_>, id: PayOrderId, terms: &Terms, now: Ms) -> Result<Opened> {
        match read::find(tx, Target::Order(terms.order))? {
            None => {
                let record = Record::waiting(id, terms.clone(), now);
                row::insert(tx, &record)?;
                self.open_bill(tx, &record, &terms.method, now)?;
                Ok(Opened::PayOrder(id))
            }
            Some(known) => self.open_again(tx, &known, terms, now),
        }
    }

    fn open_again(&self, tx: &mut Tx<'_>, known: &Record, terms: &Terms, now: Ms) -> Result<Opened> {
        if let Err(refused) = open_again(known, terms) {
            return Ok(Opened::Refused(refused));
        }
        // Refused unless later than what is known, which is just as well.
        let extended = self.change(tx, known, Event::Extend(terms.deadline), now)?;
        self.open_bill(tx, extended.as_ref().unwrap_or(known), &terms.method, now)?;
        Ok(Opened::PayOrder(known.pay_order.id))
    }

    /// Writes that a bill is to be made, if the buyer wants to pay at a provider; refused if it is being made.
    fn open_bill(&self, tx: &mut Tx<'_>, record: &Record, method: &Method, now: Ms) -> Result<()> {
        if method.is_at_provider() {
            let told = Told { channel: method.channel.clone(), ..Told::default() };
            let _ = self.change_told(tx, record, (Event::OpenBill, &told), now)?;
        }
        Ok(())
    }
}
