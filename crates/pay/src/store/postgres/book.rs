//! The pay orders a batch is about: locked, changed in memory, written once.

use std::collections::{BTreeMap, BTreeSet};

use engine::postgres::{Row, Tx};
use engine::{Error, Result, params};
use model::pay_order::{Event, Refusal};
use model::wallet::Outcome;
use model::{AttemptId, Ms, OrderId, PayOrderId};
use mutants::Mutant;

use super::{Kit, row};
use crate::record::Record;
use crate::store::change::{AttemptStep, Change, decide};
use crate::store::stored::{COLUMNS, Stored, found};
use crate::store::{Found, Target, Told};

/// What a batch knows and has decided so far. Later requests of the batch see what earlier ones have changed.
pub(super) struct Book<'k> {
    kit: &'k Kit,
    rows: BTreeMap<PayOrderId, Slot>,
    of_order: BTreeMap<OrderId, PayOrderId>,
    /// Attempts without an outcome, as far as the batch may end them.
    in_flight: BTreeSet<AttemptId>,
    changes: Vec<(Change, Ms)>,
}

struct Slot {
    record: Found<Record>,
    fate: Fate,
}

/// What the end of the batch does with a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stay,
    Insert,
    Update,
}

impl<'k> Book<'k> {
    /// Locks the pay orders of these ids and of these orders, in the order of their ids, as far as there are any.
    /// No other transaction changes them, or their attempts, before this one ends.
    pub(super) async fn lock(
        kit: &'k Kit,
        tx: &Tx<'_>,
        ids: &[PayOrderId],
        orders: &[OrderId],
    ) -> Result<Self> {
        let ids: Vec<i64> = ids.iter().map(|id| id.as_i64()).collect();
        let orders: Vec<i64> = orders.iter().map(|order| order.as_i64()).collect();
        let lock = if mutants::on(Mutant::ForUpdateLeftOut) { "" } else { "FOR UPDATE" };
        let sql = format!(
            "SELECT {COLUMNS} FROM pay_orders
             WHERE id = ANY($1 || ARRAY(SELECT id FROM pay_orders WHERE order_id = ANY($2)))
             ORDER BY id {lock}"
        );
        let mut book = Self {
            kit,
            rows: BTreeMap::new(),
            of_order: BTreeMap::new(),
            in_flight: BTreeSet::new(),
            changes: Vec::new(),
        };
        for row in tx.query(&sql, &[&ids, &orders]).await? {
            book.enter(&row)?;
        }
        Ok(book)
    }

    fn enter(&mut self, row: &Row) -> Result<()> {
        let id = PayOrderId::from_i64(row.try_get(0)?);
        self.of_order.insert(OrderId::from_i64(row.try_get(1)?), id);
        let record = found(row::record(row).map(Some))?;
        self.rows.insert(id, Slot { record, fate: Fate::Stay });
        Ok(())
    }

    /// Looks which of these attempts are still in flight. After [`Book::lock`]: their pay orders' locks keep them so.
    pub(super) async fn look_at_attempts(&mut self, tx: &Tx<'_>, attempts: &[AttemptId]) -> Result<()> {
        if attempts.is_empty() {
            return Ok(());
        }
        let ids: Vec<i64> = attempts.iter().map(|attempt| attempt.as_i64()).collect();
        let sql = "SELECT id FROM pay_attempts WHERE id = ANY($1) AND outcome IS NULL";
        for row in tx.query(sql, &[&ids]).await? {
            self.in_flight.insert(AttemptId::from_i64(row.try_get(0)?));
        }
        Ok(())
    }

    /// The pay order `target` means, as it is by now.
    pub(super) fn find(&self, target: Target) -> Found<Record> {
        let id = match target {
            Target::PayOrder(id) => Some(id),
            Target::Order(order) => self.of_order.get(&order).copied(),
        };
        id.and_then(|id| self.rows.get(&id)).map_or(Found::None, |slot| slot.record.clone())
    }

    /// The same where a corrupt row is an error.
    pub(super) fn get(&self, target: Target) -> Result<Option<Record>> {
        match (self.find(target), target) {
            (Found::Some(record), _) => Ok(Some(*record)),
            (Found::None, _) => Ok(None),
            (Found::Corrupt, Target::PayOrder(id)) => Err(Error::corrupt("pay_orders", id)),
            (Found::Corrupt, Target::Order(order)) => Err(Error::corrupt("pay_orders", order)),
        }
    }

    /// Adds a new pay order. If another transaction adds one of the same order first, the whole batch is run again.
    pub(super) fn add(&mut self, record: Record) {
        let pay_order = &record.pay_order;
        self.of_order.insert(pay_order.order, pay_order.id);
        self.rows.insert(pay_order.id, Slot { record: Found::Some(Box::new(record)), fate: Fate::Insert });
    }

    /// Decides `event` on the row as it is by now.
    pub(super) fn change(
        &mut self,
        before: &Record,
        event: Event,
        now: Ms,
    ) -> Result<Result<Record, Refusal>> {
        self.change_told(before, (event, &Told::default()), now)
    }

    /// The same of an event that came with words.
    pub(super) fn change_told(
        &mut self,
        before: &Record,
        (event, told): (Event, &Told),
        now: Ms,
    ) -> Result<Result<Record, Refusal>> {
        let change = match decide(before, event, told, now, &self.kit.config) {
            Ok(change) => change,
            Err(refusal) => return Ok(Err(refusal)),
        };
        for step in &change.attempts {
            self.check(*step)?;
        }
        let after = change.after.clone();
        if let Some(slot) = self.rows.get_mut(&after.pay_order.id) {
            slot.record = Found::Some(Box::new(after.clone()));
            slot.fate = if slot.fate == Fate::Insert { Fate::Insert } else { Fate::Update };
        }
        self.changes.push((change, now));
        Ok(Ok(after))
    }

    /// An attempt ends once: a second end is a contradiction.
    fn check(&mut self, step: AttemptStep) -> Result<()> {
        match step {
            AttemptStep::Start(attempt) => self.in_flight.insert(attempt),
            AttemptStep::End(attempt, _) if self.in_flight.remove(&attempt) => true,
            AttemptStep::End(attempt, _) => return Err(Error::corrupt("pay_attempts", attempt)),
        };
        Ok(())
    }

    /// Writes all that was decided.
    pub(super) fn save(self, tx: &mut Tx<'_>) {
        let (inserts, updates) = self.changed_rows();
        row::insert(tx, &inserts);
        row::update(tx, &updates);
        save_attempts(tx, &self.changes);
        let (mut send, mut cancel) = (Vec::new(), Vec::new());
        for (change, _) in self.changes {
            send.extend(change.send);
            cancel.extend(change.cancel);
        }
        self.kit.outbox.send_all(tx, send);
        self.kit.outbox.cancel_all(tx, &cancel);
    }

    /// What to insert, in the order of the orders: batches that add pay orders of the same ones wait, and do not wait
    /// for each other. And what to update.
    fn changed_rows(&self) -> (Vec<Stored>, Vec<Stored>) {
        let (mut inserts, mut updates) = (Vec::new(), Vec::new());
        for slot in self.rows.values() {
            match (&slot.record, slot.fate) {
                (Found::Some(record), Fate::Insert) => inserts.push(Stored::of(record)),
                (Found::Some(record), Fate::Update) => updates.push(Stored::of(record)),
                _ => {}
            }
        }
        inserts.sort_by_key(|row| row.order);
        (inserts, updates)
    }
}

fn save_attempts(tx: &mut Tx<'_>, changes: &[(Change, Ms)]) {
    let (mut starts, mut ends) = (Vec::new(), Vec::new());
    for (change, now) in changes {
        for step in &change.attempts {
            match *step {
                AttemptStep::Start(attempt) => starts.push((attempt, change.after.pay_order.id, *now)),
                AttemptStep::End(attempt, outcome) => ends.push((attempt, outcome, *now)),
            }
        }
    }
    start(tx, &starts);
    end(tx, &ends);
}

fn start(tx: &mut Tx<'_>, starts: &[(AttemptId, PayOrderId, Ms)]) {
    if starts.is_empty() {
        return;
    }
    let ids: Vec<i64> = starts.iter().map(|(attempt, ..)| attempt.as_i64()).collect();
    let pay_orders: Vec<i64> = starts.iter().map(|(_, pay_order, _)| pay_order.as_i64()).collect();
    let at: Vec<i64> = starts.iter().map(|(_, _, now)| now.0).collect();
    let sql = "INSERT INTO pay_attempts (id, pay_order, started)
               SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])";
    tx.write(sql, params![ids, pay_orders, at]);
}

fn end(tx: &mut Tx<'_>, ends: &[(AttemptId, Outcome, Ms)]) {
    if ends.is_empty() {
        return;
    }
    let ids: Vec<i64> = ends.iter().map(|(attempt, ..)| attempt.as_i64()).collect();
    let outcomes: Vec<i64> = ends.iter().map(|(_, outcome, _)| outcome.code()).collect();
    let at: Vec<i64> = ends.iter().map(|(_, _, now)| now.0).collect();
    let sql = "UPDATE pay_attempts a SET outcome = n.outcome, ended = n.ended
               FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS n (id, outcome, ended)
               WHERE a.id = n.id";
    tx.write(sql, params![ids, outcomes, at]);
}
