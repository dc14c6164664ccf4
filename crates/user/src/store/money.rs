//! What is done with money, decided once for every engine.

use api::calls::{RefundRequest, SettleDebit};
use clock::Ms;
use model::pay_order::Failure;
use model::wallet::{self, Outcome, Wallet};
use model::{Cents, PayOrderId, UserId};

use super::{By, CheckedDebit, Credited, EntryKind};

/// The most a credit may fill a wallet to, in cents. Far from what an integer holds, so that refunds on top of a
/// full wallet, and sums over all wallets, always fit.
const BALANCE_MAX: Cents = Cents(1_000_000_000_000_000);

/// One movement to be written.
pub(super) struct Movement<'a> {
    pub(super) user: UserId,
    pub(super) kind: EntryKind,
    pub(super) amount: Cents,
    pub(super) pay_order: Option<PayOrderId>,
    pub(super) by: UserId,
    pub(super) reason: &'a str,
    pub(super) at: Ms,
}

impl<'a> Movement<'a> {
    pub(super) fn credit(user: UserId, amount: Cents, by: &'a By) -> Self {
        let (kind, pay_order) = (EntryKind::Credit, None);
        Self { user, kind, amount, pay_order, by: by.user, reason: &by.reason, at: by.at }
    }

    pub(super) fn debit(debit: &CheckedDebit) -> Self {
        Self {
            user: debit.user,
            kind: EntryKind::Debit,
            amount: debit.amount,
            pay_order: Some(debit.pay_order),
            by: debit.user,
            reason: "",
            at: debit.at,
        }
    }

    pub(super) fn refund(refund: &Refund) -> Self {
        Self {
            user: refund.user,
            kind: EntryKind::Refund,
            amount: refund.amount,
            pay_order: Some(refund.pay_order),
            by: UserId(0),
            reason: "",
            at: refund.at,
        }
    }

    /// What it adds to the balance.
    pub(super) fn signed(&self) -> Cents {
        match self.kind {
            EntryKind::Debit => Cents(self.amount.0.saturating_neg()),
            EntryKind::Credit | EntryKind::Refund => self.amount,
        }
    }
}

/// Whether `amount` may be put into a wallet; `None` is that of an unknown user.
pub(super) fn may_credit(wallet: Option<Wallet>, amount: Cents) -> Result<(), Credited> {
    let Some(wallet) = wallet else { return Err(Credited::UnknownUser) };
    match wallet.balance.plus(amount) {
        Some(balance) if balance <= BALANCE_MAX => Ok(()),
        _ => Err(Credited::TooLarge),
    }
}

/// Decides a debit nobody has decided. `live` is whether its pay order has been debited already: `pay` never starts
/// a second attempt while one is live; should it, the second finds the door shut.
pub(super) fn decide(live: bool, wallet: Option<Wallet>, debit: &CheckedDebit) -> Outcome {
    if live {
        return Outcome::Refused(Failure::Voided);
    }
    match (wallet::debit(wallet, debit.amount, debit.refused.is_none()), debit.refused) {
        (Outcome::Refused(Failure::WrongPassword), Some(failure)) => Outcome::Refused(failure),
        (outcome, _) => outcome,
    }
}

/// The debit that voids an attempt nobody saw, which refuses the real one should it still come.
pub(super) fn void(attempt: &SettleDebit, at: Ms) -> (CheckedDebit, Outcome) {
    let SettleDebit { attempt, pay_order, user } = *attempt;
    let debit = CheckedDebit { attempt, pay_order, user, amount: Cents::ZERO, refused: None, at };
    (debit, Outcome::Refused(Failure::Voided))
}

/// Money that goes back.
#[derive(Clone, Copy)]
pub(super) struct Refund {
    pub(super) pay_order: PayOrderId,
    pub(super) user: UserId,
    pub(super) amount: Cents,
    pub(super) at: Ms,
}

/// What goes back of a live debit: no more than was taken, to whom it was debited, never to another whom the request
/// names. A refund of something never debited does nothing and is logged.
pub(super) fn refund(debited: Option<(UserId, Cents)>, asked: &RefundRequest, at: Ms) -> Option<Refund> {
    let Some((user, debited)) = debited else {
        tracing::error!(pay_order = asked.pay_order.0, "a refund was asked for what was never debited");
        return None;
    };
    Some(Refund { pay_order: asked.pay_order, user, amount: debited.min(asked.amount), at })
}
