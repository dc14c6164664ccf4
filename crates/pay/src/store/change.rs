//! What an event changes, decided once for every engine: the row, its attempts, its messages.

use api::topics;
use delay::{Key, Message, Topic};
use engine::{Error, Result};
use model::pay_order::{self, Effect, Event, Refusal, State};
use model::wallet::Outcome;
use model::{AttemptId, Ms};

use super::{Moved, NotOpened, Pressed};
use crate::config::Config;
use crate::record::{Duty, Record, Terms};

/// What is to be committed for an event, all or nothing.
#[derive(Debug)]
pub(crate) struct Change {
    /// The row afterwards.
    pub(crate) after: Record,
    /// What happens to attempts, in order.
    pub(crate) attempts: Vec<AttemptStep>,
    /// Messages to write.
    pub(crate) send: Vec<Message>,
    /// Messages that are no longer needed. Each may be gone, or back under another time: its handler copes.
    pub(crate) cancel: Vec<Key>,
}

/// What happens to an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttemptStep {
    /// It starts.
    Start(AttemptId),
    /// It ends so. An attempt ends once: a second end is a contradiction.
    End(AttemptId, Outcome),
}

/// Decides `event` on the row as it was just read.
pub(crate) fn decide(before: &Record, event: Event, now: Ms, config: &Config) -> Result<Change, Refusal> {
    let decision = pay_order::apply(&before.pay_order, event, now)?;
    let mut after = Record { pay_order: decision.pay_order, updated: now, ..before.clone() };
    if after.pay_order.state == State::Closed {
        after.closed_at = Some(now);
    }
    let mut change = Change { after, attempts: Vec::new(), send: Vec::new(), cancel: Vec::new() };
    for effect in decision.effects {
        change.follow(effect, now, config);
    }
    Ok(change)
}

impl Change {
    fn follow(&mut self, effect: Effect, now: Ms, config: &Config) {
        let order = self.after.pay_order.order.0;
        match effect {
            Effect::StartAttempt(attempt) => {
                self.attempts.push(AttemptStep::Start(attempt));
                let due = now + config.resolve_after_ms;
                let message = self.message(topics::ATTEMPT_DUTY, attempt.0, due, now);
                self.owe(message, config);
            }
            Effect::EndAttempt(attempt, failure) => {
                let outcome = failure.map_or(Outcome::Debited, Outcome::Refused);
                self.attempts.push(AttemptStep::End(attempt, outcome));
                self.after.last_outcome = Some(outcome);
                self.settle(topics::ATTEMPT_DUTY, attempt.0);
            }
            Effect::PublishSuccess => {
                self.after.success_at = Some(now);
                let message = self.message(topics::PAY_SUCCESS, order, now, now);
                self.send.push(message);
            }
            Effect::ResolveNow(attempt) => {
                let message = self.message(topics::ATTEMPT_DUTY, attempt.0, now, now);
                self.send.push(message);
            }
            Effect::OweRefund => {
                let due = now + config.refund_after_ms;
                let message = self.message(topics::REFUND_DUTY, order, due, now);
                self.owe(message, config);
            }
            Effect::DropRefundDuty => self.settle(topics::REFUND_DUTY, order),
        }
    }

    /// A message in the trace of the order it is about.
    fn message(&self, topic: Topic, subject: u64, due: Ms, now: Ms) -> Message {
        Message { trace: self.after.trace.clone(), ..Message::new(topic, subject, due, now) }
    }

    /// Notes a duty: on the row, where the sweep finds it, and as the message that comes sooner.
    fn owe(&mut self, message: Message, config: &Config) {
        let due = message.due;
        self.after.duty = Some(Duty { due, sweep_at: due + config.sweep_grace_ms });
        self.send.push(message);
    }

    /// The duty is done.
    fn settle(&mut self, topic: Topic, subject: u64) {
        if let Some(duty) = self.after.duty.take() {
            self.cancel.push(Key { due: duty.due, topic: topic.code, subject });
        }
    }
}

/// What came of changing `before`. An event that contradicts what is stored is logged, and changes nothing.
pub(crate) fn moved(before: Record, changed: Result<Result<Record, Refusal>>) -> Result<Moved> {
    match changed {
        Ok(Ok(after)) => Ok(Moved::Done(Box::new(after))),
        Ok(Err(refusal)) => Ok(Moved::Refused(refusal, Box::new(before))),
        Err(error @ Error::Corrupt { .. }) => {
            tracing::error!(%error, "an event contradicts what is stored; nothing was changed");
            Ok(Moved::Corrupt)
        }
        Err(error) => Err(error),
    }
}

/// Whether an order that has a pay order already can still be paid on `terms`.
pub(crate) fn open_again(known: &Record, terms: &Terms) -> Result<(), NotOpened> {
    match known.pay_order.state {
        State::Success { .. } => Err(NotOpened::AlreadyPaid),
        State::Closed | State::Waiting { closing: true, .. } => Err(NotOpened::NotPayable),
        State::Waiting { .. } if known.pay_order.amount != terms.amount => Err(NotOpened::AmountMismatch),
        State::Waiting { .. } => Ok(()),
    }
}

/// What a refused press is answered.
pub(crate) fn not_pressed(refusal: Refusal) -> Pressed {
    match refusal {
        Refusal::Paid => Pressed::Paid,
        Refusal::Overdue => Pressed::Overdue,
        Refusal::InFlight(_) => Pressed::Busy,
        _ => Pressed::Closed,
    }
}
