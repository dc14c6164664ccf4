//! The header of an order as columns, in both directions.

use api::calls::HoldRefusal;
use clock::Ms;
use engine::{Error, Result};
use model::hold::End;
use model::order::{CloseAsked, CloseReason, Order, Refund, State, StockDuty};
use model::{Actor, Cents, OrderId, UserId};
use rusqlite::Row;

/// Reads a header by its id: the columns [`header`] takes, in its order.
pub(super) const HEADER_BY_ID: &str = "SELECT id, owner, total, state, placed_at, deadline, applied_at, \
     ask_reason, ask_actor, ask_at, close_reason, refund, stock_end, stock_settled, moves, duty_due \
     FROM trade_orders WHERE id = ?1";

/// A header and what the store keeps beside it.
pub(super) struct Stored {
    pub(super) order: Order,
    /// How many entries its history has.
    pub(super) moves: i64,
    /// When its duty comes due, if it has one that can still be dropped.
    pub(super) duty_due: Option<Ms>,
}

/// Reads a header; `Corrupt` if a code is unknown.
pub(super) fn header(row: &Row<'_>) -> Result<Stored> {
    let id = OrderId::from_i64(row.get(0)?);
    let corrupt = || Error::corrupt("trade_orders", id);
    let order = Order {
        id,
        owner: UserId::from_i64(row.get(1)?),
        total: Cents(row.get(2)?),
        state: State::from_code(row.get(3)?).ok_or_else(corrupt)?,
        placed_at: Ms(row.get(4)?),
        deadline: Ms(row.get(5)?),
        applied_at: row.get::<_, Option<i64>>(6)?.map(Ms),
        close_asked: close_asked(row).map_err(|_| corrupt())?,
        close_reason: coded(row.get(10)?, CloseReason::from_code).map_err(|_| corrupt())?,
        refund: refund(row.get(11)?).ok_or_else(corrupt)?,
        stock: stock(row.get(12)?, row.get(13)?).map_err(|_| corrupt())?,
    };
    Ok(Stored { order, moves: row.get(14)?, duty_due: row.get::<_, Option<i64>>(15)?.map(Ms) })
}

fn close_asked(row: &Row<'_>) -> Result<Option<CloseAsked>> {
    let Some(at) = row.get::<_, Option<i64>>(9)? else { return Ok(None) };
    let reason = CloseReason::from_code(row.get(7)?);
    let actor = Actor::from_code(row.get(8)?);
    match (reason, actor) {
        (Some(reason), Some(actor)) => Ok(Some(CloseAsked { reason, actor, at: Ms(at) })),
        _ => Err(Error::corrupt("trade_orders", "")),
    }
}

/// A code nobody knows.
struct UnknownCode;

fn coded<T>(code: Option<i64>, known: impl Fn(i64) -> Option<T>) -> Result<Option<T>, UnknownCode> {
    code.map(|code| known(code).ok_or(UnknownCode)).transpose()
}

fn stock(end: Option<i64>, settled: bool) -> Result<Option<StockDuty>, UnknownCode> {
    Ok(coded(end, End::from_code)?.map(|end| StockDuty { end, settled }))
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

const REFUSALS: [HoldRefusal; 4] =
    [HoldRefusal::Short, HoldRefusal::OffSale, HoldRefusal::Changed, HoldRefusal::Ended];

pub(super) fn refusal_code(refusal: HoldRefusal) -> usize {
    REFUSALS.iter().position(|known| *known == refusal).unwrap_or(0)
}

pub(super) fn refusal(code: usize) -> Option<HoldRefusal> {
    REFUSALS.get(code).copied()
}
