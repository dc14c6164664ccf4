//! The headers of holds: the rows where hold, release and sale meet.

use std::collections::BTreeMap;

use engine::postgres::{Conn, Row, Tx};
use engine::{Result, params};
use model::hold::State;
use model::{Ms, OrderId};

use super::row;
use crate::hold::Refusal;
use crate::ledger::{DueHold, Hold};
use crate::store::header::{Header, Lines, encode};
use crate::store::{HoldTimes, codec};

const TABLE: &str = "item_holds";

/// The headers of a batch's orders: locked, changed in memory, written once.
pub(super) struct Headers {
    known: BTreeMap<OrderId, Header>,
    new: BTreeMap<OrderId, New>,
    ended: BTreeMap<OrderId, (State, Ms)>,
}

/// What else is written of a header that was not there.
struct New {
    created: Ms,
    sweep_at: Option<Ms>,
}

impl Headers {
    /// Locks those that are there, in the order of the orders.
    pub(super) async fn lock(tx: &Tx<'_>, orders: impl Iterator<Item = OrderId>) -> Result<Self> {
        let orders: Vec<i64> = orders.map(OrderId::as_i64).collect();
        let sql =
            "SELECT order_id, state::bigint, lines, refused_line, refused_reason::bigint FROM item_holds
                   WHERE order_id = ANY($1) ORDER BY order_id FOR UPDATE";
        let mut known = BTreeMap::new();
        for row in tx.query(sql, &[&orders]).await? {
            let order = OrderId::from_i64(row.try_get(0)?);
            known.insert(order, header(order, &row)?);
        }
        Ok(Self { known, new: BTreeMap::new(), ended: BTreeMap::new() })
    }

    pub(super) fn find(&self, order: OrderId) -> Option<&Header> {
        self.known.get(&order)
    }

    /// Adds the header of an order that holds `lines`.
    pub(super) fn insert_held(&mut self, order: OrderId, lines: Lines, times: HoldTimes) {
        let new = New { created: times.now, sweep_at: Some(times.sweep_at) };
        self.insert(order, Header { state: State::Held, lines, refusal: None }, new);
    }

    /// Adds the header of an order that holds nothing: refused, or the tombstone of one that ended first.
    pub(super) fn insert_empty(&mut self, order: OrderId, state: State, refusal: Option<Refusal>, now: Ms) {
        let header = Header { state, lines: Lines::new(), refusal };
        self.insert(order, header, New { created: now, sweep_at: None });
    }

    fn insert(&mut self, order: OrderId, header: Header, new: New) {
        self.known.insert(order, header);
        self.new.insert(order, new);
    }

    /// Moves a header that was there to `state`; the sweep has nothing more to ask.
    pub(super) fn end(&mut self, order: OrderId, state: State, now: Ms) {
        if let Some(header) = self.known.get_mut(&order) {
            header.state = state;
            self.ended.insert(order, (state, now));
        }
    }

    /// Writes what was added and what has changed.
    pub(super) fn write(self, tx: &mut Tx<'_>) -> Result<()> {
        write_ended(tx, self.ended);
        write_new(tx, &self.new, &self.known)
    }
}

fn write_ended(tx: &mut Tx<'_>, ended: BTreeMap<OrderId, (State, Ms)>) {
    if ended.is_empty() {
        return;
    }
    let (mut orders, mut states, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    for (order, (state, now)) in ended {
        orders.push(order.as_i64());
        states.push(state.code());
        changed.push(now.0);
    }
    let sql = "UPDATE item_holds h SET state = n.state, changed = n.changed, next_sweep_at = NULL
               FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS n (order_id, state, changed)
               WHERE h.order_id = n.order_id";
    tx.write(sql, params![orders, states, changed]);
}

/// In the order of the orders: two transactions that write the same ones wait for each other, never in a ring.
fn write_new(tx: &mut Tx<'_>, new: &BTreeMap<OrderId, New>, known: &BTreeMap<OrderId, Header>) -> Result<()> {
    let (mut orders, mut states, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    let (mut refused_lines, mut reasons) = (Vec::new(), Vec::new());
    let (mut created, mut sweeps) = (Vec::new(), Vec::new());
    for (order, New { created: at, sweep_at }) in new {
        let Some(header) = known.get(order) else { continue };
        orders.push(order.as_i64());
        states.push(header.state.code());
        lines.push(encode(*order, &header.lines)?);
        refused_lines.push(header.refusal.and_then(|refusal| i64::try_from(refusal.line).ok()));
        reasons.push(header.refusal.map(|refusal| codec::refusal_code(refusal.reason)));
        created.push(at.0);
        sweeps.push(sweep_at.map(|at| at.0));
    }
    if orders.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO item_holds
                   (order_id, state, lines, refused_line, refused_reason, created, changed, next_sweep_at)
               SELECT order_id, state, lines, refused_line, reason, created, created, sweep_at
               FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[],
                   $7::bigint[]) AS n (order_id, state, lines, refused_line, reason, created, sweep_at)";
    tx.write(sql, params![orders, states, lines, refused_lines, reasons, created, sweeps]);
    Ok(())
}

fn header(order: OrderId, row: &Row) -> Result<Header> {
    let line = row::optional(row, 3, TABLE, order)?;
    Header::decode(order, row.try_get(1)?, row.try_get(2)?, line, row.try_get(4)?)
}

/// The hold as people look at it.
pub(super) async fn view(conn: &Conn, order: OrderId) -> Result<Option<Hold>> {
    let sql = "SELECT order_id, state::bigint, lines, refused_line, refused_reason::bigint, created, changed
               FROM item_holds WHERE order_id = $1";
    let Some(row) = conn.query_opt(sql, &[&order.as_i64()]).await? else { return Ok(None) };
    let (created, changed) = (Ms(row.try_get(5)?), Ms(row.try_get(6)?));
    Ok(Some(header(order, &row)?.view(order, created, changed)))
}

/// Holds due for a look of the sweep, longest due first.
pub(super) async fn due(conn: &Conn, now: Ms, limit: usize) -> Result<Vec<DueHold>> {
    let sql = "SELECT order_id, created, sweeps::bigint FROM item_holds
               WHERE next_sweep_at IS NOT NULL AND next_sweep_at <= $1
               ORDER BY next_sweep_at, order_id LIMIT $2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut due = Vec::new();
    for row in conn.query(sql, &[&now.0, &limit]).await? {
        let order = OrderId::from_i64(row.try_get(0)?);
        let sweeps = row::number(&row, 2, TABLE, order)?;
        due.push(DueHold { order, created: Ms(row.try_get(1)?), sweeps });
    }
    Ok(due)
}
