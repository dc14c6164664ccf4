//! What goes with a new state into the same commit: history, count, messages.

use clock::Ms;
use engine::Result;
use engine::sqlite::Tx;
use model::order::{Move, State};
use model::{Cause, OrderId};
use mutants::Mutant;

use super::SqliteStore;
use crate::store::decide::Post;

/// Appends to the history.
pub(super) fn record(tx: &Tx<'_>, id: OrderId, seq: i64, step: &Move, cause: &Cause, at: Ms) -> Result<()> {
    if mutants::on(Mutant::HistoryNotWritten) && seq > 0 {
        return Ok(());
    }
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

/// Sends and drops messages, in their order.
pub(super) fn post(store: &SqliteStore, tx: &mut Tx<'_>, posts: Vec<Post>) -> Result<()> {
    for post in posts {
        match post {
            Post::Send(message) => store.outbox.send(tx, message)?,
            Post::Drop(key) => drop(store.outbox.cancel(tx, key)?),
        }
    }
    Ok(())
}
