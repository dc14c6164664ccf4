//! One event on one pay order: read the row, decide, write row, attempt and messages.

use engine::sqlite::Tx;
use engine::{Error, Result};
use model::pay_order::{Event, Refusal};
use model::wallet::Outcome;
use model::{AttemptId, Ms};

use super::{SqliteStore, read, row};
use crate::record::Record;
use crate::store::change::{AttemptStep, decide, moved};
use crate::store::stored::found;
use crate::store::{Found, Moved, Target, Told};

impl SqliteStore {
    /// Lets `event` happen to `target`.
    pub(super) fn apply_in(
        &self,
        tx: &mut Tx<'_>,
        target: Target,
        (event, told): (Event, &Told),
        now: Ms,
    ) -> Result<Moved> {
        let before = match found(read::find(tx, target))? {
            Found::Some(record) => *record,
            Found::None => return Ok(Moved::Missing),
            Found::Corrupt => return Ok(Moved::Corrupt),
        };
        let changed = self.change_told(tx, &before, (event, told), now);
        moved(before, changed)
    }

    /// Decides `event` on the row as it was just read, and writes what follows.
    pub(super) fn change(
        &self,
        tx: &mut Tx<'_>,
        before: &Record,
        event: Event,
        now: Ms,
    ) -> Result<Result<Record, Refusal>> {
        self.change_told(tx, before, (event, &Told::default()), now)
    }

    /// The same of an event that came with words.
    pub(super) fn change_told(
        &self,
        tx: &mut Tx<'_>,
        before: &Record,
        (event, told): (Event, &Told),
        now: Ms,
    ) -> Result<Result<Record, Refusal>> {
        let change = match decide(before, event, told, now, &self.config) {
            Ok(change) => change,
            Err(refusal) => return Ok(Err(refusal)),
        };
        // A contradiction is found before the first write, so nothing of this event needs to be undone.
        for step in change.attempts {
            write_attempt(tx, before, step, now)?;
        }
        for message in change.send {
            self.outbox.send(tx, message)?;
        }
        for key in change.cancel {
            self.outbox.cancel(tx, key)?;
        }
        row::update(tx, &change.after)?;
        Ok(Ok(change.after))
    }
}

fn write_attempt(tx: &Tx<'_>, record: &Record, step: AttemptStep, now: Ms) -> Result<()> {
    match step {
        AttemptStep::Start(attempt) => start_attempt(tx, record, attempt, now),
        AttemptStep::End(attempt, outcome) => end_attempt(tx, attempt, outcome, now),
    }
}

fn start_attempt(tx: &Tx<'_>, record: &Record, attempt: AttemptId, now: Ms) -> Result<()> {
    let sql = "INSERT INTO pay_attempts (id, pay_order, started) VALUES ($1, $2, $3)";
    tx.prepare_cached(sql)?.execute((attempt.as_i64(), record.pay_order.id.as_i64(), now.0))?;
    Ok(())
}

fn end_attempt(tx: &Tx<'_>, attempt: AttemptId, outcome: Outcome, now: Ms) -> Result<()> {
    let sql = "UPDATE pay_attempts SET ended = $1, outcome = $2 WHERE id = $3 AND outcome IS NULL";
    let ended = tx.prepare_cached(sql)?.execute((now.0, outcome.code(), attempt.as_i64()))?;
    if ended == 1 { Ok(()) } else { Err(Error::corrupt("pay_attempts", attempt)) }
}
