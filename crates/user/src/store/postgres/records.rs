//! What staff did, and what the wallets know of a payment.

use async_trait::async_trait;
use clock::Ms;
use engine::postgres::{Batch, Conn, Keys, Row, Tx};
use engine::{IdempotencyKey, Once, Result};
use model::{AttemptId, Cents, PayOrderId, UserId};

use super::staff::record;
use crate::records::{Decided, Money, Noted, Record};
use crate::store::{By, codec};

pub(super) async fn page(conn: &Conn, before: i64, limit: u64) -> Result<Vec<Record>> {
    let sql = "SELECT id, at, by_user, user_id, action, reason FROM user_records
               WHERE id < $1 ORDER BY id DESC LIMIT $2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    conn.query(sql, &[&before, &limit]).await?.iter().map(one).collect()
}

fn one(row: &Row) -> Result<Record> {
    Ok(Record {
        id: row.try_get(0)?,
        at: Ms(row.try_get(1)?),
        by: UserId::from_i64(row.try_get(2)?),
        user: UserId::from_i64(row.try_get(3)?),
        action: row.try_get(4)?,
        reason: row.try_get(5)?,
    })
}

pub(super) async fn money(conn: &Conn, pay_order: PayOrderId) -> Result<Money> {
    let sql = "SELECT attempt, user_id, amount, outcome, at FROM user_debits WHERE pay_order = $1 ORDER BY attempt LIMIT 200";
    let debits = conn.query(sql, &[&pay_order.as_i64()]).await?.iter().map(decided).collect::<Result<_>>()?;
    let sql = "SELECT amount, at FROM user_refunds WHERE pay_order = $1";
    let refund = conn.query_opt(sql, &[&pay_order.as_i64()]).await?;
    let refund = refund.map(|row| Ok::<_, engine::Error>((Cents(row.try_get(0)?), Ms(row.try_get(1)?))));
    Ok(Money { debits, refund: refund.transpose()? })
}

fn decided(row: &Row) -> Result<Decided> {
    let attempt = AttemptId::from_i64(row.try_get(0)?);
    Ok(Decided {
        attempt,
        user: UserId::from_i64(row.try_get(1)?),
        amount: Cents(row.try_get(2)?),
        outcome: codec::outcome(attempt, row.try_get::<_, i16>(3)?.into())?,
        at: Ms(row.try_get(4)?),
    })
}

/// What an operator is about to do.
pub(super) struct Note {
    pub(super) action: String,
    pub(super) by: By,
    pub(super) key: Option<IdempotencyKey>,
}

/// Writes it down.
pub(super) struct Notes(pub(super) Keys);

#[async_trait]
impl Batch for Notes {
    type Request = Note;
    type Answer = Once<Noted>;

    async fn run(&self, tx: &mut Tx<'_>, asked: &[Note]) -> Result<Vec<Once<Noted>>> {
        let mut keys = self.0.load(tx, asked.iter().map(|note| note.key.as_ref())).await?;
        let mut answers = Vec::with_capacity(asked.len());
        for note in asked {
            answers.push(keys.once(note.key.as_ref(), note.by.at, || {
                record(tx, UserId(0), &note.action, &note.by);
                Ok(Noted)
            })?);
        }
        self.0.save(tx, keys);
        Ok(answers)
    }
}
