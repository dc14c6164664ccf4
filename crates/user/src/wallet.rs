//! The wallet as `pay` sees it.

use api::calls::{Address, Answer, Debit, NoAnswer, RefundRequest, SettleDebit, Users};
use async_trait::async_trait;
use auth::password::{Attempt, Password, Refused, Stored};
use model::pay_order::Failure;
use model::wallet::Outcome;
use model::{AddressId, UserId};

use crate::Service;
use crate::login::unreadable;
use crate::store::{CheckedDebit, User};

#[async_trait]
impl Users for Service {
    async fn address(&self, user: UserId, id: AddressId) -> Answer<Option<Address>> {
        let addresses = self.store.addresses(user).await.map_err(no_answer)?;
        Ok(addresses.into_iter().find(|address| address.id == id))
    }

    async fn debit(&self, debit: Debit) -> Answer<Outcome> {
        if let Some(outcome) = self.store.decided(debit.pay_order, debit.attempt).await.map_err(no_answer)? {
            return Ok(outcome);
        }
        let user = self.store.by_id(debit.user).await.map_err(no_answer)?;
        let refused = self.look_at_password(&debit, user.as_ref()).await?;
        let Debit { attempt, pay_order, user, amount, .. } = debit;
        let checked = CheckedDebit { attempt, pay_order, user, amount, refused, at: self.now() };
        let outcome = self.store.debit(checked).await.map_err(no_answer)?;
        metrics::counter!("sandglass_debits_total", "outcome" => name(outcome)).increment(1);
        Ok(outcome)
    }

    async fn settle_debits(&self, attempts: Vec<SettleDebit>) -> Answer<Vec<Outcome>> {
        self.store.settle_debits(attempts, self.now()).await.map_err(no_answer)
    }

    async fn refund(&self, refunds: Vec<RefundRequest>) -> Answer<()> {
        self.store.refund(refunds, self.now()).await.map_err(no_answer)
    }
}

impl Service {
    /// `None` if the password is right. Too busy to check is no answer: the attempt stays undecided.
    async fn look_at_password(&self, debit: &Debit, user: Option<&User>) -> Answer<Option<Failure>> {
        let Some(user) = user else { return Ok(None) };
        let account = user.username.to_lowercase();
        let password = Password::new(debit.password.clone());
        let attempt = Attempt { account: &account, from: debit.from, password: &password };
        let stored = Stored { user: user.id.0, hash: &user.password };
        match self.passwords.check(attempt, Some(stored), self.now()).await {
            Ok(_) => Ok(None),
            Err(Refused::Wrong) => Ok(Some(Failure::WrongPassword)),
            Err(Refused::Unreadable) => {
                unreadable(user);
                Ok(Some(Failure::WrongPassword))
            }
            Err(Refused::TooMany(_)) => Ok(Some(Failure::TooManyTries)),
            Err(Refused::Busy(_)) => Err(NoAnswer::from("user", "too many passwords are being checked")),
        }
    }
}

fn no_answer(error: engine::Error) -> NoAnswer {
    NoAnswer::from("user", error)
}

fn name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Debited => "debited",
        Outcome::Refused(Failure::WrongPassword) => "wrongPassword",
        Outcome::Refused(Failure::TooManyTries) => "tooManyTries",
        Outcome::Refused(Failure::NotEnough) => "notEnough",
        Outcome::Refused(Failure::Frozen) => "frozen",
        Outcome::Refused(Failure::UnknownUser) => "unknownUser",
        Outcome::Refused(Failure::Voided) => "voided",
    }
}
