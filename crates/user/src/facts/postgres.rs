//! The same facts on PostgreSQL. The connection is the auditor's: in the midst of a snapshot, and in no schema.

use audit::facts::{MoneyFact, WalletEntryFact, WalletFact};
use engine::Result;
use engine::postgres::{Conn, Row};
use model::{Cents, Ms, PayOrderId, UserId};

use super::{REFUND_SEQ, entry_kind, money_kind};

/// Where the tables are. Quoted: without, it is a word of SQL.
const SCHEMA: &str = r#""user""#;

/// Wallets by user: above `after`, ascending, at most `limit`.
pub async fn wallets(conn: &Conn, after: UserId, limit: usize) -> Result<Vec<WalletFact>> {
    let sql = format!("SELECT id, balance FROM {SCHEMA}.user_users WHERE id > $1 ORDER BY id LIMIT $2");
    let rows = conn.query(&sql, &[&after.as_i64(), &bounded(limit)]).await?;
    let fact = |row: &Row| {
        Ok(WalletFact { user: UserId::from_i64(row.try_get(0)?), balance: Cents(row.try_get(1)?) })
    };
    rows.iter().map(fact).collect()
}

/// Wallet entries by user and number: above `after`, ascending, at most `limit`.
pub async fn entries(conn: &Conn, after: (UserId, u64), limit: usize) -> Result<Vec<WalletEntryFact>> {
    let sql = format!(
        "SELECT user_id, seq, kind, amount FROM {SCHEMA}.user_entries
         WHERE (user_id, seq) > ($1, $2) ORDER BY user_id, seq LIMIT $3"
    );
    let position = (after.0.as_i64(), after.1.cast_signed());
    let rows = conn.query(&sql, &[&position.0, &position.1, &bounded(limit)]).await?;
    rows.iter().map(entry).collect()
}

fn entry(row: &Row) -> Result<WalletEntryFact> {
    let user = UserId::from_i64(row.try_get(0)?);
    Ok(WalletEntryFact {
        user,
        seq: row.try_get::<_, i64>(1)?.cast_unsigned(),
        kind: entry_kind(user, row.try_get::<_, i16>(2)?.into())?,
        amount: Cents(row.try_get(3)?),
    })
}

/// Debits and refunds by pay order and number: above `after`, ascending, at most `limit`.
pub async fn money(conn: &Conn, after: (PayOrderId, u64), limit: usize) -> Result<Vec<MoneyFact>> {
    let sql = format!(
        "(SELECT pay_order, attempt AS seq, user_id, outcome, amount, at FROM {SCHEMA}.user_debits
          WHERE (pay_order, attempt) > ($1, $2) ORDER BY pay_order, attempt LIMIT $4)
         UNION ALL
         (SELECT pay_order, $3::bigint, user_id, NULL, amount, at FROM {SCHEMA}.user_refunds
          WHERE pay_order >= $1 AND (pay_order, $3::bigint) > ($1, $2) ORDER BY pay_order LIMIT $4)
         ORDER BY pay_order, seq LIMIT $4"
    );
    let position = (after.0.as_i64(), after.1.cast_signed());
    let rows = conn.query(&sql, &[&position.0, &position.1, &REFUND_SEQ, &bounded(limit)]).await?;
    rows.iter().map(moved).collect()
}

fn moved(row: &Row) -> Result<MoneyFact> {
    let pay_order = PayOrderId::from_i64(row.try_get(0)?);
    Ok(MoneyFact {
        pay_order,
        seq: row.try_get::<_, i64>(1)?.cast_unsigned(),
        user: UserId::from_i64(row.try_get(2)?),
        kind: money_kind(pay_order, row.try_get::<_, Option<i16>>(3)?.map(i64::from))?,
        amount: Cents(row.try_get(4)?),
        at: Ms(row.try_get(5)?),
    })
}

fn bounded(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
