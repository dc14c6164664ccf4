//! A locked header, and the one statement that writes all changed ones.

use std::sync::LazyLock;

use clock::Ms;
use engine::Result;
use engine::postgres::Tx;
use model::order::{CloseReason, Order, State, sweep_at};

use super::columns::{Columns, unnest};
use crate::store::Detail;
use crate::store::codec::{Stored, json, refund_code, refusal_code};

/// Written as they are.
const SET: [&str; 13] = [
    "state",
    "moves",
    "deadline",
    "applied_at",
    "ask_reason",
    "ask_actor",
    "ask_at",
    "close_reason",
    "refund",
    "stock_end",
    "stock_settled",
    "duty_due",
    "next_sweep_at",
];
/// Written where there is something to write.
const ADD: [&str; 7] =
    ["paid_at", "shipped_at", "received_at", "closed_at", "reviewed_at", "refusal_line", "refusal_reason"];
const TEXTS: [&str; 1] = ["parcel"];

static UPDATE: LazyLock<String> = LazyLock::new(|| {
    let set = SET.iter().map(|name| format!("{name} = u.{name}"));
    let add = ADD.iter().chain(&TEXTS).map(|name| format!("{name} = coalesce(u.{name}, o.{name})"));
    let columns = set.chain(add).collect::<Vec<_>>().join(", ");
    let rows = unnest(&[&["id"], &SET[..], &ADD[..]].concat(), &TEXTS);
    format!("UPDATE trade_orders o SET {columns}, sweeps = 0 FROM {rows} WHERE o.id = u.id")
});

/// An order as a batch sees it.
pub(super) struct Header {
    pub(super) stored: Stored,
    /// Its lines, if they were asked for.
    pub(super) lines: Option<String>,
    /// What the batch has done to it.
    pub(super) touched: Option<Touched>,
}

/// What is written with a header beside its state.
#[derive(Default)]
pub(super) struct Touched {
    sweep_at: Option<Ms>,
    paid_at: Option<Ms>,
    shipped_at: Option<Ms>,
    received_at: Option<Ms>,
    closed_at: Option<Ms>,
    reviewed_at: Option<Ms>,
    refusal: Option<(i64, i64)>,
    parcel: Option<String>,
}

impl Touched {
    /// One more change of `order` at `now`, which brought it into the state `entered`, if another.
    pub(super) fn also(
        self,
        order: &Order,
        entered: Option<State>,
        detail: &Detail,
        now: Ms,
    ) -> Result<Self> {
        let touched = Self { sweep_at: sweep_at(order, now), ..self }.stamped(entered, now);
        Ok(match detail {
            Detail::None => touched,
            Detail::Refusal(line, reason) => {
                let line = i64::try_from(*line).unwrap_or(i64::MAX);
                Self { refusal: Some((line, refusal_code(*reason))), ..touched }
            }
            Detail::Parcel(parcel) => Self { parcel: Some(json(parcel, order.id)?), ..touched },
        })
    }

    /// Notes when the order came into its state, where clients are shown that time.
    fn stamped(self, entered: Option<State>, now: Ms) -> Self {
        let now = Some(now);
        match entered {
            Some(State::Paid) => Self { paid_at: now, ..self },
            Some(State::Shipped) => Self { shipped_at: now, ..self },
            Some(State::Received) => Self { received_at: now, ..self },
            Some(State::Closed) => Self { closed_at: now, ..self },
            Some(State::Reviewed) => Self { reviewed_at: now, ..self },
            Some(State::Placing | State::Unpaid) | None => self,
        }
    }
}

/// Writes the headers that were touched.
pub(super) fn write(tx: &mut Tx<'_>, headers: impl Iterator<Item = Header>) {
    let mut columns = Columns::<21, 1>::default();
    for Header { stored, touched, .. } in headers {
        let Some(touched) = touched else { continue };
        columns.push(ints(&stored, &touched), [touched.parcel]);
    }
    if !columns.is_empty() {
        tx.write(UPDATE.as_str(), columns.params());
    }
}

fn ints(Stored { order, moves, duty_due }: &Stored, touched: &Touched) -> [Option<i64>; 21] {
    let ms = |at: Option<Ms>| at.map(|at| at.0);
    [
        Some(order.id.as_i64()),
        Some(order.state.code()),
        Some(*moves),
        Some(order.deadline.0),
        ms(order.applied_at),
        order.close_asked.map(|asked| asked.reason.code()),
        order.close_asked.map(|asked| asked.actor.code()),
        order.close_asked.map(|asked| asked.at.0),
        order.close_reason.map(CloseReason::code),
        Some(refund_code(order.refund)),
        order.stock.map(|stock| stock.end.code()),
        Some(i64::from(order.stock.is_some_and(|stock| stock.settled))),
        ms(*duty_due),
        ms(touched.sweep_at),
        ms(touched.paid_at),
        ms(touched.shipped_at),
        ms(touched.received_at),
        ms(touched.closed_at),
        ms(touched.reviewed_at),
        touched.refusal.map(|(line, _)| line),
        touched.refusal.map(|(_, reason)| reason),
    ]
}
