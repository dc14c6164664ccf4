//! The attention list.

use askama::Template;
use http::Method;
use serde::Deserialize;
use serde_json::Value;

use super::super::ask::{dead, known};
use super::super::data::{Orphan, Page as PageOf, TroubledOrder, TroubledPayment};
use super::super::desk::{Desk, Fault};
use super::super::form::{pager, span};
use super::super::list::{self, KINDS};
use super::super::words::Words;
use super::{Filter, Frame};
use crate::layout::Page as Layout;

/// How many a page has, and how many are asked of each service.
const SIZE: u64 = 50;
const ASKED: u64 = 200;
/// The kinds that `trade` pages by itself.
const OF_ORDERS: [&str; 5] = ["overdue", "closing", "placing", "refunding", "unsettled"];

#[derive(Template)]
#[template(path = "console/attention.html")]
struct Whole {
    page: Layout,
    frame: Frame,
    w: Words,
    filters: Vec<Filter>,
    gaps: Vec<String>,
    rows: Vec<Row>,
    pager: String,
}

struct Row {
    what: &'static str,
    subject: String,
    href: String,
    why: String,
    age: String,
    todo: &'static str,
}

/// The part of a report that names offenders.
#[derive(Deserialize)]
struct Report {
    at: i64,
    checks: Vec<Check>,
}

#[derive(Deserialize)]
struct Check {
    name: String,
    offenders: Vec<Offender>,
}

#[derive(Deserialize)]
struct Offender {
    subject: String,
    why: String,
}

/// The page: of one kind, or of all.
pub(crate) async fn page(desk: &Desk, kind: &str, page: u64) -> String {
    let (w, mut gaps) = (desk.words, Vec::new());
    let kind = KINDS.iter().map(|(value, _)| *value).find(|value| *value == kind);
    let (page, pages, shown) = match kind.filter(|kind| OF_ORDERS.contains(kind)) {
        Some(kind) => of_orders(desk, kind, page, &mut gaps).await,
        None => merged(desk, kind, page, &mut gaps).await,
    };
    let row = |row: list::Row| Row {
        what: row.what,
        subject: row.subject,
        href: row.href,
        why: row.why,
        age: span(desk.now.since(row.since)),
        todo: row.todo,
    };
    let href = |kind: &str, page: u64| format!("/console/attention?kind={kind}&page={page}");
    let all = Filter { text: w.t("all").to_owned(), href: href("", 1), on: kind.is_none() };
    let filter = |(value, key): &(&'static str, &'static str)| Filter {
        text: w.t(key).to_owned(),
        href: href(value, 1),
        on: kind == Some(*value),
    };
    let frame = Frame::of(desk, "attention", w.t("attention").to_owned());
    super::text(&Whole {
        page: frame.layout(desk),
        frame: frame.clone(),
        w,
        filters: std::iter::once(all).chain(KINDS.iter().map(filter)).collect(),
        gaps,
        rows: shown.into_iter().map(row).collect(),
        pager: pager(page, pages, |to| href(kind.unwrap_or(""), to)),
    })
}

/// One page of orders in trouble of one kind: its number, how many there are, its rows.
async fn of_orders(desk: &Desk, kind: &str, page: u64, gaps: &mut Vec<String>) -> (u64, u64, Vec<list::Row>) {
    let path = format!("/staff/orders/attention?kind={kind}&pageNo={page}&pageSize={SIZE}");
    let found: PageOf<TroubledOrder> = known("trade", desk.get(&path).await, gaps).unwrap_or_default();
    (page, found.pages, list::of_orders(&found).collect())
}

/// One page of several sources together, of each the first so many.
async fn merged(
    desk: &Desk,
    kind: Option<&str>,
    page: u64,
    gaps: &mut Vec<String>,
) -> (u64, u64, Vec<list::Row>) {
    let mut rows = rows(desk, kind, gaps).await;
    rows.sort_by_key(|row| row.since);
    let pages = (rows.len() as u64).div_ceil(SIZE);
    let page = page.clamp(1, pages.max(1));
    let (skip, take) = (usize::try_from((page - 1) * SIZE).unwrap_or(0), usize::try_from(SIZE).unwrap_or(0));
    (page, pages, rows.into_iter().skip(skip).take(take).collect())
}

/// The rows of all sources that `kind` allows.
async fn rows(desk: &Desk, kind: Option<&str>, gaps: &mut Vec<String>) -> Vec<list::Row> {
    let of = |kinds: &[&str]| kind.is_none_or(|kind| kinds.contains(&kind));
    let mut rows = Vec::new();
    if kind.is_none() {
        let path = format!("/staff/orders/attention?pageSize={ASKED}");
        let page: PageOf<TroubledOrder> = known("trade", desk.get(&path).await, gaps).unwrap_or_default();
        rows.extend(list::of_orders(&page));
    }
    if of(&["unknown", "refund"]) {
        let path = format!("/staff/payments/attention?pageSize={ASKED}");
        let page: PageOf<TroubledPayment> = known("pay", desk.get(&path).await, gaps).unwrap_or_default();
        let wanted = |row: &list::Row| match kind {
            Some("unknown") => row.what == "unknownAtPay",
            Some("refund") => row.what == "refundFailing",
            _ => true,
        };
        rows.extend(list::of_payments(&page).filter(wanted));
    }
    if of(&["orphans"]) {
        let path = format!("/staff/stock/attention?pageSize={ASKED}");
        let page: PageOf<Orphan> = known("item", desk.get(&path).await, gaps).unwrap_or_default();
        rows.extend(list::of_orphans(&page));
    }
    if of(&["dead"]) {
        let (letters, silent) = dead(desk).await;
        gaps.extend(silent);
        let letters: Vec<_> = letters.into_iter().map(|(_, letter)| letter).collect();
        rows.extend(list::of_dead(&letters));
    }
    if of(&["drift"]) {
        rows.extend(drift(desk, gaps).await);
    }
    rows
}

/// What the last audits of all processes found; a process that has run none says nothing.
async fn drift(desk: &Desk, gaps: &mut Vec<String>) -> Vec<list::Row> {
    let mut rows = Vec::new();
    for name in desk.processes().await {
        let found = desk.operator(&name, Method::GET, "/audit/last", Value::Null).await;
        let report = found
            .and_then(|(_, body)| serde_json::from_value::<Report>(body).map_err(|_| Fault::unreadable()));
        let Some(Report { at, checks }) = known(&name, report, gaps) else { continue };
        let offenders: Vec<(String, String, String)> = checks
            .into_iter()
            .flat_map(|Check { name, offenders }| {
                offenders.into_iter().map(move |offender| (name.clone(), offender.subject, offender.why))
            })
            .collect();
        rows.extend(list::of_audit(clock::Ms(at), &offenders));
    }
    rows
}
