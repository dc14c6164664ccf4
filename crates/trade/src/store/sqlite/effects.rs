//! What goes with a new state into the same commit: history, messages, duties.

use api::body::ClearCart;
use api::topics;
use clock::Ms;
use delay::{Key, Message};
use engine::sqlite::Tx;
use engine::{Error, Result};
use model::order::{Decision, Effect, Move, State};
use model::{Cause, ItemId, OrderId};

use super::SqliteStore;
use super::columns::Stored;
use crate::store::{Change, Line};

/// When duties and checks come due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    pub(super) duty_delay_ms: i64,
    pub(super) first_check_ms: Option<i64>,
}

/// Appends to the history.
pub(super) fn record(tx: &Tx<'_>, id: OrderId, seq: i64, step: &Move, cause: &Cause, at: Ms) -> Result<()> {
    let sql = "INSERT INTO trade_history
        (order_id, seq, at, from_state, to_state, name, actor, by_user, note, trace)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    tx.prepare_cached(sql)?.execute((
        id.as_i64(),
        seq,
        at.0,
        step.from.code(),
        step.to.code(),
        step.name,
        cause.actor.code(),
        cause.by.cast_signed(),
        &cause.note,
        &cause.trace,
    ))?;
    Ok(())
}

/// Counts `difference` more orders in `state`.
pub(super) fn tally(tx: &Tx<'_>, state: State, difference: i64) -> Result<()> {
    tally_code(tx, state.code(), difference)
}

pub(super) fn tally_code(tx: &Tx<'_>, state: i64, difference: i64) -> Result<()> {
    if difference != 0 {
        let sql = "INSERT INTO trade_tally (state, n) VALUES (?1, ?2)
                   ON CONFLICT (state) DO UPDATE SET n = n + excluded.n";
        tx.prepare_cached(sql)?.execute((state, difference))?;
    }
    Ok(())
}

/// Performs the decision's effects; answers when the order's duty comes due afterwards, if it has one.
pub(super) fn perform(
    store: &SqliteStore,
    tx: &mut Tx<'_>,
    before: &Stored,
    decision: &Decision,
    change: &Change,
    now: Ms,
) -> Result<Option<Ms>> {
    let mut duty_due = before.duty_due;
    for effect in &decision.effects {
        match effect {
            Effect::WakeAt(due) => send(store, tx, topics::ORDER_CHECK, change, *due, now)?,
            Effect::ArmChecks => arm_checks(store, tx, change, now)?,
            Effect::ClearCart => clear_cart(store, tx, decision, change, now)?,
            Effect::DropPlacingDuty => duty_due = drop_duty(store, tx, change, duty_due)?,
            Effect::Owes if change.carried || duty_due.is_some() => {}
            Effect::Owes => {
                let due = now + store.timing.duty_delay_ms;
                send(store, tx, topics::ORDER_DUTY, change, due, now)?;
                duty_due = Some(due);
            }
        }
    }
    if decision.order.state != State::Placing && !decision.order.owes() {
        duty_due = drop_duty(store, tx, change, duty_due)?;
    }
    Ok(duty_due)
}

/// Drops the duty, unless the change is carried: then the duty may be the very message that carries it, and
/// must come back if the rest of its work gets no answer.
fn drop_duty(store: &SqliteStore, tx: &Tx<'_>, change: &Change, due: Option<Ms>) -> Result<Option<Ms>> {
    if let Some(due) = due.filter(|_| !change.carried) {
        store.outbox.cancel(tx, Key { due, topic: topics::ORDER_DUTY.code, subject: change.order.0 })?;
    }
    Ok(None)
}

fn arm_checks(store: &SqliteStore, tx: &mut Tx<'_>, change: &Change, now: Ms) -> Result<()> {
    match store.timing.first_check_ms {
        Some(delay_ms) => send(store, tx, topics::ORDER_CHECK, change, now + delay_ms, now),
        None => Ok(()),
    }
}

fn send(
    store: &SqliteStore,
    tx: &mut Tx<'_>,
    topic: delay::Topic,
    change: &Change,
    due: Ms,
    now: Ms,
) -> Result<()> {
    let message = Message::new(topic, change.order.0, due, now);
    store.outbox.send(tx, Message { trace: change.cause.trace.clone(), ..message })
}

fn clear_cart(
    store: &SqliteStore,
    tx: &mut Tx<'_>,
    decision: &Decision,
    change: &Change,
    now: Ms,
) -> Result<()> {
    let body = ClearCart { user_id: decision.order.owner, item_ids: items(tx, change.order)? };
    let body = serde_json::to_vec(&body).map_err(|_| Error::corrupt("trade_orders", change.order))?;
    // Created when the order was placed: what the buyer put into the cart since then stays there.
    let created = decision.order.placed_at;
    let message = Message::new(topics::ORDER_CREATED, change.order.0, now, created).with_body(body);
    store.outbox.send(tx, Message { trace: change.cause.trace.clone(), ..message })
}

fn items(tx: &Tx<'_>, order: OrderId) -> Result<Vec<ItemId>> {
    let sql = "SELECT lines FROM trade_orders WHERE id = ?1";
    let text: String = tx.prepare_cached(sql)?.query_row([order.as_i64()], |row| row.get(0))?;
    let lines: Vec<Line> = serde_json::from_str(&text).map_err(|_| Error::corrupt("trade_orders", order))?;
    Ok(lines.into_iter().map(|line| line.item_id).collect())
}
