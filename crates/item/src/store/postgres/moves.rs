//! Movements of stock: the counters and the ledger that explains them, always written together.

use std::collections::BTreeMap;

use engine::postgres::Tx;
use engine::{Error, Result, params};
use model::{ItemId, Ms, OrderId, UserId};

use crate::ledger::Movement;
use crate::store::header::Lines;
use crate::store::{Change, Delta};

/// What a batch moves.
#[derive(Default)]
pub(super) struct Moves {
    counters: BTreeMap<i64, Counters>,
    rows: Vec<LedgerRow>,
}

/// By how much the counters of an item change.
#[derive(Clone, Copy, Default)]
struct Counters {
    added: i64,
    available: i64,
    held: i64,
    sold: i64,
}

struct LedgerRow {
    item: i64,
    reference: i64,
    line: i64,
    movement: Movement,
    qty: i64,
    at: i64,
    reason: Option<String>,
    by: Option<i64>,
}

impl Counters {
    fn apply(&mut self, movement: Movement, qty: i64) {
        let (from, to) = match movement {
            Movement::Hold => (&mut self.available, &mut self.held),
            Movement::Release => (&mut self.held, &mut self.available),
            Movement::Sell => (&mut self.held, &mut self.sold),
            Movement::Return => (&mut self.sold, &mut self.available),
            Movement::Add => {
                self.added += qty;
                self.available += qty;
                return;
            }
        };
        *from -= qty;
        *to += qty;
    }
}

impl Moves {
    /// Moves every line of an order.
    pub(super) fn lines(&mut self, order: OrderId, lines: &Lines, movement: Movement, now: Ms) {
        for (line, &(item, num)) in (0_i64..).zip(lines) {
            let qty = i64::from(num);
            self.counters.entry(item).or_default().apply(movement, qty);
            let reference = order.as_i64();
            self.rows.push(LedgerRow {
                item,
                reference,
                line,
                movement,
                qty,
                at: now.0,
                reason: None,
                by: None,
            });
        }
    }

    /// Adds stock (or takes it away) that no order moves.
    pub(super) fn add(&mut self, item: ItemId, delta: Delta, change: Change) {
        if delta.pieces != 0 {
            self.counters.entry(item.as_i64()).or_default().apply(Movement::Add, delta.pieces);
            self.record(item, delta, change);
        }
    }

    /// Records a change whose counters are written already.
    pub(super) fn record(&mut self, item: ItemId, delta: Delta, change: Change) {
        self.rows.push(LedgerRow {
            item: item.as_i64(),
            reference: change.id.cast_signed(),
            line: 0,
            movement: Movement::Add,
            qty: delta.pieces,
            at: change.at.0,
            reason: Some(delta.reason),
            by: change.by.map(UserId::as_i64),
        });
    }

    /// Locks the items that move, in the order of their ids: for a batch that does not decide on them.
    pub(super) async fn lock_items(&self, tx: &Tx<'_>) -> Result<()> {
        let items: Vec<i64> = self.counters.keys().copied().collect();
        if items.is_empty() {
            return Ok(());
        }
        let sql = "SELECT id FROM item_items WHERE id = ANY($1) ORDER BY id FOR UPDATE";
        let there = tx.query(sql, &[&items]).await?;
        let there: Vec<i64> = there.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        match self.rows.iter().find(|row| there.binary_search(&row.item).is_err()) {
            Some(row) => Err(Error::corrupt("item_holds", OrderId::from_i64(row.reference))),
            None => Ok(()),
        }
    }

    /// Writes counters and ledger. The items are locked.
    pub(super) fn write(self, tx: &mut Tx<'_>) {
        write_counters(tx, self.counters);
        write_ledger(tx, self.rows);
    }
}

/// A counter that stays the same is written as it is, so an index on it is not touched.
fn write_counters(tx: &mut Tx<'_>, counters: BTreeMap<i64, Counters>) {
    if counters.is_empty() {
        return;
    }
    let (mut items, mut added, mut available) = (Vec::new(), Vec::new(), Vec::new());
    let (mut held, mut sold) = (Vec::new(), Vec::new());
    for (item, change) in counters {
        items.push(item);
        added.push(change.added);
        available.push(change.available);
        held.push(change.held);
        sold.push(change.sold);
    }
    let sql = "UPDATE item_items i SET added = i.added + n.added, available = i.available + n.available,
                   held = i.held + n.held, sold = i.sold + n.sold
               FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
                   AS n (id, added, available, held, sold)
               WHERE i.id = n.id";
    tx.write(sql, params![items, added, available, held, sold]);
}

fn write_ledger(tx: &mut Tx<'_>, rows: Vec<LedgerRow>) {
    if rows.is_empty() {
        return;
    }
    let (mut items, mut references, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    let (mut steps, mut movements, mut quantities) = (Vec::new(), Vec::new(), Vec::new());
    let (mut times, mut reasons, mut users) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        items.push(row.item);
        references.push(row.reference);
        lines.push(row.line);
        steps.push(row.movement.step());
        movements.push(row.movement.code());
        quantities.push(row.qty);
        times.push(row.at);
        reasons.push(row.reason);
        users.push(row.by);
    }
    let sql = "INSERT INTO item_ledger (item_id, ref_id, line, step, movement, qty, at, reason, by_user)
               SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
                   $6::bigint[], $7::bigint[], $8::text[], $9::bigint[])";
    tx.write(sql, params![items, references, lines, steps, movements, quantities, times, reasons, users]);
}
