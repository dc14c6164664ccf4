//! How the orders stand, for staff: counted in the background, so that a look costs nobody anything.
//!
//! What is in trouble lies among the rows that the sweeps come to next, so a bounded look along their index finds it,
//! however many orders are open. The answer carries its own age.

use std::sync::Arc;

use clock::Ms;
use delay::Rounds;
use engine::Result;
use model::OrderId;
use model::order::{Order, State};
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use crate::Service;
pub use crate::config::{BUCKET_MAX, LISTED_MAX};
use crate::config::{OVERDUE_MS, WATCH_EVERY_MS};

/// What can be wrong with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Trouble {
    /// Still open a minute after its deadline.
    Overdue,
    /// Closing was asked for more than a minute ago, and `pay` has not decided.
    Closing,
    /// Still being placed a minute after its placement was to be given up.
    Placing,
    /// The money has been on its way back for more than a minute.
    Refunding,
    /// Ended more than a minute ago, and its stock is not settled.
    Unsettled,
}

/// An order that somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Troubled {
    /// The order.
    pub order: Order,
    /// What is wrong.
    pub trouble: Trouble,
    /// Since when: its deadline, or its last move.
    pub since: Ms,
    /// How often a sweep postponed it since.
    pub sweeps: u32,
}

/// A row that the sweeps come to next, beside what every header has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The order.
    pub order: Order,
    /// When it moved last.
    pub moved: Ms,
    /// How often a sweep postponed it since.
    pub sweeps: u32,
}

/// Orders that fall due within a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// From here.
    pub from: Ms,
    /// Up to here, without it.
    pub until: Ms,
    /// How many; [`BUCKET_MAX`] stands for that many or more.
    pub count: i64,
}

/// The orders as they stood at one moment.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// When; none was taken yet.
    pub at: Option<Ms>,
    /// How many orders stand in each state.
    pub tally: Vec<(State, i64)>,
    /// What is in trouble, the longest first.
    pub troubled: Vec<Troubled>,
    /// What falls due, in rising order.
    pub due: Vec<Bucket>,
}

/// The last picture. Clones share it.
#[derive(Clone, Default)]
pub struct Watch {
    last: Arc<RwLock<Arc<Picture>>>,
}

impl Watch {
    /// The last picture taken.
    pub fn last(&self) -> Arc<Picture> {
        self.last.read().clone()
    }
}

/// What is wrong with an order at `now`, and since when.
pub fn trouble(candidate: Candidate, now: Ms) -> Option<Troubled> {
    let Candidate { order, moved, sweeps } = candidate;
    let late = |since: Ms| now.since(since) >= OVERDUE_MS;
    let (trouble, since) = match order.state {
        State::Placing => (Trouble::Placing, order.deadline),
        State::Unpaid => match order.close_asked {
            Some(asked) => (Trouble::Closing, asked.at),
            None => (Trouble::Overdue, order.deadline),
        },
        _ if order.refunding() => (Trouble::Refunding, moved),
        _ if order.owes() => (Trouble::Unsettled, moved),
        _ => return None,
    };
    late(since).then_some(Troubled { order, trouble, since, sweeps })
}

/// The edges of the buckets that what falls due after `now` is counted in: finer near, coarser far.
pub fn edges(now: Ms) -> Vec<Ms> {
    const STEPS_S: [i64; 17] =
        [0, 5, 10, 20, 30, 60, 120, 180, 300, 600, 900, 1_200, 1_800, 3_600, 21_600, 86_400, 604_800];
    STEPS_S.iter().map(|step_s| now + step_s * clock::SECOND).collect()
}

impl Service {
    /// How the orders stand.
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// The sweep's rounds.
    pub fn rounds(&self) -> &Rounds {
        &self.rounds
    }

    /// Takes a picture every few seconds until `stop`.
    pub async fn watch_forever(&self, stop: CancellationToken) {
        loop {
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "how the orders stand could not be read; the last picture stays");
            }
            let next = self.clock.now() + WATCH_EVERY_MS;
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = self.clock.sleep_until(next) => {}
            }
        }
    }

    /// Takes one picture.
    pub async fn look(&self) -> Result<()> {
        let now = self.clock.now();
        let tally = self.store.tally().await?;
        let candidates = self.store.candidates(now).await?;
        let due = self.store.due(&edges(now)).await?;
        let mut troubled: Vec<Troubled> =
            candidates.into_iter().filter_map(|candidate| trouble(candidate, now)).collect();
        troubled.sort_by_key(|troubled| (troubled.since, troubled.order.id));
        *self.watch.last.write() = Arc::new(Picture { at: Some(now), tally, troubled, due });
        Ok(())
    }

    /// What is in trouble by the last picture, only of one kind if given: how many, and those from `offset` on.
    pub fn troubled(&self, kind: Option<Trouble>, offset: u64, limit: u64) -> (u64, Vec<Troubled>) {
        let last = self.watch.last();
        let of_kind =
            || last.troubled.iter().filter(|troubled| kind.is_none_or(|kind| kind == troubled.trouble));
        let (skip, take) =
            (usize::try_from(offset).unwrap_or(usize::MAX), usize::try_from(limit).unwrap_or(0));
        (of_kind().count() as u64, of_kind().skip(skip).take(take).cloned().collect())
    }
}

/// Something staff did to an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// Which order.
    pub order: OrderId,
    /// Which entry of its history.
    pub seq: i64,
    /// The entry.
    pub entry: crate::store::Entry,
}
