//! What an event does to a pay order.

use mutants::Mutant;
use serde::{Deserialize, Serialize};

use super::{PayOrder, Refund, State};
use crate::{AttemptId, Ms};

/// Why an attempt did not take the money. Final for the attempt, not for the pay order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Failure {
    /// The password was wrong.
    WrongPassword,
    /// The balance was too low.
    NotEnough,
    /// The account is frozen.
    Frozen,
    /// The wallet knows no such user.
    UnknownUser,
    /// Settled before any debit was seen: the debit can never happen any more.
    Voided,
    /// Too many wrong passwords; this one was not even looked at.
    TooManyTries,
}

/// Something that happened to a pay order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// The buyer pressed *pay*.
    Press(AttemptId),
    /// The wallet took the money.
    Debited(AttemptId),
    /// The wallet did not and will not take the money.
    Failed(AttemptId, Failure),
    /// `trade` wants it closed.
    AskClose,
    /// `trade` wants the money to go back.
    AskRefund,
    /// The wallet acknowledged the refund.
    Refunded,
    /// `trade` gave the buyer more time.
    Extend(Ms),
}

/// Why an event has no effect. The pay order stays as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// The same already happened: nothing to do, and nothing wrong.
    #[error("this has already happened")]
    Already,
    /// It is closed, or about to be.
    #[error("the payment is closed")]
    Closed,
    /// It is paid.
    #[error("the order is already paid")]
    Paid,
    /// Another attempt is in flight.
    #[error("another attempt is in flight")]
    InFlight(AttemptId),
    /// Its deadline is over.
    #[error("the time to pay is over")]
    Overdue,
    /// Not paid, so there is nothing to give back.
    #[error("the order is not paid")]
    NotPaid,
    /// The attempt is not the one in flight: a duplicate or a latecomer.
    #[error("this attempt is not the one in flight")]
    OtherAttempt,
}

/// What must be committed together with the new state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Record the attempt and the duty to resolve it.
    StartAttempt(AttemptId),
    /// Record how the attempt ended, and drop its duty. `None` is success.
    EndAttempt(AttemptId, Option<Failure>),
    /// Tell `trade`: `pay.success`.
    PublishSuccess,
    /// Start resolving the attempt in flight now rather than when its duty comes due.
    ResolveNow(AttemptId),
    /// The refund is owed to the wallet.
    OweRefund,
    /// The refund is acknowledged; drop its duty.
    DropRefundDuty,
}

/// The outcome of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The pay order afterwards.
    pub pay_order: PayOrder,
    /// What goes with it.
    pub effects: Vec<Effect>,
}

/// What `pay` answers when `trade` wants an order closed. No fourth answer is ever guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CloseAnswer {
    /// Closed: no money has moved and none ever will.
    Closed,
    /// Paid: the close came too late.
    Paid,
    /// An attempt's outcome is not known yet; ask again.
    InFlight,
}

impl CloseAnswer {
    /// The answer a pay order gives after [`Event::AskClose`] was applied to it (or refused).
    pub fn of(pay_order: &PayOrder) -> Self {
        match pay_order.state {
            State::Closed => CloseAnswer::Closed,
            State::Success { .. } => CloseAnswer::Paid,
            State::Waiting { .. } if mutants::on(Mutant::InFlightReadAsClosed) => CloseAnswer::Closed,
            State::Waiting { .. } => CloseAnswer::InFlight,
        }
    }
}

/// Decides what `event` does to `pay_order` at `now`.
pub fn apply(pay_order: &PayOrder, event: Event, now: Ms) -> Result<Decision, Refusal> {
    match event {
        Event::Press(attempt) => press(pay_order, attempt, now),
        Event::Debited(attempt) => debited(pay_order, attempt),
        Event::Failed(attempt, failure) => failed(pay_order, attempt, failure),
        Event::AskClose => ask_close(pay_order),
        Event::AskRefund => ask_refund(pay_order),
        Event::Refunded => refunded(pay_order),
        Event::Extend(until) => extend(pay_order, until),
    }
}

fn press(pay_order: &PayOrder, attempt: AttemptId, now: Ms) -> Result<Decision, Refusal> {
    match pay_order.state {
        State::Success { .. } => Err(Refusal::Paid),
        State::Closed | State::Waiting { in_flight: None, closing: true } => Err(Refusal::Closed),
        State::Waiting { in_flight: Some(other), .. } if !mutants::on(Mutant::TwoAttemptsAtOnce) => {
            Err(Refusal::InFlight(other))
        }
        State::Waiting { .. } if now >= pay_order.deadline && !mutants::on(Mutant::PressAfterDeadline) => {
            Err(Refusal::Overdue)
        }
        State::Waiting { .. } => {
            let state = State::Waiting { in_flight: Some(attempt), closing: false };
            Ok(decided(pay_order, state, vec![Effect::StartAttempt(attempt)]))
        }
    }
}

fn debited(pay_order: &PayOrder, attempt: AttemptId) -> Result<Decision, Refusal> {
    require_in_flight(pay_order, attempt)?;
    let effects = vec![Effect::EndAttempt(attempt, None), Effect::PublishSuccess];
    Ok(decided(pay_order, State::Success { refund: Refund::None }, effects))
}

fn failed(pay_order: &PayOrder, attempt: AttemptId, failure: Failure) -> Result<Decision, Refusal> {
    let closing = require_in_flight(pay_order, attempt)?;
    let closing = closing && !mutants::on(Mutant::NewAttemptWhileClosing);
    let state = if closing { State::Closed } else { State::fresh() };
    Ok(decided(pay_order, state, vec![Effect::EndAttempt(attempt, Some(failure))]))
}

fn ask_close(pay_order: &PayOrder) -> Result<Decision, Refusal> {
    match pay_order.state {
        State::Closed => Err(Refusal::Already),
        State::Success { .. } => Err(Refusal::Paid),
        State::Waiting { in_flight: None, .. } => Ok(decided(pay_order, State::Closed, vec![])),
        State::Waiting { in_flight: Some(attempt), closing: true } => Err(Refusal::InFlight(attempt)),
        State::Waiting { in_flight: Some(attempt), closing: false } => {
            let state = State::Waiting { in_flight: Some(attempt), closing: true };
            Ok(decided(pay_order, state, vec![Effect::ResolveNow(attempt)]))
        }
    }
}

fn ask_refund(pay_order: &PayOrder) -> Result<Decision, Refusal> {
    match pay_order.state {
        State::Success { refund: Refund::None } => {
            let state = State::Success { refund: Refund::Refunding };
            Ok(decided(pay_order, state, vec![Effect::OweRefund]))
        }
        State::Success { .. } => Err(Refusal::Already),
        _ => Err(Refusal::NotPaid),
    }
}

fn refunded(pay_order: &PayOrder) -> Result<Decision, Refusal> {
    match pay_order.state {
        State::Success { refund: Refund::Refunding } => {
            let state = State::Success { refund: Refund::Refunded };
            Ok(decided(pay_order, state, vec![Effect::DropRefundDuty]))
        }
        State::Success { refund: Refund::Refunded } => Err(Refusal::Already),
        _ => Err(Refusal::NotPaid),
    }
}

fn extend(pay_order: &PayOrder, until: Ms) -> Result<Decision, Refusal> {
    match pay_order.state {
        State::Waiting { closing: true, .. } | State::Closed => Err(Refusal::Closed),
        State::Success { .. } => Err(Refusal::Paid),
        State::Waiting { .. } if until <= pay_order.deadline => Err(Refusal::Already),
        state @ State::Waiting { .. } => {
            let mut decision = decided(pay_order, state, vec![]);
            decision.pay_order.deadline = until;
            Ok(decision)
        }
    }
}

/// The attempt must be the one in flight; answers whether the pay order is closing.
fn require_in_flight(pay_order: &PayOrder, attempt: AttemptId) -> Result<bool, Refusal> {
    match pay_order.state {
        State::Waiting { in_flight: Some(current), closing } if current == attempt => Ok(closing),
        _ => Err(Refusal::OtherAttempt),
    }
}

fn decided(before: &PayOrder, state: State, effects: Vec<Effect>) -> Decision {
    Decision { pay_order: PayOrder { state, ..before.clone() }, effects }
}
