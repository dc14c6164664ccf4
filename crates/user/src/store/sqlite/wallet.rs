//! Wallets: the balance moves only together with an entry that says why.

use api::calls::{RefundRequest, SettleDebit};
use clock::Ms;
use engine::sqlite::Tx;
use engine::{Error, Result};
use model::pay_order::Failure;
use model::wallet::Outcome;
use model::{AttemptId, Cents, PayOrderId, UserId};
use rusqlite::{Connection, OptionalExtension, params};

use super::users;
use crate::store::{By, CheckedDebit, Credited, Entry, EntryKind};

/// The most a credit may fill a wallet to, in cents. Far from what an integer holds, so that refunds on top of a
/// full wallet, and sums over all wallets, always fit.
const BALANCE_MAX: Cents = Cents(1_000_000_000_000_000);

const KINDS: [EntryKind; 3] = [EntryKind::Credit, EntryKind::Debit, EntryKind::Refund];

/// One movement to be written.
struct Movement<'a> {
    user: UserId,
    kind: EntryKind,
    amount: Cents,
    pay_order: Option<PayOrderId>,
    by: UserId,
    reason: &'a str,
    at: Ms,
}

/// Moves money and writes the entry; the caller has seen that user and sum allow it.
fn book(tx: &Tx<'_>, movement: &Movement<'_>) -> Result<Cents> {
    let signed = match movement.kind {
        EntryKind::Debit => -movement.amount.0,
        EntryKind::Credit | EntryKind::Refund => movement.amount.0,
    };
    let sql = "UPDATE user_users SET balance = balance + ?2, entries = entries + 1
               WHERE id = ?1 RETURNING balance, entries";
    let (balance, seq): (i64, i64) = tx
        .prepare_cached(sql)?
        .query_row((movement.user.as_i64(), signed), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let kind = KINDS.iter().position(|known| *known == movement.kind);
    let sql = "INSERT INTO user_entries (user_id, seq, at, kind, amount, balance, pay_order, by_user, reason)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    tx.prepare_cached(sql)?.execute(params![
        movement.user.as_i64(),
        seq,
        movement.at.0,
        kind,
        movement.amount.0,
        balance,
        movement.pay_order.map(PayOrderId::as_i64),
        movement.by.as_i64(),
        movement.reason,
    ])?;
    Ok(Cents(balance))
}

pub(super) fn credit(tx: &Tx<'_>, user: UserId, amount: Cents, by: &By) -> Result<Credited> {
    let Some(wallet) = users::wallet(tx, user)? else { return Ok(Credited::UnknownUser) };
    if wallet.balance.plus(amount).is_none_or(|balance| balance > BALANCE_MAX) {
        return Ok(Credited::TooLarge);
    }
    users::record(tx, user, "credit", by)?;
    let (kind, pay_order) = (EntryKind::Credit, None);
    let movement = Movement { user, kind, amount, pay_order, by: by.user, reason: &by.reason, at: by.at };
    book(tx, &movement).map(Credited::Balance)
}

pub(super) fn decided(
    connection: &Connection,
    pay_order: PayOrderId,
    attempt: AttemptId,
) -> Result<Option<Outcome>> {
    let sql = "SELECT outcome FROM user_debits WHERE pay_order = ?1 AND attempt = ?2";
    let key = (pay_order.as_i64(), attempt.as_i64());
    let code: Option<i64> = connection.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional()?;
    let known = |code| Outcome::from_code(code).ok_or_else(|| Error::corrupt("user_debits", attempt));
    code.map(known).transpose()
}

pub(super) fn debit(tx: &Tx<'_>, debit: &CheckedDebit) -> Result<Outcome> {
    if let Some(outcome) = decided(tx, debit.pay_order, debit.attempt)? {
        return Ok(outcome);
    }
    let outcome = decide(tx, debit)?;
    record(tx, debit, outcome)?;
    if outcome == Outcome::Debited {
        book(
            tx,
            &Movement {
                user: debit.user,
                kind: EntryKind::Debit,
                amount: debit.amount,
                pay_order: Some(debit.pay_order),
                by: debit.user,
                reason: "",
                at: debit.at,
            },
        )?;
    }
    Ok(outcome)
}

fn decide(tx: &Tx<'_>, debit: &CheckedDebit) -> Result<Outcome> {
    // `pay` never starts a second attempt while one is live; should it, the second finds the door shut.
    if live_debit(tx, debit.pay_order)?.is_some() {
        return Ok(Outcome::Refused(Failure::Voided));
    }
    let wallet = users::wallet(tx, debit.user)?;
    Ok(match (model::wallet::debit(wallet, debit.amount, debit.refused.is_none()), debit.refused) {
        (Outcome::Refused(Failure::WrongPassword), Some(failure)) => Outcome::Refused(failure),
        (outcome, _) => outcome,
    })
}

fn record(tx: &Tx<'_>, debit: &CheckedDebit, outcome: Outcome) -> Result<()> {
    let sql = "INSERT INTO user_debits (attempt, pay_order, user_id, amount, outcome, at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    tx.prepare_cached(sql)?.execute((
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
    let SettleDebit { attempt, pay_order, user } = *attempt;
    let void = Outcome::Refused(Failure::Voided);
    let debit = CheckedDebit { attempt, pay_order, user, amount: Cents::ZERO, refused: None, at };
    record(tx, &debit, void)?;
    Ok(void)
}

/// Gives back what was debited, once, to whom it was debited: never to another whom the request names. A refund of
/// something never debited does nothing and is logged.
pub(super) fn refund(tx: &Tx<'_>, refund: &RefundRequest, at: Ms) -> Result<()> {
    let Some((user, debited)) = live_debit(tx, refund.pay_order)? else {
        tracing::error!(pay_order = refund.pay_order.0, "a refund was asked for what was never debited");
        return Ok(());
    };
    let amount = debited.min(refund.amount);
    let sql = "INSERT INTO user_refunds (pay_order, user_id, amount, at) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (pay_order) DO NOTHING";
    let row = (refund.pay_order.as_i64(), user.as_i64(), amount.0, at.0);
    if tx.prepare_cached(sql)?.execute(row)? == 0 {
        return Ok(());
    }
    book(
        tx,
        &Movement {
            user,
            kind: EntryKind::Refund,
            amount,
            pay_order: Some(refund.pay_order),
            by: UserId(0),
            reason: "",
            at,
        },
    )
    .map(drop)
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
        let kind: usize = row.get(2)?;
        entries.push(Entry {
            seq: row.get(0)?,
            at: Ms(row.get(1)?),
            kind: *KINDS.get(kind).ok_or_else(|| Error::corrupt("user_entries", user))?,
            amount: Cents(row.get(3)?),
            balance: Cents(row.get(4)?),
            pay_order: row.get::<_, Option<i64>>(5)?.map(PayOrderId::from_i64),
            reason: row.get(6)?,
        });
    }
    Ok((total, entries))
}
