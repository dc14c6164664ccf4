//! What an event changes, decided once for every engine: the row, its attempts, its messages.

use api::topics;
use delay::{Key, Message, Topic};
use engine::{Error, Result};
use model::pay_order::{self, Bill, Effect, Event, Refusal, State};
use model::wallet::Outcome;
use model::{AttemptId, Ms};

use super::{Moved, NotOpened, Pressed, Told};
use crate::config::Config;
use crate::record::{BillRecord, Duty, Record, Terms};

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

/// Decides `event` on the row as it was just read; `told` is what came with it.
pub(crate) fn decide(
    before: &Record,
    event: Event,
    told: &Told,
    now: Ms,
    config: &Config,
) -> Result<Change, Refusal> {
    let decision = pay_order::apply(&before.pay_order, event, now)?;
    let bill = bill(before, &decision.pay_order, event, told, now);
    let mut after = Record { pay_order: decision.pay_order, updated: now, bill, ..before.clone() };
    if after.pay_order.state == State::Closed {
        after.closed_at = before.closed_at.or(Some(now));
    }
    let mut change = Change { after, attempts: Vec::new(), send: Vec::new(), cancel: Vec::new() };
    for effect in decision.effects {
        change.follow(effect, now, config);
    }
    if change.after.pay_order.bill != before.pay_order.bill {
        change.look_again(now, config);
    }
    Ok(change)
}

/// What is known of the bill afterwards.
fn bill(
    before: &Record,
    after: &pay_order::PayOrder,
    event: Event,
    told: &Told,
    now: Ms,
) -> Option<BillRecord> {
    if after.bill == Bill::None {
        return None;
    }
    let mut bill = before.bill.clone().unwrap_or_else(|| BillRecord::opening(told.channel.clone(), now));
    if after.bill != before.pay_order.bill {
        bill.since = now;
    }
    if let Event::BillPaid(amount) = event {
        bill.paid = Some(amount);
    }
    if !told.url.is_empty() {
        bill.url.clone_from(&told.url);
    }
    if !told.refund.is_empty() {
        bill.refund.clone_from(&told.refund);
    }
    Some(bill)
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
            Effect::OweBill => self.owe_bill(now, config),
            Effect::DropBillDuty => self.settle_bill(),
        }
    }

    /// A new bill is made by whoever applied for it, unless they cannot; all else is asked for at once.
    fn owe_bill(&mut self, now: Ms, config: &Config) {
        let pay_order = &self.after.pay_order;
        let wait_ms = if pay_order.bill == Bill::Opening { config.bill_after_ms } else { 0 };
        let (subject, due) = (pay_order.id.0, now + wait_ms);
        let message = self.message(topics::BILL_DUTY, subject, due, now);
        self.send.push(message);
        if let Some(bill) = &mut self.after.bill {
            bill.due = Some(due);
        }
    }

    /// Whatever message there is does not fit what is owed by now.
    fn settle_bill(&mut self) {
        let subject = self.after.pay_order.id.0;
        if let Some(due) = self.after.bill.as_mut().and_then(|bill| bill.due.take()) {
            self.cancel.push(Key { due, topic: topics::BILL_DUTY.code, subject });
        }
    }

    /// When the sweep asks the provider about a bill that came to where it stands just now.
    fn look_again(&mut self, now: Ms, config: &Config) {
        let Some(bill) = &mut self.after.bill else { return };
        bill.sweep_at = match self.after.pay_order.bill {
            Bill::Opening | Bill::Closing | Bill::Returning => {
                Some(bill.due.unwrap_or(now) + config.sweep_grace_ms)
            }
            Bill::Open | Bill::Closed => Some(now + config.bill_look_ms),
            Bill::None | Bill::Paid | Bill::Returned => None,
        };
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
        State::Closed => Err(NotOpened::NotPayable),
        State::Waiting { .. } if known.pay_order.is_closing() => Err(NotOpened::NotPayable),
        State::Waiting { .. } if known.pay_order.amount != terms.amount => Err(NotOpened::AmountMismatch),
        State::Waiting { .. } if !terms.method.is_at_provider() => Ok(()),
        State::Waiting { .. } if !can_have_bill(known, &terms.method.channel) => Err(NotOpened::ChannelTaken),
        State::Waiting { .. } => Ok(()),
    }
}

/// A pay order has one bill, at one provider: none can be made beside it or after it.
fn can_have_bill(known: &Record, channel: &str) -> bool {
    match &known.bill {
        None => true,
        Some(bill) => bill.channel == channel && matches!(known.pay_order.bill, Bill::Opening | Bill::Open),
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
