//! One event on one pay order: read the row, decide, write row, attempt and messages.

use api::topics;
use delay::{Key, Message, Topic};
use engine::sqlite::Tx;
use engine::{Error, Result};
use model::pay_order::{self, Effect, Event, Failure, Refusal, State};
use model::wallet::Outcome;
use model::{AttemptId, Ms};

use super::{SqliteStore, read, row};
use crate::record::{Duty, Record};
use crate::store::{Found, Moved, Target};

impl SqliteStore {
    /// Lets `event` happen to `target`.
    pub(super) fn apply_in(&self, tx: &mut Tx<'_>, target: Target, event: Event, now: Ms) -> Result<Moved> {
        let before = match row::found(read::find(tx, target))? {
            Found::Some(record) => *record,
            Found::None => return Ok(Moved::Missing),
            Found::Corrupt => return Ok(Moved::Corrupt),
        };
        // A contradiction is found before the first write, so nothing of this event needs to be undone.
        match self.change(tx, &before, event, now) {
            Ok(Ok(after)) => Ok(Moved::Done(Box::new(after))),
            Ok(Err(refusal)) => Ok(Moved::Refused(refusal, Box::new(before))),
            Err(error @ Error::Corrupt { .. }) => {
                tracing::error!(%error, "an event contradicts what is stored; nothing was changed");
                Ok(Moved::Corrupt)
            }
            Err(error) => Err(error),
        }
    }

    /// Decides `event` on the row as it was just read, and writes what follows.
    pub(super) fn change(
        &self,
        tx: &mut Tx<'_>,
        before: &Record,
        event: Event,
        now: Ms,
    ) -> Result<Result<Record, Refusal>> {
        let decision = match pay_order::apply(&before.pay_order, event, now) {
            Ok(decision) => decision,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let mut after = Record { pay_order: decision.pay_order, updated: now, ..before.clone() };
        if after.pay_order.state == State::Closed {
            after.closed_at = Some(now);
        }
        for effect in decision.effects {
            self.perform(tx, &mut after, effect, now)?;
        }
        row::update(tx, &after)?;
        Ok(Ok(after))
    }

    fn perform(&self, tx: &mut Tx<'_>, record: &mut Record, effect: Effect, now: Ms) -> Result<()> {
        let order = record.pay_order.order.0;
        match effect {
            Effect::StartAttempt(attempt) => {
                start_attempt(tx, record, attempt, now)?;
                let due = now + self.config.resolve_after_ms;
                self.owe(tx, record, Message::new(topics::ATTEMPT_DUTY, attempt.0, due, now))
            }
            Effect::EndAttempt(attempt, failure) => {
                record.last_outcome = Some(end_attempt(tx, attempt, failure, now)?);
                self.settle(tx, record, topics::ATTEMPT_DUTY, attempt.0)
            }
            Effect::PublishSuccess => {
                record.success_at = Some(now);
                self.outbox.send(tx, Message::new(topics::PAY_SUCCESS, order, now, now))
            }
            Effect::ResolveNow(attempt) => {
                self.outbox.send(tx, Message::new(topics::ATTEMPT_DUTY, attempt.0, now, now))
            }
            Effect::OweRefund => {
                let due = now + self.config.refund_after_ms;
                self.owe(tx, record, Message::new(topics::REFUND_DUTY, order, due, now))
            }
            Effect::DropRefundDuty => self.settle(tx, record, topics::REFUND_DUTY, order),
        }
    }

    /// Notes a duty: on the row, where the sweep finds it, and as the message that comes sooner.
    fn owe(&self, tx: &mut Tx<'_>, record: &mut Record, message: Message) -> Result<()> {
        let due = message.due;
        record.duty = Some(Duty { due, sweep_at: due + self.config.sweep_grace_ms });
        self.outbox.send(tx, message)
    }

    /// The duty is done. Its message may be gone, or back under another time: its handler copes with both.
    fn settle(&self, tx: &Tx<'_>, record: &mut Record, topic: Topic, subject: u64) -> Result<()> {
        match record.duty.take() {
            Some(duty) => self.outbox.cancel(tx, Key { due: duty.due, topic: topic.code, subject }),
            None => Ok(()),
        }
    }
}

fn start_attempt(tx: &Tx<'_>, record: &Record, attempt: AttemptId, now: Ms) -> Result<()> {
    let sql = "INSERT INTO pay_attempts (id, pay_order, started) VALUES ($1, $2, $3)";
    tx.prepare_cached(sql)?.execute((attempt.as_i64(), record.pay_order.id.as_i64(), now.0))?;
    Ok(())
}

/// An attempt ends once: a second end is a contradiction.
fn end_attempt(tx: &Tx<'_>, attempt: AttemptId, failure: Option<Failure>, now: Ms) -> Result<Outcome> {
    let outcome = failure.map_or(Outcome::Debited, Outcome::Refused);
    let sql = "UPDATE pay_attempts SET ended = $1, outcome = $2 WHERE id = $3 AND outcome IS NULL";
    let ended = tx.prepare_cached(sql)?.execute((now.0, outcome.code(), attempt.as_i64()))?;
    if ended == 1 { Ok(outcome) } else { Err(Error::corrupt("pay_attempts", attempt)) }
}
