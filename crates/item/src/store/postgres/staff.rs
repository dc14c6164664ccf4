//! What staff and imports do with items, as units of work.

use async_trait::async_trait;
use engine::postgres::{Batch, Keys, Tx};
use engine::{IdempotencyKey, Once, Result};
use model::ItemId;

use super::watch;
use super::workbench::Workbench;
use crate::catalogue::{Draft, Edit};
use crate::store::{Change, Delta, Edited, PutCounts, Restocked, Row};
use crate::watch::Record;

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
        let (mut answers, mut records) = (Vec::with_capacity(requests.len()), Vec::new());
        for (key, draft, change) in requests {
            answers.push(book.once(key.as_ref(), change.at, || {
                let id = ItemId(change.id);
                bench.insert(id, draft, *change);
                records.extend(Record::created(id, *change));
                Ok(id)
            })?);
        }
        self.keys.save(tx, book);
        bench.write(tx);
        watch::write(tx, records);
        Ok(answers)
    }
}

/// Changes what is said of items.
pub(super) struct Editing {
    pub(super) keys: Keys,
}

#[async_trait]
impl Batch for Editing {
    type Request = (Option<IdempotencyKey>, ItemId, Edit, Change);
    type Answer = Once<Edited>;

    async fn run(&self, tx: &mut Tx<'_>, requests: &[Self::Request]) -> Result<Vec<Self::Answer>> {
        let mut book = self.keys.load(tx, requests.iter().map(|(key, ..)| key.as_ref())).await?;
        let mut bench = Workbench::lock(tx, requests.iter().map(|(_, item, ..)| *item)).await?;
        let (mut answers, mut records) = (Vec::with_capacity(requests.len()), Vec::new());
        for (key, item, edit, change) in requests {
            let work = || {
                let edited = bench.edit_standing(*item, edit.clone(), change.at);
                if edited == Edited::Done {
                    records.extend(Record::edited(*item, edit, *change));
                }
                Ok(edited)
            };
            answers.push(book.once(key.as_ref(), change.at, work)?);
        }
        self.keys.save(tx, book);
        bench.write(tx);
        watch::write(tx, records);
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
        let (mut answers, mut records) = (Vec::with_capacity(requests.len()), Vec::new());
        for (key, item, delta, change) in requests {
            let work = || {
                let restocked = bench.restock(*item, delta, *change);
                if let Restocked::Done(_) = restocked {
                    records.extend(Record::restocked(*item, delta, *change));
                }
                Ok(restocked)
            };
            answers.push(book.once(key.as_ref(), change.at, work)?);
        }
        self.keys.save(tx, book);
        bench.write(tx);
        watch::write(tx, records);
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
