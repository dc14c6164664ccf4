//! `user`: a wallet that decides each attempt once and remembers its answer.

use model::pay_order::Failure;
use model::wallet::{Outcome, Wallet, debit};
use model::{AttemptId, Cents};
use mutants::Mutant;

use crate::world::{Account, Msg, World};

/// What is settled before any debit was seen.
const VOIDED: Outcome = Outcome::Refused(Failure::Voided);

impl Account {
    /// What the wallet says of an attempt that it has been asked about.
    pub(crate) fn outcome(&self, attempt: AttemptId) -> Outcome {
        self.outcomes.get(&attempt).copied().unwrap_or(VOIDED)
    }
}

impl World {
    pub(crate) fn wallet_debit(&mut self, attempt: AttemptId, right_password: bool) {
        if !self.wallet.outcomes.contains_key(&attempt) || mutants::on(Mutant::DebitWithoutKey) {
            let wallet = Wallet { balance: self.wallet.balance, frozen: false };
            let outcome = debit(Some(wallet), self.order.total, right_password);
            if outcome == Outcome::Debited {
                self.credit(Cents(-self.order.total.0));
            }
            self.wallet.outcomes.insert(attempt, outcome);
        }
        self.send(Msg::Decided(attempt.0));
    }

    /// Debited or voided; the void refuses the debit that comes later.
    pub(crate) fn wallet_settle(&mut self, attempt: AttemptId) {
        if !mutants::on(Mutant::WalletWithoutVoid) {
            self.wallet.outcomes.entry(attempt).or_insert(VOIDED);
        }
        self.send(Msg::Decided(attempt.0));
    }

    pub(crate) fn wallet_refund(&mut self) {
        if self.wallet.refunds == 0 || mutants::on(Mutant::RefundRepeated) {
            self.wallet.refunds += 1;
            self.credit(self.order.total);
        }
        self.send(Msg::MoneyReturned);
    }

    fn credit(&mut self, amount: Cents) {
        self.wallet.balance = self.wallet.balance.plus(amount).expect("the wallets of this world are small");
    }
}
