//! Making orders' pay orders, or finding them.

use async_trait::async_trait;
use engine::postgres::{Batch, Tx};
use engine::{Once, Result};
use model::pay_order::Event;
use model::{Ms, OrderId, PayOrderId};

use super::Kit;
use super::book::Book;
use crate::record::{Method, Record, Terms};
use crate::store::change::open_again;
use crate::store::{Application, Opened, Target, Told};

/// Makes each order's pay order, or finds it (and takes over a later deadline).
pub(super) struct OpenAll(pub(super) Kit);

#[async_trait]
impl Batch for OpenAll {
    type Request = (Application, Ms);
    type Answer = Once<Opened>;

    async fn run(&self, tx: &mut Tx<'_>, asked: &[Self::Request]) -> Result<Vec<Once<Opened>>> {
        let orders: Vec<OrderId> =
            asked.iter().filter_map(|(ask, _)| ask.terms.as_ref().ok()).map(|terms| terms.order).collect();
        let (mut keys, mut book) = tokio::try_join!(
            self.0.keys.load(tx, asked.iter().map(|(ask, _)| ask.key.as_ref())),
            Book::lock(&self.0, tx, &[], &orders),
        )?;
        let mut answers = Vec::with_capacity(asked.len());
        for (ask, now) in asked {
            answers.push(keys.once(ask.key.as_ref(), *now, || match &ask.terms {
                Ok(terms) => open(&mut book, ask.id, terms, *now),
                Err(refused) => Ok(Opened::Refused(*refused)),
            })?);
        }
        book.save(tx);
        self.0.keys.save(tx, keys);
        Ok(answers)
    }
}

fn open(book: &mut Book<'_>, id: PayOrderId, terms: &Terms, now: Ms) -> Result<Opened> {
    let Some(known) = book.get(Target::Order(terms.order))? else {
        let record = Record::waiting(id, terms.clone(), now);
        book.add(record.clone());
        open_bill(book, &record, &terms.method, now)?;
        return Ok(Opened::PayOrder(id));
    };
    if let Err(refused) = open_again(&known, terms) {
        return Ok(Opened::Refused(refused));
    }
    // Refused unless later than what is known, which is just as well.
    let extended = book.change(&known, Event::Extend(terms.deadline), now)?;
    open_bill(book, extended.as_ref().unwrap_or(&known), &terms.method, now)?;
    Ok(Opened::PayOrder(known.pay_order.id))
}

/// Writes that a bill is to be made, if the buyer wants to pay at a provider; refused if it is being made.
fn open_bill(book: &mut Book<'_>, record: &Record, method: &Method, now: Ms) -> Result<()> {
    if method.is_at_provider() {
        let told = Told { channel: method.channel.clone(), ..Told::default() };
        let _ = book.change_told(record, (Event::OpenBill, &told), now)?;
    }
    Ok(())
}
