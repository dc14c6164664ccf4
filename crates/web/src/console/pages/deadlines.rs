//! The deadline board.

use std::collections::BTreeMap;

use askama::Template;

use super::super::ask::{known, states};
use super::super::board;
use super::super::data::{Deadlines, Slot};
use super::super::desk::Desk;
use super::super::form::{count, span};
use super::super::words::Words;
use super::Frame;
use crate::layout::Page as Layout;

#[derive(Template)]
#[template(path = "console/deadlines.html")]
struct Whole {
    page: Layout,
    frame: Frame,
    w: Words,
    part: String,
}

#[derive(Template)]
#[template(path = "console/_deadlines.html")]
struct Part {
    w: Words,
    gaps: Vec<String>,
    overdue: String,
    unpaid: String,
    lags: Vec<(&'static str, String)>,
    age: String,
    due: String,
    closes: String,
    legend: Vec<(&'static str, String, String)>,
}

async fn look(desk: &Desk) -> Part {
    let mut gaps = Vec::new();
    let (answer, states) = tokio::join!(desk.get::<Deadlines>("/staff/orders/deadlines"), states(desk));
    let board = known("trade", answer, &mut gaps).unwrap_or_default();
    let mut slots: Vec<Slot> = Vec::new();
    for (name, state) in states {
        match state {
            Ok(state) => slots.extend(state.closes),
            Err(why) => gaps.push(format!("{name}: {why}")),
        }
    }
    let (slots, w): (BTreeMap<i64, Slot>, _) = (board::merged(slots), desk.words);
    let (closes, totals) = board::closes(&slots, desk.now, w);
    Part {
        w,
        gaps,
        overdue: count(i64::try_from(board.overdue).unwrap_or(i64::MAX)),
        unpaid: count(board.unpaid),
        lags: board::lags(&slots).into(),
        age: board.at.map_or_else(|| w.t("notYet").to_owned(), |at| span(desk.now.since(at.0))),
        due: board::due(&board, w),
        closes,
        legend: board::legend(&totals, w),
    }
}

/// The page.
pub(crate) async fn page(desk: &Desk) -> String {
    let (part, w) = (super::text(&look(desk).await), desk.words);
    let frame = Frame::of(desk, "deadlines", w.t("deadlines").to_owned()).live("/console/live/deadlines");
    super::text(&Whole { page: frame.layout(desk), frame: frame.clone(), w, part })
}

/// The live part.
pub(crate) async fn part(desk: &Desk) -> (&'static str, String) {
    ("c-live-deadlines", super::text(&look(desk).await))
}
