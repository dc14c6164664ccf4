//! Wallets: the balance moves only together with an entry that says why.

use api::calls::{RefundRequest, SettleDebit};
use clock::Ms;
use engine::Result;
use engine::sqlite::Tx;
use model::wallet::Outcome;
use model::{AttemptId, Cents, PayOrderId, UserId};
use mutants::Mutant;
use rusqlite::{Connection, OptionalExtension, params};

use super::users;
use crate::store::money::{self, Movement};
use crate::store::{By, CheckedDebit, Credited, Entry, codec};

/// Moves money and writes the entry; the caller has seen that user and sum allow it.
fn book(tx: &Tx<'_>, movement: &Movement<'_>) -> Result<Cents> {
    let sql = "UPDATE user_users SET balance = balance + ?2, entries = entries + 1
               WHERE id = ?1 RETURNING balance, entries";
    let (balance, seq): (i64, i64) = tx
        .prepare_cached(sql)?
        .query_row((movement.user.as_i64(), movement.signed().0), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let sql = "INSERT INTO user_entries (user_id, seq, at, kind, amount, balance, pay_order, by_user, reason)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    tx.prepare_cached(sql)?.execute(params![
        movement.user.as_i64(),
        seq,
        movement.at.0,
        codec::kind_code(movement.kind),
        movement.amount.0,
        balance,
        movement.pay_order.map(PayOrderId::as_i64),
        movement.by.as_i64(),
        movement.reason,
    ])?;
    Ok(Cents(balance))
}

pub(super) fn credit(tx: &Tx<'_>, user: UserId, amount: Cents, by: &By) -> Result<Credited> {
    if let Err(refused) = money::may_credit(users::wallet(tx, user)?, amount) {
        return Ok(refused);
    }
    users::record(tx, user, "credit", by)?;
    book(tx, &Movement::credit(user, amount, by)).map(Credited::Balance)
}

pub(super) fn decided(
    connection: &Connection,
    pay_order: PayOrderId,
    attempt: AttemptId,
) -> Result<Option<Outcome>> {
    if mutants::on(Mutant::DebitWithoutKey) {
        return Ok(None);
    }
    let sql = "SELECT outcome FROM user_debits WHERE pay_order = ?1 AND attempt = ?2";
    let key = (pay_order.as_i64(), attempt.as_i64());
    let code: Option<i64> = connection.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional()?;
    code.map(|code| codec::outcome(attempt, code)).transpose()
}

pub(super) fn debit(tx: &Tx<'_>, debit: &CheckedDebit) -> Result<Outcome> {
    if let Some(outcome) = decided(tx, debit.pay_order, debit.attempt)? {
        return Ok(outcome);
    }
    let live = live_debit(tx, debit.pay_order)?.is_some() && !mutants::on(Mutant::DebitWithoutKey);
    let outcome = money::decide(live, users::wallet(tx, debit.user)?, debit);
    if outcome != Outcome::Debited && mutants::on(Mutant::RefusalNotRemembered) {
        return Ok(outcome);
    }
    record(tx, debit, outcome)?;
    if outcome == Outcome::Debited {
        book(tx, &Movement::debit(debit))?;
    }
    Ok(outcome)
}

fn record(tx: &Tx<'_>, debit: &CheckedDebit, outcome: Outcome) -> Result<()> {
    let insert = if mutants::on(Mutant::DebitWithoutKey) { "INSERT OR REPLACE" } else { "INSERT" };
    let sql = "INTO user_debits (attempt, pay_order, user_id, amount, outcome, at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    tx.prepare_cached(&format!("{insert} {sql}"))?.execute((
        debit.attempt.as_i64(),
        debit.pay_order.as_i64(),
        debit.user.as_i64(),
        debit.amount.0,
        outcome.code(),
        debit.at.0,
    ))?;
    Ok(())
}

/// Whom a pay order's live debit charged, and how much.
fn live_debit(tx: &Tx<'_>, pay_order: PayOrderId) -> Result<Option<(UserId, Cents)>> {
    let sql = "SELECT user_id, amount FROM user_debits WHERE pay_order = ?1 AND outcome = 0";
    let found = tx
        .prepare_cached(sql)?
        .query_row([pay_order.as_i64()], |row| Ok((UserId::from_i64(row.get(0)?), Cents(row.get(1)?))));
    Ok(found.optional()?)
}

/// What was decided stays; what nobody saw is voided, which refuses the debit should it still come.
pub(super) fn settle(tx: &Tx<'_>, attempt: &SettleDebit, at: Ms) -> Result<Outcome> {
    if let Some(outcome) = decided(tx, attempt.pay_order, attempt.attempt)? {
        return Ok(outcome);
    }
    let (debit, void) = money::void(attempt, at);
    if mutants::on(Mutant::WalletWithoutVoid) {
        return Ok(void);
    }
    record(tx, &debit, void)?;
    Ok(void)
}

/// Gives back what was debited, once.
pub(super) fn refund(tx: &Tx<'_>, asked: &RefundRequest, at: Ms) -> Result<()> {
    let Some(refund) = money::refund(live_debit(tx, asked.pay_order)?, asked, at) else { return Ok(()) };
    let sql = "INSERT INTO user_refunds (pay_order, user_id, amount, at) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (pay_order) DO NOTHING";
    let row = (refund.pay_order.as_i64(), refund.user.as_i64(), refund.amount.0, at.0);
    if tx.prepare_cached(sql)?.execute(row)? == 1 || mutants::on(Mutant::RefundRepeated) {
        book(tx, &Movement::refund(&refund))?;
    }
    Ok(())
}

pub(super) fn entries(
    connection: &Connection,
    user: UserId,
    offset: u64,
    limit: u64,
) -> Result<(u64, Vec<Entry>)> {
    let total = connection
        .prepare_cached("SELECT entries FROM user_users WHERE id = ?1")?
        .query_row([user.as_i64()], |row| row.get(0))
        .optional()?
        .unwrap_or(0);
    let sql = "SELECT seq, at, kind, amount, balance, pay_order, reason FROM user_entries
               WHERE user_id = ?1 ORDER BY seq DESC LIMIT ?2 OFFSET ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((user.as_i64(), limit, offset))?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(Entry {
            seq: row.get(0)?,
            at: Ms(row.get(1)?),
            kind: codec::kind(user, row.get(2)?)?,
            amount: Cents(row.get(3)?),
            balance: Cents(row.get(4)?),
            pay_order: row.get::<_, Option<i64>>(5)?.map(PayOrderId::from_i64),
            reason: row.get(6)?,
        });
    }
    Ok((total, entries))
}
