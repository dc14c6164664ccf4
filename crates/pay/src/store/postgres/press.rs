//! Starting attempts.

use async_trait::async_trait;
use engine::postgres::{Batch, KeyBook, Tx};
use engine::{Error, Once, Result};
use model::pay_order::Event;
use model::{Ms, PayOrderId};

use super::Kit;
use super::book::Book;
use crate::record::Record;
use crate::store::change::not_pressed;
use crate::store::{Press, Pressed, Target};

/// Starts an attempt for each press unless something forbids it.
pub(super) struct PressAll(pub(super) Kit);

#[async_trait]
impl Batch for PressAll {
    type Request = (Press, Ms);
    type Answer = Once<Pressed>;

    async fn run(&self, tx: &mut Tx<'_>, presses: &[Self::Request]) -> Result<Vec<Once<Pressed>>> {
        let ids: Vec<PayOrderId> = presses.iter().map(|(press, _)| press.pay_order).collect();
        let (mut keys, mut book) = tokio::try_join!(
            self.0.keys.load(tx, presses.iter().map(|(press, _)| press.key.as_ref())),
            Book::lock(&self.0, tx, &ids, &[]),
        )?;
        if meets_another(&book, presses)? {
            // The keys were read before the row was locked: whoever held it may have pressed under the same key.
            keys = self.0.keys.load(tx, presses.iter().map(|(press, _)| press.key.as_ref())).await?;
        }
        let pressed = presses.iter().map(|(press, now)| press_one(&mut keys, &mut book, press, *now));
        let answers = pressed.collect::<Result<_>>()?;
        book.save(tx);
        self.0.keys.save(tx, keys);
        Ok(answers)
    }
}

/// Whether a press under a key finds an attempt in flight, which may be its own.
fn meets_another(book: &Book<'_>, presses: &[(Press, Ms)]) -> Result<bool> {
    for (press, _) in presses.iter().filter(|(press, _)| press.key.is_some()) {
        let record = book.get(Target::PayOrder(press.pay_order))?;
        if record.is_some_and(|record| record.pay_order.in_flight().is_some()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Another attempt in flight is no final outcome: the same key may press again afterwards.
fn press_one(keys: &mut KeyBook, book: &mut Book<'_>, press: &Press, now: Ms) -> Result<Once<Pressed>> {
    if let Some(key) = &press.key
        && let Some(known) = keys.find(key)?
    {
        return Ok(known);
    }
    let pressed = press_once(book, press, now)?;
    if let Some(key) = &press.key
        && pressed != Pressed::Busy
    {
        keys.record(key, &pressed, now)?;
    }
    Ok(Once::Outcome(pressed))
}

fn press_once(book: &mut Book<'_>, press: &Press, now: Ms) -> Result<Pressed> {
    let record = extended(book, press, now)?;
    let changed = book.change(&record, Event::Press(press.attempt), now)?;
    Ok(changed.map_or_else(not_pressed, |_| Pressed::Attempt(press.attempt)))
}

/// The row, with the later deadline `trade` may have told of.
fn extended(book: &mut Book<'_>, press: &Press, now: Ms) -> Result<Record> {
    let missing = || Error::corrupt("pay_orders", press.pay_order);
    let record = book.get(Target::PayOrder(press.pay_order))?.ok_or_else(missing)?;
    let Some(deadline) = press.deadline else { return Ok(record) };
    let extended = book.change(&record, Event::Extend(deadline), now)?;
    Ok(extended.unwrap_or(record))
}
