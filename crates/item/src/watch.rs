//! Stock as staff look at it: how an item's counters stand against its ledger, open holds, what staff did, and what the
//! sweep found out about holds that nobody ended.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::calls::OrderFate;
use delay::Rounds;
use engine::Result;
use model::{ItemId, Ms, OrderId, UserId};
use parking_lot::Mutex;

use crate::Service;
use crate::catalogue::{Edit, Status};
use crate::ledger::{DueHold, Entry};
use crate::store::{Change, Delta};

/// How many rows of its ledger an item's counters are checked against; a longer ledger is the audit's.
pub const CHECK_MAX: i64 = 50_000;
/// How many holds without an order are remembered.
const ORPHANS_MAX: usize = 1_000;

/// An item's counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counters {
    /// All stock that ever came in.
    pub added: i64,
    /// What can be bought.
    pub available: i64,
    /// What open orders hold.
    pub held: i64,
    /// What was sold here.
    pub sold: i64,
    /// The same by its ledger; `None` if that is longer than [`CHECK_MAX`].
    pub by_ledger: Option<Sums>,
}

/// What a ledger adds up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// All stock that ever came in.
    pub added: i64,
    /// Held and not ended.
    pub held: i64,
    /// Sold and not returned.
    pub sold: i64,
}

impl Sums {
    /// The sums over `total` pieces of each movement, by its code.
    pub(crate) fn of(totals: &BTreeMap<i64, i64>) -> Self {
        use crate::ledger::Movement::{Add, Hold, Release, Return, Sell};
        let total = |movement: crate::ledger::Movement| totals.get(&movement.code()).copied().unwrap_or(0);
        Self {
            added: total(Add),
            held: total(Hold) - total(Release) - total(Sell),
            sold: total(Sell) - total(Return),
        }
    }
}

impl Counters {
    /// Whether counters and ledger differ; `None` if that was not checked.
    pub fn drifted(&self) -> Option<bool> {
        self.by_ledger.map(|Sums { added, held, sold }| {
            (self.added, self.held, self.sold) != (added, held, sold) || self.available != added - held - sold
        })
    }
}

/// An open hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenHold {
    /// Whose.
    pub order: OrderId,
    /// When it was made.
    pub created: Ms,
    /// When the sweep asks `trade` about it next.
    pub asked_at: Ms,
    /// How often it was asked about.
    pub sweeps: u32,
}

/// A row of the ledger of some item, for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderEntry {
    /// Which item.
    pub item: ItemId,
    /// The row.
    pub entry: Entry,
}

/// Something staff did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The change's id.
    pub id: i64,
    /// When.
    pub at: Ms,
    /// Who.
    pub by: UserId,
    /// To which item.
    pub item: ItemId,
    /// What.
    pub action: String,
    /// Why; empty where no reason is asked for.
    pub reason: String,
}

impl Record {
    fn of(item: ItemId, change: Change, action: String, reason: &str) -> Option<Self> {
        let by = change.by?;
        Some(Self { id: change.id.cast_signed(), at: change.at, by, item, action, reason: reason.to_owned() })
    }

    /// Staff added an item. Imports are not recorded.
    pub(crate) fn created(item: ItemId, change: Change) -> Option<Self> {
        Self::of(item, change, "create".into(), "")
    }

    /// Staff changed what is said of an item.
    pub(crate) fn edited(item: ItemId, edit: &Edit, change: Change) -> Option<Self> {
        let action = match edit.status {
            Some(Status::OnSale) => "on sale",
            Some(Status::OffSale) => "off sale",
            Some(Status::Deleted) => "delete",
            None => "edit",
        };
        Self::of(item, change, action.into(), "")
    }

    /// Staff changed its stock.
    pub(crate) fn restocked(item: ItemId, delta: &Delta, change: Change) -> Option<Self> {
        Self::of(item, change, format!("stock {:+}", delta.pieces), &delta.reason)
    }
}

/// A hold whose order nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// The order it names.
    pub order: OrderId,
    /// When it was made.
    pub created: Ms,
    /// When `trade` was asked last.
    pub seen: Ms,
}

/// Background of the service: its sweep's rounds, and the holds without an order. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Watch {
    orphans: Arc<Mutex<BTreeMap<OrderId, Orphan>>>,
    pub(crate) rounds: Rounds,
}

impl Watch {
    /// `trade` said what became of some holds.
    pub(crate) fn heard(&self, due: &[DueHold], fates: &[OrderFate], now: Ms) {
        let mut orphans = self.orphans.lock();
        for (hold, fate) in due.iter().zip(fates) {
            match fate {
                OrderFate::Unknown if orphans.len() < ORPHANS_MAX => {
                    let DueHold { order, created, .. } = *hold;
                    orphans.insert(order, Orphan { order, created, seen: now });
                }
                OrderFate::Unknown => {}
                OrderFate::Open | OrderFate::Ended(_) => drop(orphans.remove(&hold.order)),
            }
        }
    }
}

impl Service {
    /// The sweep's rounds.
    pub fn rounds(&self) -> &Rounds {
        &self.watch.rounds
    }

    /// Holds without an order that still stand, oldest first.
    pub async fn orphans(&self) -> Result<Vec<Orphan>> {
        let mut known: Vec<Orphan> = self.watch.orphans.lock().values().copied().collect();
        let orders: Vec<OrderId> = known.iter().map(|orphan| orphan.order).collect();
        let open = self.store().still_held(orders).await?;
        known.retain(|orphan| open.contains(&orphan.order));
        self.watch.orphans.lock().retain(|order, _| open.contains(order));
        known.sort_by_key(|orphan| (orphan.created, orphan.order));
        Ok(known)
    }
}
