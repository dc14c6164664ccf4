//! One order: the picture of its states, its timeline, what comes next, what can be done.

use askama::Template;
use clock::Ms;

use super::super::ask::{self, Known};
use super::super::data::Order;
use super::super::desk::{Desk, Fault};
use super::super::diagram;
use super::super::form::{Ask, fine, left, short};
use super::super::story::{self, cents};
use super::super::words::Words;
use super::Frame;
use crate::layout::Page as Layout;

#[derive(Template)]
#[template(path = "console/order.html")]
struct Whole {
    page: Layout,
    frame: Frame,
    w: Words,
    part: String,
    forms: Vec<String>,
    acts: bool,
}

#[derive(Template)]
#[template(path = "console/_order.html")]
struct Part {
    w: Words,
    o: Head,
    entries: Vec<Entry>,
    lines: Vec<Line>,
    gaps: Vec<String>,
}

struct Head {
    state: &'static str,
    reason: String,
    total: String,
    user: String,
    deadline: String,
    deadline_ms: i64,
    now_ms: i64,
    left: String,
    counts: bool,
    next: String,
    diagram: String,
    parcel: String,
}

struct Entry {
    time: String,
    iso: String,
    source: &'static str,
    what: String,
    detail: String,
    actor: String,
    by: String,
    note: String,
    trace: String,
    tone: &'static str,
    ahead: bool,
}

struct Line {
    id: String,
    name: String,
    num: u32,
    price: String,
}

fn head(known: &Known, w: Words) -> Head {
    let order = &known.order;
    let (now, deadline) = (order.now.0, order.deadline.0);
    Head {
        state: diagram::here(order),
        reason: order.close_reason.clone().unwrap_or_default(),
        total: cents(order.total_fee),
        user: order.user_id.to_string(),
        deadline: short(deadline, now),
        deadline_ms: deadline.0,
        now_ms: now.0,
        left: left(deadline, now),
        counts: order.status <= 1,
        // The sentence is the interface's and names the deadline in full; here it reads as it stands above.
        next: known.timeline.next.replace(&order.deadline.text(), &short(deadline, now)),
        diagram: diagram::svg(order, &known.timeline.entries, w),
        parcel: order
            .parcel
            .as_ref()
            .map(|parcel| format!("{} {}", parcel.company, parcel.number))
            .unwrap_or_default(),
    }
}

fn entries(known: &Known) -> Vec<Entry> {
    let now = known.order.now.0;
    let told = story::tell(
        &known.timeline.entries,
        known.payment.as_ref(),
        known.money.as_ref(),
        known.stock.as_ref(),
        &known.messages,
    );
    told.into_iter()
        .map(|entry| Entry {
            time: fine(entry.at, now),
            iso: api::Time(entry.at).text(),
            source: entry.source.key(),
            what: entry.what,
            detail: entry.detail,
            actor: entry.actor,
            by: entry.by.unwrap_or_default(),
            note: entry.note,
            trace: trace_id(&entry.trace).to_owned(),
            tone: entry.tone.class(),
            ahead: entry.ahead,
        })
        .collect()
}

/// The trace's id within a `traceparent`.
fn trace_id(traceparent: &str) -> &str {
    traceparent.split('-').nth(1).unwrap_or(traceparent)
}

fn lines(order: &Order) -> Vec<Line> {
    let line = |line: &super::super::data::Line| Line {
        id: line.item_id.to_string(),
        name: line.name.clone(),
        num: line.num,
        price: cents(line.price),
    };
    order.details.iter().map(line).collect()
}

/// What can be done with an order as it is.
fn forms(desk: &Desk, order: &Order) -> Vec<String> {
    let back = format!("/console/orders/{}", order.id);
    let deadline = order.deadline.0.0.to_string();
    let ask = |deed, button, fields: Vec<(&'static str, &'static str, String, &'static str)>, danger| {
        let hidden = vec![("id", order.id.to_string()), ("deadline", deadline.clone())];
        Ask { csrf: &desk.csrf, deed, button, back: &back, hidden, fields, wants_reason: true, danger }
            .html(desk.words)
    };
    let minutes = || vec![("minutes", "minutes", "30".to_owned(), "number")];
    let parcel =
        || vec![("company", "company", String::new(), "text"), ("number", "number", String::new(), "text")];
    let open = order.status == 1 && !order.close_asked;
    let paid = order.status == 2 && !order.refunding;
    let mut forms = Vec::new();
    if order.status <= 2 || order.status == 5 {
        forms.push(ask("order.ask", "askNow", Vec::new(), false));
    }
    if open {
        forms.push(ask("order.extend", "extend", minutes(), false));
        forms.push(ask("order.close", "close", Vec::new(), true));
    }
    if paid {
        forms.push(ask("order.ship", "ship", parcel(), false));
        forms.push(ask("order.refund", "refundDo", Vec::new(), true));
    }
    forms
}

/// The part of the page that changes, and what can be done with the order as it is.
async fn look(desk: &Desk, id: u64) -> Result<(String, Vec<String>), Fault> {
    let known = ask::order(desk, id).await?;
    let forms = if desk.acts { forms(desk, &known.order) } else { Vec::new() };
    let (o, entries, lines) = (head(&known, desk.words), entries(&known), lines(&known.order));
    Ok((super::text(&Part { w: desk.words, o, entries, lines, gaps: known.gaps }), forms))
}

/// The page.
pub(crate) async fn page(desk: &Desk, id: u64) -> Result<String, Fault> {
    let (part, forms) = look(desk, id).await?;
    let (w, acts) = (desk.words, desk.acts);
    let title = format!("{} {id}", w.t("order"));
    let frame = Frame::of(desk, "orders", title).live(&format!("/console/live/order?id={id}"));
    Ok(super::text(&Whole { page: frame.layout(desk), frame: frame.clone(), w, part, forms, acts }))
}

/// The live part.
pub(crate) async fn part(desk: &Desk, id: u64) -> Result<(&'static str, String), Fault> {
    Ok(("c-live-order", look(desk, id).await?.0))
}

/// The state, last entry and deadline of an order, for a short list.
pub(crate) struct Brief {
    pub(crate) id: String,
    pub(crate) state: &'static str,
    pub(crate) last: String,
    pub(crate) counts: bool,
    pub(crate) deadline_ms: i64,
    pub(crate) now_ms: i64,
    pub(crate) left: String,
}

impl Brief {
    pub(crate) fn of(order: &Order, last: Option<(&str, &str, Ms)>, w: Words) -> Self {
        let (now, deadline) = (order.now.0, order.deadline.0);
        let last =
            last.map(|(event, actor, at)| format!("{} · {} · {}", w.t(event), w.t(actor), fine(at, now)));
        Self {
            id: order.id.to_string(),
            state: diagram::here(order),
            last: last.unwrap_or_default(),
            counts: order.status <= 1,
            deadline_ms: deadline.0,
            now_ms: now.0,
            left: left(deadline, now),
        }
    }
}
