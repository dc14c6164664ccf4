//! Taking orders' lines off the shelf, each order whole or not at all.

use std::collections::{BTreeMap, BTreeSet};

use api::calls::{HoldAnswer, HoldRequest};
use async_trait::async_trait;
use engine::postgres::{Batch, Tx};
use engine::{Error, Result};
use model::ItemId;
use model::hold::State;

use super::headers::Headers;
use super::moves::Moves;
use super::row;
use crate::hold::{self, Shelf};
use crate::ledger::Movement;
use crate::store::header::Lines;
use crate::store::{HoldTimes, codec};

/// The unit of work: holds of any number of orders.
pub(super) struct Holds;

/// What one batch decides on and writes.
struct Work {
    headers: Headers,
    shelf: BTreeMap<ItemId, Shelf>,
    moves: Moves,
}

#[async_trait]
impl Batch for Holds {
    type Request = (HoldRequest, HoldTimes);
    type Answer = HoldAnswer;

    async fn run(&self, tx: &mut Tx<'_>, requests: &[Self::Request]) -> Result<Vec<HoldAnswer>> {
        let headers = Headers::lock(tx, requests.iter().map(|(order, _)| order.order_id)).await?;
        let undecided = requests.iter().filter(|(order, _)| headers.find(order.order_id).is_none());
        let items = undecided.flat_map(|(order, _)| &order.lines).map(|line| line.item_id).collect();
        let shelf = lock_shelf(tx, items).await?;
        let mut work = Work { headers, shelf, moves: Moves::default() };
        let answers = requests.iter().map(|(order, times)| work.hold(order, *times)).collect();
        work.headers.write(tx)?;
        work.moves.write(tx);
        Ok(answers)
    }

    fn broken(&self, (order, _): &Self::Request, error: &Error) -> Option<HoldAnswer> {
        tracing::error!(order = order.order_id.0, %error, "the rows of one order are corrupt; it was not held");
        Some(hold::CORRUPT)
    }
}

impl Work {
    /// Holds one order. A header that is there already has the answer.
    fn hold(&mut self, request: &HoldRequest, times: HoldTimes) -> HoldAnswer {
        if let Some(header) = self.headers.find(request.order_id) {
            return hold::answer_again(header.state, header.refusal);
        }
        match hold::decide(&request.lines, &self.shelf) {
            Ok(()) => self.take(request, times),
            Err(refusal) => {
                if refusal.is_final() {
                    let (order, refused) = (request.order_id, State::Refused);
                    self.headers.insert_empty(order, refused, Some(refusal), times.now);
                }
                refusal.into()
            }
        }
    }

    fn take(&mut self, request: &HoldRequest, times: HoldTimes) -> HoldAnswer {
        let lines: Lines = request.lines.iter().map(|line| (line.item_id.as_i64(), line.num)).collect();
        for line in &request.lines {
            if let Some(shelf) = self.shelf.get_mut(&line.item_id) {
                shelf.available -= i64::from(line.num);
            }
        }
        self.moves.lines(request.order_id, &lines, Movement::Hold, times.now);
        self.headers.insert_held(request.order_id, lines, times);
        HoldAnswer::Held
    }
}

async fn lock_shelf(tx: &Tx<'_>, items: BTreeSet<ItemId>) -> Result<BTreeMap<ItemId, Shelf>> {
    let ids: Vec<i64> = items.into_iter().map(ItemId::as_i64).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = "SELECT id, status::bigint, version, available FROM item_items
               WHERE id = ANY($1) ORDER BY id FOR UPDATE";
    let mut shelf = BTreeMap::new();
    for row in tx.query(sql, &[&ids]).await? {
        let id = row::item_id(&row)?;
        let status = codec::status(row::number(&row, 1, "item_items", id)?, id)?;
        let version = row::number(&row, 2, "item_items", id)?;
        shelf.insert(id, Shelf { status, version, available: row.try_get(3)? });
    }
    Ok(shelf)
}
