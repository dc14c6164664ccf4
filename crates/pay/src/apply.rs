//! Applying to pay: what is to be paid is `trade`'s word, not the client's.

use api::calls::Payable;
use engine::{IdempotencyKey, Once};
use model::{Cents, OrderId, PayOrderId, UserId};
use mutants::Mutant;

use crate::Service;
use crate::bill::Tended;
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
        let at_provider = apply.method.is_at_provider();
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
        let applied = applied(&self.store().open(application, now).await?);
        if let Applied::PayOrder(id) = applied
            && at_provider
        {
            self.make_bill(id).await;
        }
        Ok(applied)
    }

    /// Makes the bill, so that the buyer is told where to pay. If that does not come about now, its duty does it.
    async fn make_bill(&self, id: PayOrderId) {
        match self.tend(&[id]).await.as_deref() {
            Ok([Tended::Away(why)]) => tracing::warn!(pay_order = %id, why, "a bill is not made yet"),
            Ok(_) => {}
            Err(error) => tracing::warn!(pay_order = %id, %error, "a bill is not made yet"),
        }
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
