//! Events on pay orders.

use async_trait::async_trait;
use engine::postgres::{Batch, Tx};
use engine::{Error, Result};
use model::pay_order::Event;
use model::{AttemptId, Ms, OrderId, PayOrderId};

use super::Kit;
use super::book::Book;
use crate::store::change::moved;
use crate::store::{Found, Moved, Target, Told};

/// Lets events happen, one after another.
pub(super) struct ApplyAll(pub(super) Kit);

#[async_trait]
impl Batch for ApplyAll {
    type Request = (Target, Event, Told, Ms);
    type Answer = Moved;

    async fn run(&self, tx: &mut Tx<'_>, events: &[Self::Request]) -> Result<Vec<Moved>> {
        let (ids, orders) = targets(events);
        let mut book = Book::lock(&self.0, tx, &ids, &orders).await?;
        let ending: Vec<AttemptId> = events.iter().filter_map(|(_, event, ..)| ended(*event)).collect();
        book.look_at_attempts(tx, &ending).await?;
        let moves = events.iter().map(|(target, event, told, now)| book.apply(*target, (*event, told), *now));
        let moves = moves.collect::<Result<_>>()?;
        book.save(tx);
        Ok(moves)
    }

    /// The database refused what was decided on this row.
    fn broken(&self, (target, event, ..): &Self::Request, error: &Error) -> Option<Moved> {
        tracing::error!(%error, ?target, ?event, "an event contradicts what is stored; nothing was changed");
        Some(Moved::Corrupt)
    }
}

fn targets(events: &[(Target, Event, Told, Ms)]) -> (Vec<PayOrderId>, Vec<OrderId>) {
    let (mut ids, mut orders) = (Vec::new(), Vec::new());
    for (target, ..) in events {
        match target {
            Target::PayOrder(id) => ids.push(*id),
            Target::Order(order) => orders.push(*order),
        }
    }
    (ids, orders)
}

/// The attempt that `event` ends.
fn ended(event: Event) -> Option<AttemptId> {
    match event {
        Event::Debited(attempt) | Event::Failed(attempt, _) => Some(attempt),
        _ => None,
    }
}

impl Book<'_> {
    /// Lets `event` happen to `target`.
    pub(super) fn apply(&mut self, target: Target, (event, told): (Event, &Told), now: Ms) -> Result<Moved> {
        let before = match self.find(target) {
            Found::Some(record) => *record,
            Found::None => return Ok(Moved::Missing),
            Found::Corrupt => return Ok(Moved::Corrupt),
        };
        let changed = self.change_told(&before, (event, told), now);
        moved(before, changed)
    }
}
