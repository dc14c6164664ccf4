//! What staff did, and what the wallets know of a payment.

use clock::Ms;
use engine::Result;
use model::{AttemptId, Cents, PayOrderId, UserId};
use rusqlite::{Connection, OptionalExtension};

use crate::records::{Decided, Money, Record};
use crate::store::codec;

pub(super) fn page(connection: &Connection, before: i64, limit: u64) -> Result<Vec<Record>> {
    let sql = "SELECT id, at, by_user, user_id, action, reason FROM user_records
               WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map((before, limit), |row| {
        Ok(Record {
            id: row.get(0)?,
            at: Ms(row.get(1)?),
            by: UserId::from_i64(row.get(2)?),
            user: UserId::from_i64(row.get(3)?),
            action: row.get(4)?,
            reason: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn money(connection: &Connection, pay_order: PayOrderId) -> Result<Money> {
    let sql = "SELECT attempt, user_id, amount, outcome, at FROM user_debits WHERE pay_order = ?1 ORDER BY attempt LIMIT 200";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([pay_order.as_i64()])?;
    let mut debits = Vec::new();
    while let Some(row) = rows.next()? {
        let attempt = AttemptId::from_i64(row.get(0)?);
        debits.push(Decided {
            attempt,
            user: UserId::from_i64(row.get(1)?),
            amount: Cents(row.get(2)?),
            outcome: codec::outcome(attempt, row.get(3)?)?,
            at: Ms(row.get(4)?),
        });
    }
    let sql = "SELECT amount, at FROM user_refunds WHERE pay_order = ?1";
    let refund = connection
        .prepare_cached(sql)?
        .query_row([pay_order.as_i64()], |row| Ok((Cents(row.get(0)?), Ms(row.get(1)?))))
        .optional()?;
    Ok(Money { debits, refund })
}
