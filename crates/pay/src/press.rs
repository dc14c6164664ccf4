//! Pressing *pay*: mark the attempt in flight, debit the wallet, record how it ended.
//!
//! The mark comes first, so of two presses one is refused before any money is touched. When the wallet gives
//! no answer nobody guesses: the buyer hears "checking", and the attempt is resolved without them.

use std::net::IpAddr;

use api::calls::Debit;
use edge::{Onward, Trace};
use engine::{IdempotencyKey, Once};
use model::pay_order::{Event, Failure, State};
use model::wallet::Outcome;
use model::{AttemptId, Ms, PayOrderId, UserId};
use mutants::Mutant;

use crate::error::Result;
use crate::record::Record;
use crate::store::{Found, Moved, Press, Pressed, Target};
use crate::{Service, meter};

/// A buyer presses *pay*.
pub struct PressAsk {
    /// Who.
    pub caller: UserId,
    /// What is to be paid.
    pub pay_order: PayOrderId,
    /// Their password, in clear; passed on and forgotten. No `Debug`, so that it cannot reach a log.
    pub password: String,
    /// Where the request came from.
    pub from: IpAddr,
    /// The request's key.
    pub key: Option<IdempotencyKey>,
}

/// The answer to a press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PressAnswer {
    /// Paid, by this press or before.
    Paid,
    /// The outcome is not known yet and will be found out.
    Checking,
    /// The money was not taken.
    Failed(Failure),
    /// It is closed, or about to be.
    Closed,
    /// The time to pay is over.
    Overdue,
    /// Another attempt is in flight.
    Busy,
    /// There is no such pay order, or it is somebody else's.
    NotFound,
    /// The key was used for another request.
    OtherBody,
}

impl Service {
    /// Pays, once. Must not be dropped half-way: run it with [`edge::owned`].
    pub async fn press(&self, ask: PressAsk) -> Result<PressAnswer> {
        let found = self.store().by_id(ask.pay_order).await?;
        let Some(record) = found.filter(|record| record.pay_order.owner == ask.caller) else {
            return Ok(PressAnswer::NotFound);
        };
        let pressed = match self.pressed_before(ask.key.as_ref()).await? {
            Some(known) => known,
            None => self.try_press(&record, ask.key).await?,
        };
        match pressed {
            Once::Outcome(Pressed::Attempt(attempt)) => {
                let finishing = self.finish(attempt, &record, ask.password, ask.from);
                story(attempt, &record).scope(finishing).await
            }
            Once::Outcome(Pressed::Paid) => Ok(PressAnswer::Paid),
            Once::Outcome(Pressed::Closed) => Ok(PressAnswer::Closed),
            Once::Outcome(Pressed::Overdue) => Ok(PressAnswer::Overdue),
            Once::Outcome(Pressed::Busy) => Ok(PressAnswer::Busy),
            Once::OtherBody => Ok(PressAnswer::OtherBody),
        }
    }

    async fn pressed_before(&self, key: Option<&IdempotencyKey>) -> Result<Option<Once<Pressed>>> {
        match key {
            Some(key) => Ok(self.store().pressed_before(key).await?),
            None => Ok(None),
        }
    }

    /// A deadline that seems over may have been extended since: `trade` is asked once.
    async fn try_press(&self, record: &Record, key: Option<IdempotencyKey>) -> Result<Once<Pressed>> {
        let mut now = self.now();
        let mut deadline = None;
        if seems_overdue(record, now) {
            let payable = self.payable(record.pay_order.order).await?;
            deadline = payable.filter(|payable| payable.open).map(|payable| payable.deadline);
            now = self.now();
        }
        let attempt = AttemptId(self.next_id(now));
        let press = Press { key, pay_order: record.pay_order.id, attempt, deadline };
        Ok(self.store().press(press, now).await?)
    }

    /// Brings an attempt to its end: a new one, or one whose first request was cut off. The wallet keeps its
    /// answer under the attempt, so asking twice debits once.
    async fn finish(
        &self,
        attempt: AttemptId,
        record: &Record,
        password: String,
        from: IpAddr,
    ) -> Result<PressAnswer> {
        if let Some(outcome) = self.outcome_of(attempt).await? {
            return Ok(answer(outcome));
        }
        let debit = Debit {
            attempt,
            pay_order: record.pay_order.id,
            user: record.pay_order.owner,
            amount: record.pay_order.amount,
            password,
            from,
        };
        let asked = self.within(self.config().debit_wait_ms, "user", self.parts.users.debit(debit)).await;
        match asked {
            Ok(outcome) => Ok(self.record_outcome(record.pay_order.id, attempt, outcome).await),
            Err(_) if mutants::on(Mutant::AttemptGuessedFailed) => {
                let failed = Outcome::Refused(Failure::Voided);
                Ok(self.record_outcome(record.pay_order.id, attempt, failed).await)
            }
            Err(none) => {
                tracing::warn!(%attempt, reason = none.reason, "the wallet gave no answer; the attempt will be resolved");
                Ok(PressAnswer::Checking)
            }
        }
    }

    /// The money may have moved: from here on every doubt is "checking", never an error.
    async fn record_outcome(&self, id: PayOrderId, attempt: AttemptId, outcome: Outcome) -> PressAnswer {
        let ended = vec![(Target::PayOrder(id), ending(attempt, outcome))];
        match self.store().apply(ended, self.now()).await.as_deref() {
            Ok([Moved::Done(_)]) => {
                meter::attempt_ended(outcome);
                answer(outcome)
            }
            Ok([Moved::Refused(..)]) => {
                self.outcome_of(attempt).await.ok().flatten().map_or(PressAnswer::Checking, answer)
            }
            Ok(_) => PressAnswer::Checking,
            Err(error) => {
                tracing::error!(%attempt, %error, "an attempt's end was not recorded; it will be resolved");
                PressAnswer::Checking
            }
        }
    }

    async fn outcome_of(&self, attempt: AttemptId) -> Result<Option<Outcome>> {
        let found = self.store().attempts(&[attempt]).await?.pop();
        match found {
            Some(Found::Some(known)) => Ok(known.outcome),
            _ => Err(engine::Error::corrupt("pay_attempts", attempt).into()),
        }
    }
}

/// What is done for the attempt goes on in the trace in which the order was placed.
fn story(attempt: AttemptId, record: &Record) -> Onward {
    Onward::telling([(attempt.0, Trace(record.trace.clone()))])
}

/// The event that ends `attempt` as the wallet said.
pub(crate) fn ending(attempt: AttemptId, outcome: Outcome) -> Event {
    match outcome {
        Outcome::Debited => Event::Debited(attempt),
        Outcome::Refused(failure) => Event::Failed(attempt, failure),
    }
}

fn answer(outcome: Outcome) -> PressAnswer {
    match outcome {
        Outcome::Debited => PressAnswer::Paid,
        Outcome::Refused(failure) => PressAnswer::Failed(failure),
    }
}

fn seems_overdue(record: &Record, now: Ms) -> bool {
    record.pay_order.state == State::fresh() && now >= record.pay_order.deadline
}
