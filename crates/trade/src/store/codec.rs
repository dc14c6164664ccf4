//! Orders as columns, the same in every engine; only how a cell is read differs.

use api::calls::HoldRefusal;
use clock::Ms;
use engine::{Error, Result};
use model::hold::End;
use model::order::{CloseAsked, CloseReason, Order, Refund, State, StockDuty};
use model::{Actor, Cause, Cents, OrderId, UserId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Entry, Row};
use crate::watch::Candidate;

/// The columns that [`header`] reads, in its order.
pub(super) const HEADER: &str = "id, owner, total, state, placed_at, deadline, applied_at, ask_reason, \
     ask_actor, ask_at, close_reason, refund, stock_end, stock_settled, moves, duty_due";
/// The columns that [`row`] reads after those of the header.
pub(super) const REST: &str = "payment_type, paid_at, shipped_at, received_at, closed_at, reviewed_at, \
     refusal_line, refusal_reason, parcel, address, lines";
/// The columns that [`entry`] reads.
pub(super) const ENTRY: &str = "at, from_state, to_state, name, actor, by_user, note, trace, order_id";
/// What a buyer's list leaves out: orders not placed yet, and those whose placement failed.
pub(super) const VISIBLE: &str = "state <> 0 AND (close_reason IS NULL OR close_reason NOT IN (3, 4))";

/// A header and what the store keeps beside it.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) order: Order,
    /// How many entries its history has.
    pub(super) moves: i64,
    /// When its duty comes due, if it has one that can still be dropped.
    pub(super) duty_due: Option<Ms>,
}

/// A row of an engine's answer.
pub(super) trait Cells {
    /// The whole number in a column.
    fn int(&self, at: usize) -> Result<Option<i64>>;
    /// The text in a column.
    fn text(&self, at: usize) -> Result<Option<String>>;
}

/// The cells of one order's row.
struct Of<'r, C> {
    cells: &'r C,
    table: &'static str,
    id: OrderId,
}

impl<'r, C: Cells> Of<'r, C> {
    fn new(cells: &'r C, table: &'static str, id_at: usize) -> Result<Self> {
        let id = cells.int(id_at)?.map(OrderId::from_i64).unwrap_or_default();
        Ok(Self { cells, table, id })
    }

    fn known<T>(&self, value: Option<T>) -> Result<T> {
        value.ok_or_else(|| Error::corrupt(self.table, self.id))
    }

    fn int(&self, at: usize) -> Result<i64> {
        self.known(self.cells.int(at)?)
    }

    fn text(&self, at: usize) -> Result<String> {
        self.known(self.cells.text(at)?)
    }

    fn time(&self, at: usize) -> Result<Option<Ms>> {
        Ok(self.cells.int(at)?.map(Ms))
    }

    fn coded<T>(&self, at: usize, known: impl Fn(i64) -> Option<T>) -> Result<Option<T>> {
        self.cells.int(at)?.map(|code| self.known(known(code))).transpose()
    }

    fn json<T: DeserializeOwned>(&self, at: usize) -> Result<Option<T>> {
        self.cells.text(at)?.map(|text| from_json(&text, self.id)).transpose()
    }

    fn close_asked(&self) -> Result<Option<CloseAsked>> {
        let Some(at) = self.time(9)? else { return Ok(None) };
        let reason = self.known(self.coded(7, CloseReason::from_code)?)?;
        let actor = self.known(self.coded(8, Actor::from_code)?)?;
        Ok(Some(CloseAsked { reason, actor, at }))
    }
}

/// Reads a header; `Corrupt` if a code is unknown.
pub(super) fn header(cells: &impl Cells) -> Result<Stored> {
    let of = Of::new(cells, "trade_orders", 0)?;
    let settled = of.int(13)? != 0;
    let order = Order {
        id: of.id,
        owner: UserId::from_i64(of.int(1)?),
        total: Cents(of.int(2)?),
        state: of.known(State::from_code(of.int(3)?))?,
        placed_at: Ms(of.int(4)?),
        deadline: Ms(of.int(5)?),
        applied_at: of.time(6)?,
        close_asked: of.close_asked()?,
        close_reason: of.coded(10, CloseReason::from_code)?,
        refund: of.known(refund(of.int(11)?))?,
        stock: of.coded(12, End::from_code)?.map(|end| StockDuty { end, settled }),
    };
    Ok(Stored { order, moves: of.int(14)?, duty_due: of.time(15)? })
}

/// Reads a header, then how often it was swept, then when it moved last.
pub(super) fn candidate(cells: &impl Cells) -> Result<Candidate> {
    let of = Of::new(cells, "trade_orders", 0)?;
    let sweeps = u32::try_from(of.int(16)?).unwrap_or(u32::MAX);
    Ok(Candidate { order: header(cells)?.order, sweeps, moved: Ms(of.int(17)?) })
}

/// Reads an order with all that is kept about it.
pub(super) fn row(cells: &impl Cells) -> Result<Row> {
    let of = Of::new(cells, "trade_orders", 0)?;
    let line = of.coded(22, |line| usize::try_from(line).ok())?;
    Ok(Row {
        order: header(cells)?.order,
        payment_type: of.known(u8::try_from(of.int(16)?).ok())?,
        paid_at: of.time(17)?,
        shipped_at: of.time(18)?,
        received_at: of.time(19)?,
        closed_at: of.time(20)?,
        reviewed_at: of.time(21)?,
        refusal: line.zip(cells.int(23)?.and_then(refusal)),
        parcel: of.json(24)?,
        address: of.json(25)?,
        lines: of.known(of.json(26)?)?,
    })
}

/// Reads an entry of a history, and whose it is.
pub(super) fn entry(cells: &impl Cells) -> Result<(OrderId, Entry)> {
    let of = Of::new(cells, "trade_history", 8)?;
    let cause = Cause {
        actor: of.known(Actor::from_code(of.int(4)?))?,
        by: of.int(5)?.cast_unsigned(),
        note: of.text(6)?,
        trace: of.text(7)?,
    };
    let entry = Entry {
        at: Ms(of.int(0)?),
        from: of.known(State::from_code(of.int(1)?))?,
        to: of.known(State::from_code(of.int(2)?))?,
        name: of.text(3)?,
        cause,
    };
    Ok((of.id, entry))
}

/// What is kept as text, of an order.
pub(super) fn from_json<T: DeserializeOwned>(text: &str, order: OrderId) -> Result<T> {
    serde_json::from_str(text).map_err(|_| Error::corrupt("trade_orders", order))
}

/// As it is kept as text.
pub(super) fn json<T: Serialize>(value: &T, order: OrderId) -> Result<String> {
    serde_json::to_string(value).map_err(|_| Error::corrupt("trade_orders", order))
}

fn refund(code: i64) -> Option<Refund> {
    match code {
        0 => Some(Refund::None),
        1 => Some(Refund::Owed),
        2 => Some(Refund::Done),
        _ => None,
    }
}

pub(super) fn refund_code(refund: Refund) -> i64 {
    match refund {
        Refund::None => 0,
        Refund::Owed => 1,
        Refund::Done => 2,
    }
}

fn refusal(code: i64) -> Option<HoldRefusal> {
    match code {
        0 => Some(HoldRefusal::Short),
        1 => Some(HoldRefusal::OffSale),
        2 => Some(HoldRefusal::Changed),
        3 => Some(HoldRefusal::Ended),
        _ => None,
    }
}

pub(super) fn refusal_code(refusal: HoldRefusal) -> i64 {
    match refusal {
        HoldRefusal::Short => 0,
        HoldRefusal::OffSale => 1,
        HoldRefusal::Changed => 2,
        HoldRefusal::Ended => 3,
    }
}
