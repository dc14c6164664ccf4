//! Applying to pay: what is to be paid is `trade`'s word, not the client's.

use api::calls::Payable;
use engine::{IdempotencyKey, Once};
use model::{Cents, OrderId, PayOrderId, UserId};
use mutants::Mutant;

use crate::Service;
use crate::error::Result;
use crate::record::{Method, Terms};
use crate::store::{Application, NotOpened, Opened};

/// A buyer applies to pay an order.
#[derive(Clone, Debug)]
pub struct Apply {
    /// Who.
    pub caller: UserId,
    /// Which order.
    pub order: OrderId,
    /// What they believe it costs.
    pub amount: Cents,
    /// How they want to pay.
    pub method: Method,
    /// The request's key.
    pub key: Option<IdempotencyKey>,
}

/// The answer to an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// The order's pay order.
    PayOrder(PayOrderId),
    /// The order cannot be paid.
    Refused(NotOpened),
    /// There is no such order, or it is somebody else's.
    NotFound,
    /// The key was used for another request.
    OtherBody,
}

impl Service {
    /// Makes the order's pay order, or answers the one it has.
    pub async fn apply(&self, apply: Apply) -> Result<Applied> {
        if let Some(key) = &apply.key
            && let Some(known) = self.store().opened_before(key).await?
        {
            return Ok(applied(&known));
        }
        let payable = self.payable(apply.order).await?;
        let Some(payable) = payable.filter(|payable| payable.owner == apply.caller) else {
            return Ok(Applied::NotFound);
        };
        let now = self.now();
        let application = Application {
            key: apply.key.clone(),
            id: PayOrderId(self.next_id(now)),
            terms: terms(apply, &payable),
        };
        Ok(applied(&self.store().open(application, now).await?))
    }
}

fn terms(apply: Apply, payable: &Payable) -> std::result::Result<Terms, NotOpened> {
    if payable.paid {
        return Err(NotOpened::AlreadyPaid);
    }
    if !payable.open {
        return Err(NotOpened::NotPayable);
    }
    let amount = if mutants::on(Mutant::AmountFromClient) { apply.amount } else { payable.total };
    if amount != apply.amount {
        return Err(NotOpened::AmountMismatch);
    }
    Ok(Terms {
        order: apply.order,
        owner: payable.owner,
        amount,
        deadline: payable.deadline,
        method: apply.method,
        trace: payable.trace.clone(),
    })
}

fn applied(opened: &Once<Opened>) -> Applied {
    match opened {
        Once::Outcome(Opened::PayOrder(id)) => Applied::PayOrder(*id),
        Once::Outcome(Opened::Refused(why)) => Applied::Refused(*why),
        Once::OtherBody => Applied::OtherBody,
    }
}
