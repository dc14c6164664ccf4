//! What an event does to a pay order.

use mutants::Mutant;
use serde::{Deserialize, Serialize};

use super::{Bill, PayOrder, Refund, State, bill};
use crate::{AttemptId, Cents, Ms};

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
    /// The buyer wants to pay at a provider.
    OpenBill,
    /// The provider has the bill, not paid.
    BillOpened,
    /// The provider has this much money for the bill.
    BillPaid(Cents),
    /// The provider closed the bill unpaid, or never knew it and never will.
    BillClosed,
    /// The provider gave back money that was not wanted.
    BillReturned,
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
    /// There is no payment at a provider for it.
    #[error("there is no payment at a provider")]
    NoBill,
    /// The payment at the provider has ended and cannot be opened again.
    #[error("the payment at the provider is over")]
    BillOver,
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
    /// Something is owed at the provider: to make the bill, to close it, or to give its money back.
    OweBill,
    /// What was owed at the provider no longer is; drop its duty.
    DropBillDuty,
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
    /// Closed: no money was taken and none ever is; what a provider should get nevertheless, it gives back.
    Closed,
    /// Paid: the close came too late.
    Paid,
    /// The outcome of an attempt, or of the payment at a provider, is not known yet; ask again.
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
        Event::OpenBill => bill::open(pay_order),
        Event::BillOpened => bill::opened(pay_order),
        Event::BillPaid(amount) => bill::paid(pay_order, amount),
        Event::BillClosed => bill::closed(pay_order),
        Event::BillReturned => bill::refunded(pay_order),
    }
}

fn press(pay_order: &PayOrder, attempt: AttemptId, now: Ms) -> Result<Decision, Refusal> {
    match pay_order.state {
        State::Success { .. } => Err(Refusal::Paid),
        State::Closed | State::Waiting { in_flight: None, closing: true } => Err(Refusal::Closed),
        State::Waiting { in_flight: Some(other), .. } if !mutants::on(Mutant::TwoAttemptsAtOnce) => {
            Err(Refusal::InFlight(other))
        }
        State::Waiting { .. } if pay_order.is_closing() => Err(Refusal::Closed),
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
    let mut decision = decided(pay_order, pay_order.state, vec![Effect::EndAttempt(attempt, None)]);
    publish_success(&mut decision);
    bill::part(&mut decision);
    Ok(decision)
}

fn failed(pay_order: &PayOrder, attempt: AttemptId, failure: Failure) -> Result<Decision, Refusal> {
    let closing = require_in_flight(pay_order, attempt)?;
    let closing = closing && !mutants::on(Mutant::NewAttemptWhileClosing);
    let mut decision = decided(pay_order, State::fresh(), vec![Effect::EndAttempt(attempt, Some(failure))]);
    match pay_order.bill {
        Bill::Paid => publish_success(&mut decision),
        // Closing goes on where the bill is.
        _ if closing && !pay_order.bill.is_live() => decision.pay_order.state = State::Closed,
        _ => {}
    }
    Ok(decision)
}

fn ask_close(pay_order: &PayOrder) -> Result<Decision, Refusal> {
    match pay_order.state {
        State::Closed => Err(Refusal::Already),
        State::Success { .. } => Err(Refusal::Paid),
        State::Waiting { in_flight: None, .. } if pay_order.bill.is_live() => close_bill_first(pay_order),
        State::Waiting { in_flight: None, .. } => Ok(decided(pay_order, State::Closed, vec![])),
        State::Waiting { in_flight: Some(attempt), closing: true } => Err(Refusal::InFlight(attempt)),
        State::Waiting { in_flight: Some(attempt), closing: false } => {
            let state = State::Waiting { in_flight: Some(attempt), closing: true };
            let mut decision = decided(pay_order, state, vec![Effect::ResolveNow(attempt)]);
            if pay_order.bill.is_live() {
                bill::part(&mut decision);
            }
            Ok(decision)
        }
    }
}

fn close_bill_first(pay_order: &PayOrder) -> Result<Decision, Refusal> {
    if pay_order.is_closing() {
        return Err(Refusal::Already);
    }
    let mut decision = decided(pay_order, pay_order.state, vec![]);
    bill::part(&mut decision);
    Ok(decision)
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
        State::Success { .. } => Err(Refusal::Paid),
        State::Closed => Err(Refusal::Closed),
        State::Waiting { .. } if pay_order.is_closing() => Err(Refusal::Closed),
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

/// The pay order is paid, and `trade` hears of it.
pub(super) fn publish_success(decision: &mut Decision) {
    decision.pay_order.state = State::Success { refund: Refund::None };
    decision.effects.push(Effect::PublishSuccess);
}

pub(super) fn decided(before: &PayOrder, state: State, effects: Vec<Effect>) -> Decision {
    Decision { pay_order: PayOrder { state, ..before.clone() }, effects }
}
