//! What staff did, as it is written down and looked at; and what the wallet knows of a payment.

use clock::Ms;
use engine::{IdempotencyKey, Once};
use model::wallet::Outcome;
use model::{AttemptId, Cents, UserId};
use serde::{Deserialize, Serialize};

use crate::config::TEXT_MAX;
use crate::store::By;
use crate::{Error, Service};

/// Something staff did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its number, rising.
    pub id: i64,
    /// When.
    pub at: Ms,
    /// Who; 0 for the program itself.
    pub by: UserId,
    /// To which account; 0 if to none.
    pub user: UserId,
    /// What, such as `freeze`, `credit`, or what an operator did: `dead.replay trade 12`.
    pub action: String,
    /// Why.
    pub reason: String,
}

/// An operator's deed was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted;

/// How an attempt was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The attempt.
    pub attempt: AttemptId,
    /// Whose wallet.
    pub user: UserId,
    /// How much was asked for; 0 in a void.
    pub amount: Cents,
    /// How.
    pub outcome: Outcome,
    /// When.
    pub at: Ms,
}

/// What the wallets know of one pay order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Money {
    /// Attempts, in the order of their ids.
    pub debits: Vec<Decided>,
    /// How much went back, and when.
    pub refund: Option<(Cents, Ms)>,
}

impl Service {
    /// Writes down what an operator is about to do. Once a key.
    pub async fn note(&self, action: String, by: By, key: Option<IdempotencyKey>) -> Result<(), Error> {
        let fits = |text: &str| (1..=TEXT_MAX).contains(&text.trim().chars().count()) && !text.contains('\0');
        if !fits(&action) || !fits(&by.reason) {
            return Err(Error::Rule(
                "bad_record",
                "Say what is done and why, in 1 to 200 characters each.",
                "请分别用 1 至 200 个字符说明操作和原因。",
            ));
        }
        match self.store.note(action, by, key).await? {
            Once::Outcome(Noted) => Ok(()),
            Once::OtherBody => Err(Error::OtherBody),
        }
    }
}
