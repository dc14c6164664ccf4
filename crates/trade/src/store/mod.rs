//! Where orders are kept. Every operation is one transaction; the batch ones are one for the whole batch.

pub mod archive;
mod codec;
mod decide;
mod listing;
pub mod postgres;
pub mod sqlite;
pub mod transfer;

use api::calls::{Address, HoldRefusal};
use async_trait::async_trait;
use clock::Ms;
use engine::{IdempotencyKey, Once, Result};
use model::order::{Event, Move, Order, Refusal, State};
use model::{Cause, Cents, ItemId, OrderId, UserId};
use serde::{Deserialize, Serialize};

use self::archive::{File, Leaving, Whole};
use crate::watch::{Bucket, Candidate, Deed};

/// One line of an order, as it was when the order was placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Which item.
    pub item_id: ItemId,
    /// How many.
    pub num: u32,
    /// The item's name.
    pub name: String,
    /// Price of one, in cents.
    pub price: Cents,
    /// Path or URL of the item's picture.
    pub image: String,
    /// Specification: JSON text, or none.
    pub spec: Option<String>,
    /// The item's version that price and name were read at.
    pub version: u32,
}

/// An order with all that is kept about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The header.
    pub order: Order,
    /// 1 Alipay, 2 `WeChat`, 3 balance.
    pub payment_type: u8,
    /// When it was paid.
    pub paid_at: Option<Ms>,
    /// When it was shipped.
    pub shipped_at: Option<Ms>,
    /// When it was received.
    pub received_at: Option<Ms>,
    /// When it was closed.
    pub closed_at: Option<Ms>,
    /// When it was reviewed.
    pub reviewed_at: Option<Ms>,
    /// Which line was refused and why, if the hold was.
    pub refusal: Option<(usize, HoldRefusal)>,
    /// What staff said about the parcel.
    pub parcel: Option<Parcel>,
    /// Where it goes.
    pub address: Option<Address>,
    /// What was ordered.
    pub lines: Vec<Line>,
}

/// Who carries the parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Parcel {
    /// The carrier.
    pub company: String,
    /// The tracking number.
    pub number: String,
}

/// An order to be written.
#[derive(Clone, Debug)]
pub struct NewOrder {
    /// The header, in state placing.
    pub order: Order,
    /// 1 Alipay, 2 `WeChat`, 3 balance.
    pub payment_type: u8,
    /// Where it goes.
    pub address: Option<Address>,
    /// What is ordered.
    pub lines: Vec<Line>,
    /// Who places it.
    pub cause: Cause,
}

/// What a placement led to; remembered under its idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Placement {
    /// To an order. Its state says the rest.
    Order(OrderId),
    /// To a refusal before there was an order.
    Refused(crate::place::Refused),
}

/// The outcome of [`Store::begin`].
#[derive(Clone, Debug, PartialEq)]
pub enum Begun {
    /// The order is written.
    New,
    /// The key had led somewhere already.
    Known(Placement),
    /// The key was used for another request.
    OtherBody,
}

impl From<Once<Placement>> for Begun {
    fn from(once: Once<Placement>) -> Self {
        match once {
            Once::Outcome(placement) => Begun::Known(placement),
            Once::OtherBody => Begun::OtherBody,
        }
    }
}

/// An event to be applied to an order.
#[derive(Clone, Debug)]
pub struct Change {
    /// Which order.
    pub order: OrderId,
    /// What happened.
    pub event: Event,
    /// Who caused it.
    pub cause: Cause,
    /// A message that is retried until the order is at rest carries this change: no duty is needed beside it.
    pub carried: bool,
    /// What is recorded beside the header.
    pub detail: Detail,
}

/// What some events bring along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Nothing.
    #[default]
    None,
    /// Which line was refused, and why.
    Refusal(usize, HoldRefusal),
    /// Who carries the parcel.
    Parcel(Parcel),
}

/// What an event did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It moved the order.
    Moved {
        /// The order afterwards.
        order: Order,
        /// Its moves.
        moves: Vec<Move>,
    },
    /// It has no effect on the order as it is.
    Refused {
        /// Why.
        refusal: Refusal,
        /// The order as it is.
        order: Order,
    },
    /// There is no such order.
    Unknown,
    /// The row makes no sense.
    Corrupt,
}

/// What a change came to, as it is remembered under an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ruling {
    /// It is done, or was already.
    Done,
    /// It was refused, and in which state the order was.
    Refused(Refusal, State),
    /// There is no such order.
    Unknown,
}

impl Ruling {
    /// The ruling on a change; `None` if a row that makes no sense allowed none.
    pub fn on(applied: &Applied) -> Option<Self> {
        match applied {
            Applied::Moved { .. } | Applied::Refused { refusal: Refusal::Already, .. } => Some(Ruling::Done),
            Applied::Refused { refusal, order } => Some(Ruling::Refused(*refusal, order.state)),
            Applied::Unknown => Some(Ruling::Unknown),
            Applied::Corrupt => None,
        }
    }
}

/// The outcome of [`Store::apply_once`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keyed {
    /// The change was applied now.
    Now(Applied),
    /// The key had a ruling already; nothing was done.
    Before(Ruling),
    /// The key was used for another request.
    OtherBody,
}

impl From<Once<Ruling>> for Keyed {
    fn from(once: Once<Ruling>) -> Self {
        match once {
            Once::Outcome(ruling) => Keyed::Before(ruling),
            Once::OtherBody => Keyed::OtherBody,
        }
    }
}

/// A header, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Header {
    /// It is there.
    Found(Order),
    /// There is no such order.
    Unknown,
    /// The row makes no sense.
    Corrupt,
}

/// One entry of an order's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Ms,
    /// State before.
    pub from: State,
    /// State after; the same for a mark.
    pub to: State,
    /// What happened, such as `closeAsked`.
    pub name: String,
    /// Who caused it.
    pub cause: Cause,
}

/// An order that a sweep found unfinished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// Which.
    pub order: OrderId,
    /// Since when it waits for a sweep.
    pub since: Ms,
    /// How many sweeps postponed it since it last moved.
    pub sweeps: u32,
}

/// Which orders a list shows, newest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only this user's, and only what a buyer sees: no placing, no failed placement.
    pub owner: Option<UserId>,
    /// Only in this state.
    pub state: Option<State>,
    /// Also placing and failed placements.
    pub everything: bool,
}

/// Where orders are kept.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Writes a new order with its first duty, unless its key has led somewhere already.
    async fn begin(&self, new: NewOrder, key: Option<IdempotencyKey>) -> Result<Begun>;

    /// Remembers a refusal under its key, unless the key has led somewhere already.
    async fn refuse(&self, refused: crate::place::Refused, key: IdempotencyKey, now: Ms) -> Result<Begun>;

    /// Where this key has led, if anywhere.
    async fn placement(&self, key: &IdempotencyKey) -> Result<Option<Begun>>;

    /// Gives an order that is still placing other lines and another total. `false` if it is not placing.
    async fn reprice(&self, order: OrderId, lines: Vec<Line>, total: Cents) -> Result<bool>;

    /// Applies each change to its order, all in one commit; answers in the same order.
    async fn apply(&self, changes: Vec<Change>, now: Ms) -> Result<Vec<Applied>>;

    /// Applies a change and remembers its ruling under `key` in the same commit, unless the key has one.
    async fn apply_once(&self, change: Change, key: IdempotencyKey, now: Ms) -> Result<Keyed>;

    /// Notes that `key` was used for this request. `false` if it was used for another.
    async fn note_key(&self, key: IdempotencyKey, now: Ms) -> Result<bool>;

    /// The headers of these orders, in the same order.
    async fn headers(&self, orders: &[OrderId]) -> Result<Vec<Header>>;

    /// One order with everything.
    async fn find(&self, order: OrderId) -> Result<Option<Row>>;

    /// A page of a list and how many entries the list has: at most [`crate::watch::LISTED_MAX`], the newest. A list of
    /// an owner's goes back no further than so many of their orders.
    async fn list(&self, filter: Filter, offset: u64, limit: u64) -> Result<(u64, Vec<Row>)>;

    /// An order's history, oldest first.
    async fn history(&self, order: OrderId) -> Result<Vec<Entry>>;

    /// The trace in which each of these orders was placed, in the same order; empty where there is none.
    async fn placed_in(&self, orders: &[OrderId]) -> Result<Vec<String>>;

    /// Orders unfinished since before `until`, after the position `after`, in order of position.
    async fn unfinished(&self, until: Ms, after: (Ms, OrderId), limit: usize) -> Result<Vec<Unfinished>>;

    /// Lets the sweeps leave each of these orders alone until its time, and counts that they did.
    async fn postpone(&self, orders: Vec<(OrderId, Ms)>) -> Result<()>;

    /// Forgets some keys past their age; answers how many.
    async fn expire_keys(&self, now: Ms) -> Result<usize>;

    /// How many orders are unpaid a minute or more after their deadline, among the rows that the sweeps come to next.
    /// Sweeps leave none alone for longer than a minute, so that all are among them as long as they are not many
    /// thousands; then this is at least how many.
    async fn overdue(&self, now: Ms) -> Result<i64>;

    /// The orders among those that the sweeps come to next (as [`Store::overdue`] looks at them) of which something is
    /// owed or whose time is over.
    async fn candidates(&self, now: Ms) -> Result<Vec<Candidate>>;

    /// How many orders the sweeps or their deadlines come to between each two neighbours of `edges`, each counted up
    /// to [`crate::config::BUCKET_MAX`].
    async fn due(&self, edges: &[Ms]) -> Result<Vec<Bucket>>;

    /// What staff did to orders, newest first, before the position `before`.
    async fn deeds(&self, before: (Ms, OrderId, i64), limit: u64) -> Result<Vec<Deed>>;

    /// How many orders stand in each state.
    async fn tally(&self) -> Result<Vec<(State, i64)>>;

    /// Those of these orders that are kept here, whole, in the same order.
    async fn whole(&self, orders: &[OrderId]) -> Result<Vec<Whole>>;

    /// Writes down that there is a file, once; answers its number.
    async fn note_file(&self, file: File) -> Result<i64>;

    /// Takes away each of these orders that still is as it was written to the file of this number and at rest, and
    /// leaves its header in its place. All in one commit; answers how many.
    async fn put_away(&self, leaving: Vec<Leaving>, file: i64) -> Result<usize>;

    /// The file an archived order went to.
    async fn file_of(&self, order: OrderId) -> Result<Option<File>>;
}
