//! Debits and refunds.

use std::collections::{BTreeMap, BTreeSet};

use api::calls::RefundRequest;
use async_trait::async_trait;
use clock::Ms;
use engine::postgres::{Batch, Tx};
use engine::{Result, params};
use model::wallet::Outcome;
use model::{AttemptId, Cents, PayOrderId, UserId};

use super::wallets::Wallets;
use crate::store::money::{self, Movement, Refund};
use crate::store::{CheckedDebit, codec};

/// What a batch knows of the debits of some pay orders: those in the table, which never change, and those it has
/// decided.
pub(super) struct Debits {
    known: BTreeMap<(PayOrderId, AttemptId), Debit>,
}

struct Debit {
    user: UserId,
    amount: Cents,
    outcome: Outcome,
    /// When, if it was decided just now.
    fresh: Option<Ms>,
}

impl Debits {
    pub(super) async fn load(tx: &Tx<'_>, pay_orders: impl Iterator<Item = PayOrderId>) -> Result<Self> {
        let pay_orders: Vec<i64> = pay_orders.map(PayOrderId::as_i64).collect();
        let sql = "SELECT pay_order, attempt, user_id, amount, outcome FROM user_debits
                   WHERE pay_order = ANY($1)";
        let mut known = BTreeMap::new();
        for row in tx.query(sql, &[&pay_orders]).await? {
            let attempt = AttemptId::from_i64(row.try_get(1)?);
            let debit = Debit {
                user: UserId::from_i64(row.try_get(2)?),
                amount: Cents(row.try_get(3)?),
                outcome: codec::outcome(attempt, row.try_get::<_, i16>(4)?.into())?,
                fresh: None,
            };
            known.insert((PayOrderId::from_i64(row.try_get(0)?), attempt), debit);
        }
        Ok(Self { known })
    }

    pub(super) fn decided(&self, pay_order: PayOrderId, attempt: AttemptId) -> Option<Outcome> {
        self.known.get(&(pay_order, attempt)).map(|debit| debit.outcome)
    }

    /// Whom a pay order's live debit charged, and how much.
    fn live(&self, pay_order: PayOrderId) -> Option<(UserId, Cents)> {
        let all = (pay_order, AttemptId(0))..=(pay_order, AttemptId(u64::MAX));
        let mut debits = self.known.range(all).map(|(_, debit)| debit);
        debits.find(|debit| debit.outcome == Outcome::Debited).map(|debit| (debit.user, debit.amount))
    }

    pub(super) fn record(&mut self, debit: &CheckedDebit, outcome: Outcome) {
        let CheckedDebit { user, amount, at, .. } = *debit;
        let decided = Debit { user, amount, outcome, fresh: Some(at) };
        self.known.insert((debit.pay_order, debit.attempt), decided);
    }

    /// Writes what was decided, in the order of its keys: two batches that meet on some of them wait, and do not
    /// wait for each other.
    pub(super) fn save(self, tx: &mut Tx<'_>) {
        let mut columns: [Vec<i64>; 6] = Default::default();
        for ((pay_order, attempt), debit) in self.known {
            let Some(at) = debit.fresh else { continue };
            let (user, amount) = (debit.user.as_i64(), debit.amount.0);
            let row = [pay_order.as_i64(), attempt.as_i64(), user, amount, debit.outcome.code(), at.0];
            columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        }
        let [pay_orders, attempts, users, amounts, outcomes, at] = columns;
        if pay_orders.is_empty() {
            return;
        }
        let sql = "INSERT INTO user_debits (pay_order, attempt, user_id, amount, outcome, at)
                   SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
                       $6::bigint[])";
        tx.write(sql, params![pay_orders, attempts, users, amounts, outcomes, at]);
    }
}

/// Decides debits; those decided before are answered as they were.
pub(super) struct DebitAll;

#[async_trait]
impl Batch for DebitAll {
    type Request = CheckedDebit;
    type Answer = Outcome;

    async fn run(&self, tx: &mut Tx<'_>, asked: &[CheckedDebit]) -> Result<Vec<Outcome>> {
        let mut wallets = Wallets::lock(tx, asked.iter().map(|debit| debit.user)).await?;
        let mut debits = Debits::load(tx, asked.iter().map(|debit| debit.pay_order)).await?;
        let mut outcomes = Vec::with_capacity(asked.len());
        for debit in asked {
            outcomes.push(match debits.decided(debit.pay_order, debit.attempt) {
                Some(outcome) => outcome,
                None => decide(&mut wallets, &mut debits, debit)?,
            });
        }
        wallets.save(tx);
        debits.save(tx);
        Ok(outcomes)
    }
}

fn decide(wallets: &mut Wallets, debits: &mut Debits, debit: &CheckedDebit) -> Result<Outcome> {
    let live = debits.live(debit.pay_order).is_some();
    let outcome = money::decide(live, wallets.of(debit.user), debit);
    debits.record(debit, outcome);
    if outcome == Outcome::Debited {
        wallets.book(&Movement::debit(debit))?;
    }
    Ok(outcome)
}

/// Gives back what was debited, once.
pub(super) struct RefundAll;

#[async_trait]
impl Batch for RefundAll {
    type Request = (RefundRequest, Ms);
    type Answer = ();

    async fn run(&self, tx: &mut Tx<'_>, asked: &[Self::Request]) -> Result<Vec<()>> {
        let debits = Debits::load(tx, asked.iter().map(|(ask, _)| ask.pay_order)).await?;
        let due = asked.iter().filter_map(|(ask, at)| money::refund(debits.live(ask.pay_order), ask, *at));
        let due: Vec<Refund> = due.collect();
        let mut wallets = Wallets::lock(tx, due.iter().map(|refund| refund.user)).await?;
        // Only now: whoever refunded the same before us held the same user's lock.
        let mut done = refunded(tx, &due).await?;
        let mut fresh = Vec::new();
        for refund in due {
            if done.insert(refund.pay_order) {
                wallets.book(&Movement::refund(&refund))?;
                fresh.push(refund);
            }
        }
        wallets.save(tx);
        save_refunds(tx, fresh);
        Ok(vec![(); asked.len()])
    }
}

async fn refunded(tx: &Tx<'_>, due: &[Refund]) -> Result<BTreeSet<PayOrderId>> {
    let pay_orders: Vec<i64> = due.iter().map(|refund| refund.pay_order.as_i64()).collect();
    let sql = "SELECT pay_order FROM user_refunds WHERE pay_order = ANY($1)";
    let rows = tx.query(sql, &[&pay_orders]).await?;
    rows.iter().map(|row| Ok(PayOrderId::from_i64(row.try_get(0)?))).collect()
}

fn save_refunds(tx: &mut Tx<'_>, mut refunds: Vec<Refund>) {
    if refunds.is_empty() {
        return;
    }
    refunds.sort_by_key(|refund| refund.pay_order);
    let column = |field: fn(&Refund) -> i64| refunds.iter().map(field).collect::<Vec<i64>>();
    let sql = "INSERT INTO user_refunds (pay_order, user_id, amount, at)
               SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])";
    let params = params![
        column(|refund| refund.pay_order.as_i64()),
        column(|refund| refund.user.as_i64()),
        column(|refund| refund.amount.0),
        column(|refund| refund.at.0),
    ];
    tx.write(sql, params);
}
