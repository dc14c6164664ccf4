//! Starting an attempt.

use engine::sqlite::Tx;
use engine::{Error, Once, Result};
use model::Ms;
use model::pay_order::Event;

use super::{SqliteStore, read};
use crate::record::Record;
use crate::store::change::not_pressed;
use crate::store::{Press, Pressed};

impl SqliteStore {
    /// Another attempt in flight is no final outcome: the same key may press again afterwards.
    pub(super) fn press_in(&self, tx: &mut Tx<'_>, press: &Press, now: Ms) -> Result<Once<Pressed>> {
        if let Some(key) = &press.key
            && let Some(known) = self.keys.find(tx, key)?
        {
            return Ok(known);
        }
        let pressed = self.press_once(tx, press, now)?;
        if let Some(key) = &press.key
            && pressed != Pressed::Busy
        {
            self.keys.record(tx, key, &pressed, now)?;
        }
        Ok(Once::Outcome(pressed))
    }

    fn press_once(&self, tx: &mut Tx<'_>, press: &Press, now: Ms) -> Result<Pressed> {
        let record = self.extended(tx, press, now)?;
        let changed = self.change(tx, &record, Event::Press(press.attempt), now)?;
        Ok(changed.map_or_else(not_pressed, |_| Pressed::Attempt(press.attempt)))
    }

    /// The row, with the later deadline `trade` may have told of.
    fn extended(&self, tx: &mut Tx<'_>, press: &Press, now: Ms) -> Result<Record> {
        let missing = || Error::corrupt("pay_orders", press.pay_order);
        let record = read::by_id(tx, press.pay_order)?.ok_or_else(missing)?;
        let Some(deadline) = press.deadline else { return Ok(record) };
        let extended = self.change(tx, &record, Event::Extend(deadline), now)?;
        Ok(extended.unwrap_or(record))
    }
}
