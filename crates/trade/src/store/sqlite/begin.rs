//! The first transaction of a placement: key, order, duty.

use api::topics;
use clock::Ms;
use delay::Message;
use engine::sqlite::Tx;
use engine::{Error, IdempotencyKey, Once, Result};
use model::order::{Move, State, sweep_at};
use model::{Cents, OrderId};

use super::{SqliteStore, effects};
use crate::place::Refused;
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
    if let Some(key) = key {
        if let Some(once) = store.keys.find(tx, key)? {
            return Ok(known(once));
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
        new.address.as_ref().map(json).transpose()?,
        json(&new.lines)?,
    ))?;
    let placed = Move { from: State::Placing, to: State::Placing, name: "placed" };
    effects::record(tx, order.id, 0, &placed, &new.cause, order.placed_at)?;
    effects::tally(tx, State::Placing, 1)?;
    let duty = Message::new(topics::ORDER_DUTY, order.id.0, order.deadline, order.placed_at);
    store.outbox.send(tx, Message { trace: new.cause.trace.clone(), ..duty })?;
    Ok(Begun::New)
}

pub(super) fn refuse(
    store: &SqliteStore,
    tx: &mut Tx<'_>,
    refused: Refused,
    key: &IdempotencyKey,
    now: Ms,
) -> Result<Begun> {
    let once = store.keys.once(tx, Some(key), now, |_| Ok(Placement::Refused(refused)))?;
    Ok(known(once))
}

pub(super) fn known(once: Once<Placement>) -> Begun {
    match once {
        Once::Outcome(placement) => Begun::Known(placement),
        Once::OtherBody => Begun::OtherBody,
    }
}

pub(super) fn reprice(tx: &Tx<'_>, order: OrderId, lines: &[Line], total: Cents) -> Result<bool> {
    let sql = "UPDATE trade_orders SET lines = ?2, total = ?3 WHERE id = ?1 AND state = 0";
    let changed = tx.prepare_cached(sql)?.execute((order.as_i64(), json(&lines)?, total.0))?;
    Ok(changed == 1)
}

fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|_| Error::corrupt("trade_orders", "new"))
}
