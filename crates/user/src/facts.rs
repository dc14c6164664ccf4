//! What the auditor may know of wallets: pages of facts from one snapshot.

pub mod postgres;

use audit::facts::{EntryKind, MoneyFact, MoneyKind, WalletEntryFact, WalletFact};
use engine::{Error, Result};
use model::wallet::Outcome;
use model::{Cents, Ms, PayOrderId, UserId};
use rusqlite::Connection;

/// Refunds come after every attempt of their pay order.
const REFUND_SEQ: i64 = i64::MAX;

/// Wallets by user: above `after`, ascending, at most `limit`.
pub fn wallets(connection: &Connection, after: UserId, limit: usize) -> Result<Vec<WalletFact>> {
    let sql = "SELECT id, balance FROM user_users WHERE id > ?1 ORDER BY id LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map((after.as_i64(), limit), |row| {
        Ok(WalletFact { user: UserId::from_i64(row.get(0)?), balance: Cents(row.get(1)?) })
    })?;
    rows.map(|row| row.map_err(Error::from)).collect()
}

/// Wallet entries by user and number: above `after`, ascending, at most `limit`.
pub fn entries(connection: &Connection, after: (UserId, u64), limit: usize) -> Result<Vec<WalletEntryFact>> {
    let sql = "SELECT user_id, seq, kind, amount FROM user_entries
               WHERE (user_id, seq) > (?1, ?2) ORDER BY user_id, seq LIMIT ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((after.0.as_i64(), after.1.cast_signed(), limit))?;
    let mut facts = Vec::new();
    while let Some(row) = rows.next()? {
        let user = UserId::from_i64(row.get(0)?);
        let kind = entry_kind(user, row.get(2)?)?;
        let seq = row.get::<_, i64>(1)?.cast_unsigned();
        facts.push(WalletEntryFact { user, seq, kind, amount: Cents(row.get(3)?) });
    }
    Ok(facts)
}

/// Debits and refunds by pay order and number: above `after`, ascending, at most `limit`.
pub fn money(connection: &Connection, after: (PayOrderId, u64), limit: usize) -> Result<Vec<MoneyFact>> {
    let sql = "SELECT pay_order, attempt AS seq, user_id, outcome, amount, at FROM user_debits
               WHERE pay_order >= ?1 AND (pay_order, attempt) > (?1, ?2)
               UNION ALL
               SELECT pay_order, ?3, user_id, NULL, amount, at FROM user_refunds
               WHERE pay_order >= ?1 AND (pay_order, ?3) > (?1, ?2)
               ORDER BY 1, 2 LIMIT ?4";
    let mut statement = connection.prepare_cached(sql)?;
    let position = (after.0.as_i64(), after.1.cast_signed(), REFUND_SEQ, limit);
    let mut rows = statement.query(position)?;
    let mut facts = Vec::new();
    while let Some(row) = rows.next()? {
        let pay_order = PayOrderId::from_i64(row.get(0)?);
        let kind = money_kind(pay_order, row.get(3)?)?;
        facts.push(MoneyFact {
            pay_order,
            seq: row.get::<_, i64>(1)?.cast_unsigned(),
            user: UserId::from_i64(row.get(2)?),
            kind,
            amount: Cents(row.get(4)?),
            at: Ms(row.get(5)?),
        });
    }
    Ok(facts)
}

fn entry_kind(user: UserId, code: i64) -> Result<EntryKind> {
    match code {
        0 => Ok(EntryKind::Credit),
        1 => Ok(EntryKind::Debit),
        2 => Ok(EntryKind::Refund),
        _ => Err(Error::corrupt("user_entries", user)),
    }
}

/// A refund has no outcome.
fn money_kind(pay_order: PayOrderId, outcome: Option<i64>) -> Result<MoneyKind> {
    let Some(code) = outcome else { return Ok(MoneyKind::Refund) };
    let known = Outcome::from_code(code).ok_or_else(|| Error::corrupt("user_debits", pay_order))?;
    Ok(MoneyKind::Debit(known))
}
