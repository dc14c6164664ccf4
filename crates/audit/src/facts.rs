//! What the auditor looks at: rows as the services' databases hold them, without their tables.
//!
//! Every fact has a key; a [`crate::Source`] gives facts of one kind in strictly ascending order of it. Ids
//! are never 0, so a key of zeros comes before all facts.

use model::order::{Order, State};
use model::pay_order::PayOrder;
use model::wallet::Outcome;
use model::{AttemptId, Cents, ItemId, Ms, OrderId, PayOrderId, UserId, hold};

/// An order of `trade`. Key: its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderFact {
    /// The header.
    pub order: Order,
    /// What was ordered; empty if it is archived.
    pub lines: Vec<LineFact>,
    /// Its recorded history, oldest first; empty if it is archived.
    pub history: Vec<MoveFact>,
    /// Of an order whose lines and history are in an archive: when it came to its state.
    pub archived: Option<Ms>,
}

/// A line of an order, as it was at placement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineFact {
    /// Which item.
    pub item: ItemId,
    /// How many.
    pub num: u32,
    /// Price of one, in cents.
    pub price: Cents,
}

/// One entry of an order's history. Marks have `from == to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveFact {
    /// Before.
    pub from: State,
    /// After.
    pub to: State,
    /// The name of [`model::order::Move`].
    pub name: String,
    /// When, by `trade`'s clock.
    pub at: Ms,
}

/// A pay order of `pay`. Key: the order it pays, and in another pass its own id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayOrderFact {
    /// The header.
    pub pay_order: PayOrder,
    /// When it became a success, by `pay`'s clock.
    pub success_at: Option<Ms>,
    /// Every attempt that was let through.
    pub attempts: Vec<AttemptFact>,
    /// Its payment at a provider, if it ever had one. Where that stands is in the header.
    pub bill: Option<BillFact>,
}

/// A payment at a provider, by `pay`'s word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BillFact {
    /// Since when it stands as it does, by `pay`'s clock.
    pub since: Ms,
    /// What the provider got for it.
    pub paid: Option<Cents>,
    /// Whether somebody is going to ask the provider about it.
    pub watched: bool,
}

/// One attempt at paying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptFact {
    /// Its id.
    pub id: AttemptId,
    /// When it began.
    pub started: Ms,
    /// How it ended; none while in flight.
    pub outcome: Option<Outcome>,
}

/// The hold of an order in `item`. Key: the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldFact {
    /// Which order.
    pub order: OrderId,
    /// Where it stands.
    pub state: hold::State,
    /// When the row was written, by `item`'s clock.
    pub created: Ms,
    /// What it holds (or held); empty in a tombstone.
    pub lines: Vec<HoldLineFact>,
}

/// One line of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HoldLineFact {
    /// Which item.
    pub item: ItemId,
    /// How many.
    pub num: u32,
}

/// An item's counters. Key: its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemFact {
    /// Which item.
    pub id: ItemId,
    /// All stock that ever came in, less what was taken out by staff: the initial stock included.
    pub added: i64,
    /// What can be bought.
    pub available: i64,
    /// What orders hold.
    pub held: i64,
    /// What was sold and not returned.
    pub sold: i64,
}

/// Where a ledger entry lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LedgerKey {
    /// Which item.
    pub item: ItemId,
    /// Which order, or the id of a change by staff or import.
    pub reference: u64,
    /// Which line of the order.
    pub line: u32,
    /// The entry's place among those of this line, from 1, in the order of time.
    pub seq: u32,
}

/// An entry of the stock ledger. Key: [`LedgerKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerFact {
    /// Where it lies.
    pub key: LedgerKey,
    /// What moved.
    pub change: StockChange,
    /// How many; negative only when staff took stock out.
    pub num: i64,
}

/// A kind of stock change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockChange {
    /// Stock came in, or was taken out by staff.
    Added,
    /// An order moved it between the counters.
    Moved(hold::Movement),
}

/// A wallet of `user`. Key: the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalletFact {
    /// Whose.
    pub user: UserId,
    /// What can be spent.
    pub balance: Cents,
}

/// An entry of a wallet. Key: user and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalletEntryFact {
    /// Whose wallet.
    pub user: UserId,
    /// Its number among the user's entries, from 1 or as an id; ascending.
    pub seq: u64,
    /// What it is.
    pub kind: EntryKind,
    /// The amount, not negative.
    pub amount: Cents,
}

/// A kind of wallet entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// Money came in.
    Credit,
    /// Money was taken for a pay order.
    Debit,
    /// Money of a pay order went back.
    Refund,
}

/// What the wallets recorded for a pay order. Key: pay order and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoneyFact {
    /// Which pay order.
    pub pay_order: PayOrderId,
    /// Its number among those of the pay order, such as the attempt's id; ascending.
    pub seq: u64,
    /// Whose wallet.
    pub user: UserId,
    /// What was recorded.
    pub kind: MoneyKind,
    /// The amount.
    pub amount: Cents,
    /// When, by `user`'s clock.
    pub at: Ms,
}

/// A kind of money record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyKind {
    /// An attempt to take it, and how that ended.
    Debit(Outcome),
    /// It went back.
    Refund,
}

/// What an idempotency key of an order placement was answered with. Key: owner and key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFact {
    /// Whose key.
    pub owner: UserId,
    /// The key.
    pub key: String,
    /// The order it was answered with.
    pub order: OrderId,
}

/// Where a message waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutboxKey {
    /// Whose outbox.
    pub service: String,
    /// When it comes due.
    pub due: Ms,
    /// Its topic's code.
    pub topic: u16,
    /// What it is about.
    pub subject: u64,
}

/// A message or duty that is not done. Key: [`OutboxKey`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxFact {
    /// Where it waits.
    pub key: OutboxKey,
    /// How often it was tried.
    pub attempts: u32,
}
