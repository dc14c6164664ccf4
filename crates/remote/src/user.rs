//! `user` in another process.

use std::net::IpAddr;
use std::sync::Arc;

use api::calls::{
    Address, Answer, BATCH_MAX, BadOutcome, Debit, OutcomeBody, RefundAnswer, RefundRequest, SettleDebit,
    Users,
};
use async_trait::async_trait;
use model::wallet::Outcome;
use model::{AddressId, AttemptId, Cents, PayOrderId, UserId};
use serde::Serialize;

use crate::caller::Caller;

/// Asks `user`. Clones share connections and breakers.
#[derive(Clone)]
pub struct UserClient(pub(crate) Arc<Caller>);

/// A debit on the wire. It holds a password: no `Debug`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DebitBody<'a> {
    attempt_id: AttemptId,
    pay_order_no: PayOrderId,
    user_id: UserId,
    amount: Cents,
    password: &'a str,
    from: IpAddr,
}

impl<'a> DebitBody<'a> {
    fn of(debit: &'a Debit) -> Self {
        Self {
            attempt_id: debit.attempt,
            pay_order_no: debit.pay_order,
            user_id: debit.user,
            amount: debit.amount,
            password: &debit.password,
            from: debit.from,
        }
    }
}

#[async_trait]
impl Users for UserClient {
    /// May be repeated: it changes nothing.
    async fn address(&self, user: UserId, id: AddressId) -> Answer<Option<Address>> {
        let address: Option<Address> = self.0.get(format!("/users/{user}/addresses/{id}")).await?;
        match address {
            Some(other) if other.id != id => Err(self.0.none("it answered what was not asked")),
            address => Ok(address),
        }
    }

    /// May be repeated: a debit is keyed by its attempt, and its outcome is recorded once, for ever.
    async fn debit(&self, debit: Debit) -> Answer<Outcome> {
        let body: OutcomeBody = self.0.post("/wallet/debits".into(), &DebitBody::of(&debit)).await?;
        body.try_into().map_err(|bad: BadOutcome| self.0.none(bad))
    }

    /// May be repeated: an attempt is decided once, for ever.
    async fn settle_debits(&self, attempts: Vec<SettleDebit>) -> Answer<Vec<Outcome>> {
        let mut all = Vec::with_capacity(attempts.len());
        for some in attempts.chunks(BATCH_MAX) {
            let bodies: Vec<OutcomeBody> = self.0.batch("/wallet/debits/settle", &some, some.len()).await?;
            let outcomes: Result<Vec<Outcome>, _> = bodies.into_iter().map(Outcome::try_from).collect();
            all.extend(outcomes.map_err(|bad| self.0.none(bad))?);
        }
        Ok(all)
    }

    /// May be repeated: there is one refund a pay order.
    async fn refund(&self, refunds: Vec<RefundRequest>) -> Answer<()> {
        for some in refunds.chunks(BATCH_MAX) {
            let answers: Vec<RefundAnswer> = self.0.batch("/wallet/refunds/batch", &some, some.len()).await?;
            if answers.iter().any(|answer| *answer != RefundAnswer::Refunded) {
                return Err(self.0.none("not all of the money is back yet"));
            }
        }
        Ok(())
    }
}
