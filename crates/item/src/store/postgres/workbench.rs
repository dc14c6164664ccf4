//! The items a batch of staff or of an import works on: locked, changed in memory, written once.

use std::collections::{BTreeMap, BTreeSet};

use engine::Result;
use engine::postgres::{Row, Tx};
use model::{Cents, ItemId, Ms};
use mutants::Mutant;

use super::catalogue::{self, First, Shown};
use super::moves::Moves;
use super::{row, tally};
use crate::catalogue::{Draft, Edit, Status};
use crate::store::standing::Standing;
use crate::store::{Change, Delta, Edited, Restocked, codec};

const TABLE: &str = "item_items";

/// The items, and what is to be written.
pub(super) struct Workbench {
    items: BTreeMap<ItemId, Slot>,
    moves: Moves,
}

/// An item as it was found (`None`: it was not there) and as it is now.
struct Slot {
    found: Option<Standing>,
    now: Standing,
    first: Option<First>,
    edited: Ms,
    stock: Stock,
}

#[derive(Clone, Copy)]
struct Stock {
    added: i64,
    available: i64,
}

impl Workbench {
    /// Locks those of `ids` that are there, in their order.
    pub(super) async fn lock(tx: &Tx<'_>, ids: impl Iterator<Item = ItemId>) -> Result<Self> {
        let ids: BTreeSet<i64> = ids.map(ItemId::as_i64).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let lock = if mutants::on(Mutant::StockReadWithoutLock) { "" } else { "FOR UPDATE" };
        let sql = format!(
            "SELECT id, status::bigint, version, price, category, brand, added, available FROM item_items
                   WHERE id = ANY($1) ORDER BY id {lock}"
        );
        let items = tx.query(&sql, &[&ids]).await?;
        // After the lock, not joined to it: a wait would end with the texts of before.
        let sql = "SELECT id, name, image, spec, comment_count, is_ad FROM item_texts WHERE id = ANY($1) ORDER BY id";
        let texts = tx.query(sql, &[&ids]).await?;
        let texts: BTreeMap<ItemId, Row> =
            texts.into_iter().map(|row| Ok((row::item_id(&row)?, row))).collect::<Result<_>>()?;
        let mut slots = BTreeMap::new();
        for row in items {
            let id = row::item_id(&row)?;
            let texts = texts.get(&id).ok_or_else(|| engine::Error::corrupt("item_texts", id))?;
            slots.insert(id, Slot::found(id, &row, texts)?);
        }
        Ok(Self { items: slots, moves: Moves::default() })
    }

    /// Adds an item that is not there.
    pub(super) fn insert(&mut self, id: ItemId, draft: &Draft, change: Change) {
        let slot = Slot {
            found: None,
            now: Standing::first(draft),
            first: Some(First { stock: draft.stock, sold_before: draft.sold_before, created: change.at }),
            edited: change.at,
            stock: Stock { added: draft.stock, available: draft.stock },
        };
        self.items.insert(id, slot);
        if let Some(first) = Delta::first(draft.stock) {
            self.moves.record(id, first, change);
        }
    }

    /// Edits an item unless it is deleted: staff do not bring items back.
    pub(super) fn edit_standing(&mut self, id: ItemId, edit: Edit, now: Ms) -> Edited {
        match self.items.get_mut(&id) {
            Some(slot) if slot.now.status != Status::Deleted => {
                slot.edit(edit, now);
                Edited::Done
            }
            _ => Edited::NoSuchItem,
        }
    }

    /// Edits an item whatever its status. `None`: there is none; `Some(false)`: it was so already.
    pub(super) fn edit_any(&mut self, id: ItemId, edit: Edit, now: Ms) -> Option<bool> {
        self.items.get_mut(&id).map(|slot| slot.edit(edit, now))
    }

    /// Changes the stock of an item that is not deleted, down to nothing available at most.
    pub(super) fn restock(&mut self, id: ItemId, delta: &Delta, change: Change) -> Restocked {
        let standing = self.items.get(&id).filter(|slot| slot.now.status != Status::Deleted);
        let Some(Stock { added, available }) = standing.map(|slot| slot.stock) else {
            return Restocked::NoSuchItem;
        };
        let decided = Restocked::decide(available, added, delta.pieces);
        if let Restocked::Done(_) = decided {
            self.add(id, delta.clone(), change);
        }
        decided
    }

    /// Makes `stock` available, through the ledger: what orders hold stays theirs. Answers whether it was another.
    pub(super) fn bring_stock(&mut self, id: ItemId, stock: i64, change: Change) -> bool {
        let Some(slot) = self.items.get(&id) else { return false };
        let delta = Delta::import(slot.stock.available, stock);
        let moved = delta.pieces != 0;
        self.add(id, delta, change);
        moved
    }

    fn add(&mut self, id: ItemId, delta: Delta, change: Change) {
        if let Some(slot) = self.items.get_mut(&id) {
            slot.stock.added += delta.pieces;
            slot.stock.available += delta.pieces;
            self.moves.add(id, delta, change);
        }
    }

    /// Writes what is different.
    pub(super) fn write(self, tx: &mut Tx<'_>) {
        let shown = self.items.values().map(Slot::more_shown).sum();
        let shard = self.items.keys().next().map_or(0, |first| first.0 % tally::SHARDS);
        catalogue::write(tx, self.items.into_iter().filter_map(|(id, slot)| slot.shown(id)).collect());
        self.moves.write(tx);
        // Last: whoever waits for this row holds nothing that its holder still asks for.
        tally::write(tx, shard, shown);
    }
}

impl Slot {
    fn found(id: ItemId, item: &Row, texts: &Row) -> Result<Self> {
        let found = Standing {
            status: codec::status(row::number(item, 1, TABLE, id)?, id)?,
            version: row::number(item, 2, TABLE, id)?,
            price: Cents(item.try_get(3)?),
            category: item.try_get(4)?,
            brand: item.try_get(5)?,
            name: texts.try_get(1)?,
            image: texts.try_get(2)?,
            spec: texts.try_get(3)?,
            comment_count: texts.try_get(4)?,
            is_ad: texts.try_get(5)?,
        };
        let stock = Stock { added: item.try_get(6)?, available: item.try_get(7)? };
        Ok(Slot { now: found.clone(), found: Some(found), first: None, edited: Ms(0), stock })
    }

    fn edit(&mut self, edit: Edit, now: Ms) -> bool {
        let new = self.now.with(edit);
        let different = new != self.now;
        if different {
            (self.now, self.edited) = (new, now);
        }
        different
    }

    /// How many more items are not deleted through it.
    fn more_shown(&self) -> i64 {
        let is_shown = |standing: &Standing| i64::from(standing.status != Status::Deleted);
        is_shown(&self.now) - self.found.as_ref().map_or(0, is_shown)
    }

    /// What is written of it, unless it is as it was found.
    fn shown(self, id: ItemId) -> Option<Shown> {
        if self.found.as_ref() == Some(&self.now) {
            return None;
        }
        let now = &self.now;
        let searched =
            self.found.is_none_or(|old| old.price != now.price || old.is_found_otherwise_than(now));
        Some(Shown { id, standing: self.now, first: self.first, at: self.edited, searched })
    }
}
