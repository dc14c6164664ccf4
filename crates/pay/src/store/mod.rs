//! What `pay` asks of its storage: typed operations, each one transaction.
//!
//! Decisions are [`model::pay_order::apply`], taken inside the transaction on the freshly read row; state,
//! attempt, messages and idempotency key are committed together or not at all. A refusal is an answer; an
//! error means that nothing changed. In a batch, one row that makes no sense spoils only its own answer.

mod change;
pub mod postgres;
pub mod sqlite;
pub(crate) mod stored;
pub mod transfer;

use async_trait::async_trait;
use engine::{IdempotencyKey, Once, Result};
use model::pay_order::{CloseAnswer, Event, Refusal};
use model::{AttemptId, Ms, OrderId, PayOrderId, UserId};
use serde::{Deserialize, Serialize};

use crate::record::{self, Attempt, Record, Terms};

/// How many presses of one pay order are shown.
pub(crate) const PRESSES_MAX: i64 = 200;

/// What became of an application to pay. Final, so it is remembered under the request's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Opened {
    /// The order's pay order, new or not.
    PayOrder(PayOrderId),
    /// There is nothing to pay any more.
    Refused(NotOpened),
}

/// Why an order cannot be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotOpened {
    /// The buyer expects another amount than the order's total.
    AmountMismatch,
    /// It is closed, closing or overdue.
    NotPayable,
    /// It is paid.
    AlreadyPaid,
    /// It has, or had, its one payment at a provider: the same cannot be made again, nor another beside it.
    ChannelTaken,
}

/// An application to pay, with what `trade`'s word makes of it.
#[derive(Clone, Debug)]
pub struct Application {
    /// The request's key.
    pub key: Option<IdempotencyKey>,
    /// The id to give a new pay order.
    pub id: PayOrderId,
    /// What is to be paid, or why it may not be.
    pub terms: Result<Terms, NotOpened>,
}

/// The buyer pressed *pay*.
#[derive(Clone, Debug)]
pub struct Press {
    /// The request's key.
    pub key: Option<IdempotencyKey>,
    /// What is to be paid.
    pub pay_order: PayOrderId,
    /// The id to give the attempt.
    pub attempt: AttemptId,
    /// A later deadline that `trade` told of.
    pub deadline: Option<Ms>,
}

/// What became of a press. All but [`Pressed::Busy`] are remembered under the request's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pressed {
    /// It started this attempt; how that ends is known to the attempt.
    Attempt(AttemptId),
    /// It is paid already.
    Paid,
    /// It is closed, or about to be.
    Closed,
    /// The time to pay is over.
    Overdue,
    /// Another attempt is in flight. Passes, so it is not remembered.
    Busy,
}

/// Which pay order an event happens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// This one.
    PayOrder(PayOrderId),
    /// The one of this order.
    Order(OrderId),
}

/// What comes with an event about a bill, to be kept and shown; empty texts tell nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The channel to the provider.
    pub channel: String,
    /// Where the buyer pays.
    pub url: String,
    /// The provider's reference of a refund.
    pub refund: String,
}

/// News of a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// Whose.
    pub pay_order: PayOrderId,
    /// What happened.
    pub event: Event,
    /// What came with it.
    pub told: Told,
}

/// What came of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    /// It has happened; the pay order is now so.
    Done(Box<Record>),
    /// It was refused; the pay order is still so.
    Refused(Refusal, Box<Record>),
    /// There is no such pay order.
    Missing,
    /// The stored row makes no sense. It was logged and left as it is.
    Corrupt,
}

/// What a look-up found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<T> {
    /// This.
    Some(Box<T>),
    /// There is none.
    None,
    /// The stored row makes no sense. It was logged.
    Corrupt,
}

/// A row that owes something for too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overdue {
    /// Where the page goes on after this row.
    pub cursor: SweepCursor,
    /// How often it was swept already since it last changed.
    pub sweeps: u32,
    /// The row.
    pub record: Found<Record>,
}

/// A place in the order of sweeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepCursor {
    /// The row's time to be swept.
    pub at: Ms,
    /// The row.
    pub id: PayOrderId,
}

/// How much is owed at present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owed {
    /// Pay orders with an attempt in flight.
    pub in_flight: u64,
    /// Refunds asked for and not acknowledged.
    pub refunding: u64,
    /// Bills to be made or closed at a provider.
    pub bills: u64,
    /// Money owed back at a provider that no order was to be paid with.
    pub returning: u64,
    /// Since when the oldest refund of either kind is owed.
    pub oldest_refund: Option<Ms>,
}

/// The storage of the payment service.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// What an application under this key came to, if it was made.
    async fn opened_before(&self, key: &IdempotencyKey) -> Result<Option<Once<Opened>>>;

    /// Makes the order's pay order, or finds it (and takes over a later deadline).
    async fn open(&self, application: Application, now: Ms) -> Result<Once<Opened>>;

    /// What a press under this key came to, if it was made.
    async fn pressed_before(&self, key: &IdempotencyKey) -> Result<Option<Once<Pressed>>>;

    /// Starts an attempt unless something forbids it.
    async fn press(&self, press: Press, now: Ms) -> Result<Once<Pressed>>;

    /// Lets events happen, one after another; answers for each in the same order.
    async fn apply(&self, moves: Vec<(Target, Event)>, now: Ms) -> Result<Vec<Moved>>;

    /// The same with news of bills.
    async fn hear(&self, news: Vec<News>, now: Ms) -> Result<Vec<Moved>>;

    /// Closes orders for payment; one without a pay order gets a closed one with the id given here.
    async fn close(&self, orders: Vec<(OrderId, PayOrderId)>, now: Ms) -> Result<Vec<CloseAnswer>>;

    /// The pay order of this id.
    async fn by_id(&self, id: PayOrderId) -> Result<Option<Record>>;

    /// The pay orders of these ids, in the same order.
    async fn by_ids(&self, ids: &[PayOrderId]) -> Result<Vec<Found<Record>>>;

    /// The pay orders of these orders, in the same order.
    async fn by_orders(&self, orders: &[OrderId]) -> Result<Vec<Found<Record>>>;

    /// A user's pay orders without tombstones, newest first.
    async fn of_owner(&self, owner: UserId, limit: usize) -> Result<Vec<Record>>;

    /// The attempts of these ids, in the same order.
    async fn attempts(&self, ids: &[AttemptId]) -> Result<Vec<Found<Attempt>>>;

    /// The presses of a pay order that were let through, oldest first, at most [`PRESSES_MAX`].
    async fn presses(&self, pay_order: PayOrderId) -> Result<Vec<record::Press>>;

    /// Rows whose time to be swept is not after `until`, behind `after`, in that order.
    async fn overdue(&self, after: Option<SweepCursor>, until: Ms, limit: usize) -> Result<Vec<Overdue>>;

    /// Sets when these rows are swept next and counts one sweep more; rows at rest stay so.
    async fn postpone(&self, rows: Vec<(PayOrderId, Ms)>) -> Result<()>;

    /// The same as [`Store::overdue`] of bills.
    async fn overdue_bills(
        &self,
        after: Option<SweepCursor>,
        until: Ms,
        limit: usize,
    ) -> Result<Vec<Overdue>>;

    /// Bills that owe something, among the first `look` whose time to be swept comes next.
    async fn owing_bills(&self, look: usize) -> Result<Vec<Overdue>>;

    /// The same as [`Store::postpone`] of bills. `None` is a closed bill that is not looked at any more.
    async fn postpone_bills(&self, rows: Vec<(PayOrderId, Option<Ms>)>) -> Result<()>;

    /// Forgets at most `limit` idempotency keys that are too old; answers how many.
    async fn expire_keys(&self, now: Ms, limit: usize) -> Result<usize>;

    /// How much is owed at present.
    async fn owed(&self) -> Result<Owed>;
}
