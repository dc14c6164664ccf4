//! The first transaction of a placement: key, order, duty.

use clock::Ms;
use engine::sqlite::Tx;
use engine::{IdempotencyKey, Result};
use model::order::{State, sweep_at};
use model::{Cents, OrderId};
use mutants::Mutant;

use super::{SqliteStore, effects};
use crate::place::Refused;
use crate::store::codec::json;
use crate::store::decide::{PLACED, first_duty};
use crate::store::{Begun, Line, NewOrder, Placement};

const INSERT: &str = "INSERT INTO trade_orders
    (id, owner, total, payment_type, state, moves, placed_at, deadline, duty_due, next_sweep_at, address, lines)
    VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?7, ?7, ?8, ?9, ?10)";

pub(super) fn begin(
    store: &SqliteStore,
    tx: &mut Tx<'_>,
    new: &NewOrder,
    key: Option<&IdempotencyKey>,
) -> Result<Begun> {
    let order = &new.order;
    if let Some(key) = key.filter(|_| !mutants::on(Mutant::KeyIgnored)) {
        if let Some(once) = store.keys.find::<Placement>(tx, key)? {
            return Ok(once.into());
        }
        store.keys.record(tx, key, &Placement::Order(order.id), order.placed_at)?;
    }
    tx.prepare_cached(INSERT)?.execute((
        order.id.as_i64(),
        order.owner.as_i64(),
        order.total.0,
        new.payment_type,
        order.state.code(),
        order.placed_at.0,
        order.deadline.0,
        sweep_at(order, order.placed_at).map(|at| at.0),
        new.address.as_ref().map(|address| json(address, order.id)).transpose()?,
        json(&new.lines, order.id)?,
    ))?;
    effects::record(tx, order.id, 0, &PLACED, &new.cause, order.placed_at)?;
    effects::tally(tx, State::Placing, 1)?;
    store.outbox.send(tx, first_duty(new))?;
    Ok(Begun::New)
}

pub(super) fn refuse(
    store: &SqliteStore,
    tx: &mut Tx<'_>,
    refused: &Refused,
    key: &IdempotencyKey,
    now: Ms,
) -> Result<Begun> {
    let once = store.keys.once(tx, Some(key), now, |_| Ok(Placement::Refused(refused.clone())))?;
    Ok(once.into())
}

pub(super) fn reprice(tx: &Tx<'_>, order: OrderId, lines: &[Line], total: Cents) -> Result<bool> {
    let sql = "UPDATE trade_orders SET lines = ?2, total = ?3 WHERE id = ?1 AND state = 0";
    let changed = tx.prepare_cached(sql)?.execute((order.as_i64(), json(&lines, order)?, total.0))?;
    Ok(changed == 1)
}
