//! Transitions that people ask for: buyers for their own orders, staff for any.

use engine::IdempotencyKey;
use model::order::{CloseReason, Event, Order, Refusal, State, Wake};
use model::{Actor, Cause, OrderId};

use crate::Service;
use crate::drive::Driven;
use crate::store::{Change, Detail, Keyed, Ruling};

/// Why a transition did not happen.
#[derive(Debug)]
pub enum Failure {
    /// There is no such order.
    Unknown,
    /// The order, being in this state, does not allow it.
    Refused(Refusal, State),
    /// The idempotency key was used for another request.
    OtherBody,
    /// The storage failed.
    Storage(engine::Error),
}

impl From<engine::Error> for Failure {
    fn from(error: engine::Error) -> Self {
        Failure::Storage(error)
    }
}

/// How far a wish to close has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// The order is closed.
    Closed,
    /// It is asked for; `pay` will decide.
    Asked,
    /// It was paid instead.
    Paid,
}

impl Service {
    /// Asks for the close of an unpaid order and does what it takes.
    pub async fn close(
        &self,
        order: OrderId,
        reason: CloseReason,
        cause: Cause,
        key: Option<IdempotencyKey>,
    ) -> Result<Close, Failure> {
        let actor = cause.actor;
        let asked =
            self.transition(order, Event::AskClose { reason, actor }, cause.clone(), Detail::None, key).await;
        match asked {
            Ok(()) => {}
            Err(Failure::Refused(Refusal::WrongState(state), _)) if state != State::Placing => {
                return Ok(outcome(state));
            }
            Err(failure) => return Err(failure),
        }
        let driven = self.in_story(order, self.drive(&[order], Wake::Due, &cause, false)).await?;
        Ok(match driven.first() {
            Some(Driven::AtRest(order)) => outcome(order.state),
            _ => self.outcome_so_far(order).await?,
        })
    }

    /// The stock may not be settled yet, but the close itself is decided.
    async fn outcome_so_far(&self, id: OrderId) -> Result<Close, Failure> {
        Ok(self.store.find(id).await?.map_or(Close::Asked, |row| outcome(row.order.state)))
    }

    /// Asks for the refund of a paid order and does what it takes; answers the order as it is then.
    pub async fn refund(
        &self,
        order: OrderId,
        cause: Cause,
        key: Option<IdempotencyKey>,
    ) -> Result<Order, Failure> {
        self.transition(order, Event::AskRefund, cause.clone(), Detail::None, key).await?;
        self.in_story(order, self.drive(&[order], Wake::Due, &cause, false)).await?;
        self.store.find(order).await?.map(|row| row.order).ok_or(Failure::Unknown)
    }

    /// Applies one event. That it happened already is fine. Under a key the first ruling stands, whatever has
    /// become of the order since.
    pub async fn transition(
        &self,
        order: OrderId,
        event: Event,
        cause: Cause,
        detail: Detail,
        key: Option<IdempotencyKey>,
    ) -> Result<(), Failure> {
        let change = Change { order, event, cause, carried: false, detail };
        match self.rule(change, key).await? {
            Some(Ruling::Done) => Ok(()),
            Some(Ruling::Refused(refusal, state)) => Err(Failure::Refused(refusal, state)),
            Some(Ruling::Unknown) => Err(Failure::Unknown),
            None => Err(engine::Error::corrupt("trade_orders", order).into()),
        }
    }

    /// The ruling on `change`; `None` if the order's row makes no sense.
    async fn rule(&self, change: Change, key: Option<IdempotencyKey>) -> Result<Option<Ruling>, Failure> {
        let Some(key) = key else {
            let applied = self.apply(vec![change]).await?;
            return Ok(applied.first().and_then(Ruling::on));
        };
        match self.apply_once(change, key).await? {
            Keyed::Now(applied) => Ok(Ruling::on(&applied)),
            Keyed::Before(ruling) => Ok(Some(ruling)),
            Keyed::OtherBody => Err(Failure::OtherBody),
        }
    }
}

fn outcome(state: State) -> Close {
    match state {
        State::Closed => Close::Closed,
        State::Unpaid => Close::Asked,
        _ => Close::Paid,
    }
}

/// The cause of something a user did.
pub(crate) fn by(actor: Actor, user: u64, note: String, trace: String) -> Cause {
    Cause { actor, by: user, note, trace }
}
