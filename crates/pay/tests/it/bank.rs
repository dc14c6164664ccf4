//! A wallet that can be told to be silent, slow or down, and that counts all money it moves.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::calls::{Address, Answer, Debit, NoAnswer, RefundRequest, SettleDebit, Users};
use async_trait::async_trait;
use model::pay_order::Failure;
use model::wallet::{self, Outcome, Wallet};
use model::{AddressId, AttemptId, Cents, PayOrderId, UserId};
use parking_lot::Mutex;
use tokio::sync::oneshot;

pub(crate) const PASSWORD: &str = "123";
pub(crate) const RICH: Cents = Cents(1_000_000);

/// How the next debit goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Decided and answered.
    #[default]
    Prompt,
    /// It never arrives.
    LostOnTheWay,
    /// Decided, but the answer is lost.
    AnswerLost,
    /// Kept until [`Bank::deliver_late`]; nothing is answered before.
    Late,
}

#[derive(Default)]
struct State {
    mood: Mood,
    down: bool,
    frozen: bool,
    balance: BTreeMap<UserId, Cents>,
    decided: BTreeMap<AttemptId, Outcome>,
    debits: Vec<PayOrderId>,
    refunds: Vec<PayOrderId>,
    asked: usize,
    late: Vec<(Debit, oneshot::Sender<Outcome>)>,
}

#[derive(Clone, Default)]
pub(crate) struct Bank(Arc<Mutex<State>>);

impl Bank {
    pub(crate) fn feel(&self, mood: Mood) {
        self.0.lock().mood = mood;
    }

    pub(crate) fn set_down(&self, down: bool) {
        self.0.lock().down = down;
    }

    pub(crate) fn freeze(&self) {
        self.0.lock().frozen = true;
    }

    pub(crate) fn set_balance(&self, user: UserId, balance: Cents) {
        self.0.lock().balance.insert(user, balance);
    }

    pub(crate) fn balance(&self, user: UserId) -> Cents {
        self.0.lock().balance.get(&user).copied().unwrap_or(RICH)
    }

    /// How often money was taken for `pay_order`.
    pub(crate) fn debits(&self, pay_order: PayOrderId) -> usize {
        self.0.lock().debits.iter().filter(|debit| **debit == pay_order).count()
    }

    /// How often it was given back.
    pub(crate) fn refunds(&self, pay_order: PayOrderId) -> usize {
        self.0.lock().refunds.iter().filter(|refund| **refund == pay_order).count()
    }

    /// How many debits were asked for.
    pub(crate) fn asked(&self) -> usize {
        self.0.lock().asked
    }

    /// How many debits are on their way.
    pub(crate) fn late(&self) -> usize {
        self.0.lock().late.len()
    }

    /// How many of these somebody waits for.
    pub(crate) fn awaited(&self) -> usize {
        self.0.lock().late.iter().filter(|(_, answer)| !answer.is_closed()).count()
    }

    /// The debits on their way arrive, whether or not somebody still waits for their answer.
    pub(crate) fn deliver_late(&self) {
        let mut state = self.0.lock();
        for (debit, answer) in std::mem::take(&mut state.late) {
            let _ = answer.send(state.debit(&debit));
        }
    }
}

impl State {
    fn debit(&mut self, debit: &Debit) -> Outcome {
        if let Some(known) = self.decided.get(&debit.attempt) {
            return *known;
        }
        let balance = self.balance.get(&debit.user).copied().unwrap_or(RICH);
        let purse = Wallet { balance, frozen: self.frozen };
        let outcome = wallet::debit(Some(purse), debit.amount, debit.password == PASSWORD);
        if outcome == Outcome::Debited {
            self.balance.insert(debit.user, balance.minus(debit.amount).unwrap());
            self.debits.push(debit.pay_order);
        }
        self.decided.insert(debit.attempt, outcome);
        outcome
    }

    fn answering(&self) -> Answer<()> {
        if self.down { Err(silence()) } else { Ok(()) }
    }
}

fn silence() -> NoAnswer {
    NoAnswer::from("user", "it is silent")
}

#[async_trait]
impl Users for Bank {
    async fn address(&self, _: UserId, _: AddressId) -> Answer<Option<Address>> {
        Err(silence())
    }

    async fn debit(&self, debit: Debit) -> Answer<Outcome> {
        let answer = {
            let mut state = self.0.lock();
            state.asked += 1;
            state.answering()?;
            match state.mood {
                Mood::Prompt => return Ok(state.debit(&debit)),
                Mood::LostOnTheWay => return Err(silence()),
                Mood::AnswerLost => {
                    state.debit(&debit);
                    return Err(silence());
                }
                Mood::Late => {
                    let (sender, receiver) = oneshot::channel();
                    state.late.push((debit, sender));
                    receiver
                }
            }
        };
        answer.await.map_err(|_| silence())
    }

    async fn settle_debits(&self, attempts: Vec<SettleDebit>) -> Answer<Vec<Outcome>> {
        let mut state = self.0.lock();
        state.answering()?;
        let voided = Outcome::Refused(Failure::Voided);
        Ok(attempts.iter().map(|ask| *state.decided.entry(ask.attempt).or_insert(voided)).collect())
    }

    async fn refund(&self, refunds: Vec<RefundRequest>) -> Answer<()> {
        let mut state = self.0.lock();
        state.answering()?;
        for refund in refunds {
            if !state.refunds.contains(&refund.pay_order) {
                state.refunds.push(refund.pay_order);
                let balance = state.balance.get(&refund.user).copied().unwrap_or(RICH);
                state.balance.insert(refund.user, balance.plus(refund.amount).unwrap());
            }
        }
        Ok(())
    }
}
