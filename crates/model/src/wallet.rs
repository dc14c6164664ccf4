//! The wallet's side of a payment: one record per attempt, decided once, for ever.

use crate::{Cents, pay_order::Failure};

/// How a debit attempt ended; recorded under the attempt's id, so that a late duplicate hears the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The money was taken.
    Debited,
    /// It was not; [`Failure::Voided`] if it was settled before any debit was seen.
    Refused(Failure),
}

impl Outcome {
    /// The code stored in the database; 0 is debited.
    pub fn code(self) -> i64 {
        match self {
            Outcome::Debited => 0,
            Outcome::Refused(failure) => 1 + failure as i64,
        }
    }

    /// From the code stored in the database.
    pub fn from_code(code: i64) -> Option<Self> {
        const REFUSED: [Failure; 6] = [
            Failure::WrongPassword,
            Failure::NotEnough,
            Failure::Frozen,
            Failure::UnknownUser,
            Failure::Voided,
            Failure::TooManyTries,
        ];
        match usize::try_from(code).ok()? {
            0 => Some(Outcome::Debited),
            refused => REFUSED.get(refused - 1).copied().map(Outcome::Refused),
        }
    }
}

/// What the wallet knows when a debit is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wallet {
    /// What can be spent.
    pub balance: Cents,
    /// Frozen accounts pay nothing.
    pub frozen: bool,
}

/// Decides a debit that was not decided before. `wallet` is `None` for an unknown user.
pub fn debit(wallet: Option<Wallet>, amount: Cents, password_right: bool) -> Outcome {
    match wallet {
        None => Outcome::Refused(Failure::UnknownUser),
        Some(Wallet { frozen: true, .. }) => Outcome::Refused(Failure::Frozen),
        Some(_) if !password_right => Outcome::Refused(Failure::WrongPassword),
        Some(Wallet { balance, .. }) if balance < amount => Outcome::Refused(Failure::NotEnough),
        Some(_) => Outcome::Debited,
    }
}
