//! What staff and imports do with items, as units of work.

use async_trait::async_trait;
use engine::postgres::{Batch, Keys, Tx};
use engine::{IdempotencyKey, Once, Result};
use model::{ItemId, Ms};

use super::workbench::Workbench;
use crate::catalogue::{Draft, Edit};
use crate::store::{Change, Delta, Edited, PutCounts, Restocked, Row};

/// Adds items under the ids of their changes.
pub(super) struct Creation {
    pub(super) keys: Keys,
}

#[async_trait]
impl Batch for Creation {
    type Request = (Option<IdempotencyKey>, Draft, Change);
    type Answer = Once<ItemId>;

    async fn run(&self, tx: &mut Tx<'_>, requests: &[Self::Request]) -> Result<Vec<Self::Answer>> {
        let mut book = self.keys.load(tx, requests.iter().map(|(key, ..)| key.as_ref())).await?;
        let mut bench = Workbench::lock(tx, std::iter::empty()).await?;
        let mut answers = Vec::with_capacity(requests.len());
        for (key, draft, change) in requests {
            answers.push(book.once(key.as_ref(), change.at, || {
                let id = ItemId(change.id);
                bench.insert(id, draft, *change);
                Ok(id)
            })?);
        }
        self.keys.save(tx, book);
        bench.write(tx);
        Ok(answers)
    }
}

/// Changes what is said of items.
pub(super) struct Editing {
    pub(super) keys: Keys,
}

#[async_trait]
impl Batch for Editing {
    type Request = (Option<IdempotencyKey>, ItemId, Edit, Ms);
    type Answer = Once<Edited>;

    async fn run(&self, tx: &mut Tx<'_>, requests: &[Self::Request]) -> Result<Vec<Self::Answer>> {
        let mut book = self.keys.load(tx, requests.iter().map(|(key, ..)| key.as_ref())).await?;
        let mut bench = Workbench::lock(tx, requests.iter().map(|(_, item, ..)| *item)).await?;
        let mut answers = Vec::with_capacity(requests.len());
        for (key, item, edit, now) in requests {
            let work = || Ok(bench.edit_standing(*item, edit.clone(), *now));
            answers.push(book.once(key.as_ref(), *now, work)?);
        }
        self.keys.save(tx, book);
        bench.write(tx);
        Ok(answers)
    }
}

/// Adds to what is available, or takes away.
pub(super) struct Restocking {
    pub(super) keys: Keys,
}

#[async_trait]
impl Batch for Restocking {
    type Request = (Option<IdempotencyKey>, ItemId, Delta, Change);
    type Answer = Once<Restocked>;

    async fn run(&self, tx: &mut Tx<'_>, requests: &[Self::Request]) -> Result<Vec<Self::Answer>> {
        let mut book = self.keys.load(tx, requests.iter().map(|(key, ..)| key.as_ref())).await?;
        let mut bench = Workbench::lock(tx, requests.iter().map(|(_, item, ..)| *item)).await?;
        let mut answers = Vec::with_capacity(requests.len());
        for (key, item, delta, change) in requests {
            let work = || Ok(bench.restock(*item, delta, *change));
            answers.push(book.once(key.as_ref(), change.at, work)?);
        }
        self.keys.save(tx, book);
        bench.write(tx);
        Ok(answers)
    }
}

/// Writes rows of an import.
pub(super) struct Import {
    pub(super) set_stock: bool,
    pub(super) change: Change,
}

#[async_trait]
impl Batch for Import {
    type Request = Row;
    type Answer = PutCounts;

    async fn run(&self, tx: &mut Tx<'_>, rows: &[Row]) -> Result<Vec<PutCounts>> {
        let mut bench = Workbench::lock(tx, rows.iter().map(|row| row.id)).await?;
        let counts = rows.iter().map(|row| self.put(&mut bench, row)).collect();
        bench.write(tx);
        Ok(counts)
    }
}

impl Import {
    fn put(&self, bench: &mut Workbench, Row { id, draft }: &Row) -> PutCounts {
        let nothing = PutCounts::default();
        let Some(edited) = bench.edit_any(*id, draft.clone().into_edit(), self.change.at) else {
            bench.insert(*id, draft, self.change);
            return PutCounts { added: 1, ..nothing };
        };
        let restocked = self.set_stock && bench.bring_stock(*id, draft.stock, self.change);
        let different = u64::from(edited || restocked);
        PutCounts { updated: different, unchanged: 1 - different, ..nothing }
    }
}
