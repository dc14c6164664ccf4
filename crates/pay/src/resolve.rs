//! Resolving attempts: the wallet decides them for good, so that none stays in doubt.
//!
//! To *settle* at the wallet is a write: what was debited or refused stays so, and what was never seen is
//! voided, which refuses the debit should it still come. It needs no password.

use api::calls::{NoAnswer, SettleDebit};
use model::AttemptId;
use model::wallet::Outcome;

use crate::error::{Error, Result};
use crate::press::ending;
use crate::record::Attempt;
use crate::store::{Found, Moved, Target};
use crate::{Service, meter};

/// What came of resolving one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolved {
    /// It has ended, now or before.
    Ended,
    /// There is no such attempt.
    Unknown,
    /// Its row, or its pay order's, makes no sense.
    Corrupt,
}

impl Service {
    /// Resolves attempts; answers for each in the same order. At most [`api::calls::BATCH_MAX`] at once.
    pub(crate) async fn resolve(&self, ids: &[AttemptId]) -> Result<Vec<Resolved>> {
        let found = self.store().attempts(ids).await?;
        let open: Vec<Attempt> = found.iter().filter_map(in_flight).collect();
        let mut ends = self.settle(&open).await?.into_iter();
        let resolved = found.iter().map(|attempt| match attempt {
            Found::Some(known) if known.outcome.is_none() => ends.next().unwrap_or(Resolved::Corrupt),
            Found::Some(_) => Resolved::Ended,
            Found::None => Resolved::Unknown,
            Found::Corrupt => Resolved::Corrupt,
        });
        Ok(resolved.collect())
    }

    async fn settle(&self, open: &[Attempt]) -> Result<Vec<Resolved>> {
        if open.is_empty() {
            return Ok(Vec::new());
        }
        let outcomes = self.decided(open).await?;
        let ends = open.iter().zip(&outcomes);
        let moves = ends
            .map(|(attempt, outcome)| (Target::PayOrder(attempt.pay_order), ending(attempt.id, *outcome)));
        let moved = self.store().apply(moves.collect(), self.now()).await?;
        Ok(moved.iter().zip(outcomes).map(|(moved, outcome)| resolved(moved, outcome)).collect())
    }

    /// The wallet's word on each. A word too many or too few is none.
    async fn decided(&self, open: &[Attempt]) -> Result<Vec<Outcome>> {
        let asked = open.iter().map(|attempt| SettleDebit {
            attempt: attempt.id,
            pay_order: attempt.pay_order,
            user: attempt.owner,
        });
        let call = self.parts.users.settle_debits(asked.collect());
        let outcomes = self.within(self.config().call_wait_ms, "user", call).await?;
        if outcomes.len() == open.len() {
            Ok(outcomes)
        } else {
            Err(Error::NoAnswer(NoAnswer::from("user", "it answered another number of attempts than asked")))
        }
    }
}

fn in_flight(found: &Found<Attempt>) -> Option<Attempt> {
    match found {
        Found::Some(attempt) if attempt.outcome.is_none() => Some(**attempt),
        _ => None,
    }
}

/// A refusal means that somebody else recorded the end meanwhile.
fn resolved(moved: &Moved, outcome: Outcome) -> Resolved {
    match moved {
        Moved::Done(_) => {
            meter::attempt_ended(outcome);
            Resolved::Ended
        }
        Moved::Refused(..) => Resolved::Ended,
        Moved::Missing | Moved::Corrupt => Resolved::Corrupt,
    }
}
