//! Events on orders: load the header, decide, write everything the decision says.

use std::collections::BTreeMap;

use clock::Ms;
use engine::sqlite::Tx;
use engine::{Error, IdempotencyKey, Result};
use model::order::{CloseReason, State, sweep_at};
use model::{ItemId, OrderId};
use rusqlite::params;

use super::read::HEADER_BY_ID;
use super::{SqliteStore, effects};
use crate::store::codec::{Stored, header, json, refund_code, refusal_code};
use crate::store::decide::{self, Written, decide};
use crate::store::{Applied, Change, Detail, Keyed, Ruling};

const UPDATE: &str = "UPDATE trade_orders SET
    state = ?2, moves = ?3, deadline = ?4, applied_at = ?5, ask_reason = ?6, ask_actor = ?7, ask_at = ?8,
    close_reason = ?9, refund = ?10, stock_end = ?11, stock_settled = ?12, duty_due = ?13, next_sweep_at = ?14,
    sweeps = 0
    WHERE id = ?1";

pub(super) fn apply_all(
    store: &SqliteStore,
    tx: &mut Tx<'_>,
    changes: &[Change],
    now: Ms,
) -> Result<Vec<Applied>> {
    let mut tally = BTreeMap::new();
    let applied = changes.iter().map(|change| apply_one(store, tx, change, now, &mut tally));
    let applied = applied.collect::<Result<Vec<_>>>()?;
    for (state, difference) in tally {
        effects::tally_code(tx, state, difference)?;
    }
    Ok(applied)
}

pub(super) fn apply_once(
    store: &SqliteStore,
    tx: &mut Tx<'_>,
    change: &Change,
    key: &IdempotencyKey,
    now: Ms,
) -> Result<Keyed> {
    if let Some(once) = store.keys.find::<Ruling>(tx, key)? {
        return Ok(once.into());
    }
    let applied = apply_all(store, tx, std::slice::from_ref(change), now)?.pop().unwrap_or(Applied::Corrupt);
    if let Some(ruling) = Ruling::on(&applied) {
        store.keys.record(tx, key, &ruling, now)?;
    }
    Ok(Keyed::Now(applied))
}

fn apply_one(
    store: &SqliteStore,
    tx: &mut Tx<'_>,
    change: &Change,
    now: Ms,
    tally: &mut BTreeMap<i64, i64>,
) -> Result<Applied> {
    let before = match load(tx, change.order) {
        Ok(Some(before)) => before,
        Ok(None) => return Ok(Applied::Unknown),
        Err(Error::Corrupt { .. }) => return Ok(Applied::Corrupt),
        Err(error) => return Err(error),
    };
    match decide(store.timing, &before, change, now, || items(tx, change.order))? {
        Err(refusal) => Ok(Applied::Refused { refusal, order: before.order }),
        Ok(written) => {
            *tally.entry(before.order.state.code()).or_default() -= 1;
            *tally.entry(written.after.order.state.code()).or_default() += 1;
            let (order, moves) = (written.after.order.clone(), written.moves.clone());
            commit(store, tx, &before, written, change, now)?;
            Ok(Applied::Moved { order, moves })
        }
    }
}

fn load(tx: &Tx<'_>, id: OrderId) -> Result<Option<Stored>> {
    let mut statement = tx.prepare_cached(&HEADER_BY_ID)?;
    let mut rows = statement.query([id.as_i64()])?;
    rows.next()?.map(header).transpose()
}

fn items(tx: &Tx<'_>, order: OrderId) -> Result<Vec<ItemId>> {
    let sql = "SELECT lines FROM trade_orders WHERE id = ?1";
    let lines: String = tx.prepare_cached(sql)?.query_row([order.as_i64()], |row| row.get(0))?;
    decide::items(order, &lines)
}

fn commit(
    store: &SqliteStore,
    tx: &mut Tx<'_>,
    before: &Stored,
    written: Written,
    change: &Change,
    now: Ms,
) -> Result<()> {
    for (seq, step) in (before.moves..).zip(&written.moves) {
        effects::record(tx, change.order, seq, step, &change.cause, now)?;
    }
    effects::post(store, tx, written.posts)?;
    update(tx, &written.after, now)?;
    if let Some(state) = written.entered {
        stamp(tx, change.order, state, now)?;
    }
    describe(tx, change)
}

fn update(tx: &Tx<'_>, Stored { order, moves, duty_due }: &Stored, now: Ms) -> Result<()> {
    tx.prepare_cached(UPDATE)?.execute(params![
        order.id.as_i64(),
        order.state.code(),
        moves,
        order.deadline.0,
        order.applied_at.map(|at| at.0),
        order.close_asked.map(|asked| asked.reason.code()),
        order.close_asked.map(|asked| asked.actor.code()),
        order.close_asked.map(|asked| asked.at.0),
        order.close_reason.map(CloseReason::code),
        refund_code(order.refund),
        order.stock.map(|stock| stock.end.code()),
        order.stock.is_some_and(|stock| stock.settled),
        duty_due.map(|due| due.0),
        sweep_at(order, now).map(|at| at.0),
    ])?;
    Ok(())
}

/// Notes when the order came into its state, where clients are shown that time.
fn stamp(tx: &Tx<'_>, order: OrderId, state: State, now: Ms) -> Result<()> {
    let sql = match state {
        State::Paid => "UPDATE trade_orders SET paid_at = ?2 WHERE id = ?1",
        State::Shipped => "UPDATE trade_orders SET shipped_at = ?2 WHERE id = ?1",
        State::Received => "UPDATE trade_orders SET received_at = ?2 WHERE id = ?1",
        State::Closed => "UPDATE trade_orders SET closed_at = ?2 WHERE id = ?1",
        State::Reviewed => "UPDATE trade_orders SET reviewed_at = ?2 WHERE id = ?1",
        State::Placing | State::Unpaid => return Ok(()),
    };
    tx.prepare_cached(sql)?.execute((order.as_i64(), now.0))?;
    Ok(())
}

fn describe(tx: &Tx<'_>, change: &Change) -> Result<()> {
    let id = change.order.as_i64();
    match &change.detail {
        Detail::None => {}
        Detail::Refusal(line, reason) => {
            let sql = "UPDATE trade_orders SET refusal_line = ?2, refusal_reason = ?3 WHERE id = ?1";
            tx.prepare_cached(sql)?.execute((id, line, refusal_code(*reason)))?;
        }
        Detail::Parcel(parcel) => {
            let text = json(parcel, change.order)?;
            tx.prepare_cached("UPDATE trade_orders SET parcel = ?2 WHERE id = ?1")?.execute((id, text))?;
        }
    }
    Ok(())
}

pub(super) fn postpone(tx: &Tx<'_>, orders: &[(OrderId, Ms)]) -> Result<()> {
    let sql = "UPDATE trade_orders SET next_sweep_at = ?2, sweeps = sweeps + 1
               WHERE id = ?1 AND next_sweep_at IS NOT NULL";
    let mut statement = tx.prepare_cached(sql)?;
    for (order, until) in orders {
        statement.execute((order.as_i64(), until.0))?;
    }
    Ok(())
}
