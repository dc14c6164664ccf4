//! Deciding attempts for good.

use api::calls::SettleDebit;
use async_trait::async_trait;
use clock::Ms;
use engine::Result;
use engine::postgres::{Batch, Tx};
use model::wallet::Outcome;

use super::debits::Debits;
use crate::store::money;

/// What was decided stays; what nobody saw is voided. A debit of the same attempt that is being written at this moment
/// has the same key: the second of the two is run again and hears what the first decided.
pub(super) struct SettleAll;

#[async_trait]
impl Batch for SettleAll {
    type Request = (SettleDebit, Ms);
    type Answer = Outcome;

    async fn run(&self, tx: &mut Tx<'_>, asked: &[Self::Request]) -> Result<Vec<Outcome>> {
        let mut debits = Debits::load(tx, asked.iter().map(|(attempt, _)| attempt.pay_order)).await?;
        let mut outcomes = Vec::with_capacity(asked.len());
        for (attempt, at) in asked {
            let decided = debits.decided(attempt.pay_order, attempt.attempt);
            outcomes.push(decided.unwrap_or_else(|| {
                let (debit, void) = money::void(attempt, *at);
                debits.record(&debit, void);
                void
            }));
        }
        debits.save(tx);
        Ok(outcomes)
    }
}
