//! Stock: an item's counters, ledger and forms; a list of items, and of open holds.

use std::fmt::Write;

use askama::Template;

use super::super::data::{Counters, Item, Movement, OpenHold, Page as PageOf};
use super::super::desk::{Desk, Fault, encoded};
use super::super::form::{Ask, count, pager, short, span};
use super::super::words::Words;
use super::Frame;
use crate::layout::Page as Layout;

const SIZE: u64 = 25;

#[derive(Template)]
#[template(path = "console/stock.html")]
struct Whole {
    page: Layout,
    frame: Frame,
    w: Words,
    item: Option<One>,
    key: String,
    items: Vec<Row>,
    holds: Vec<HoldRow>,
    after: String,
    pager: String,
    acts: bool,
}

struct One {
    id: String,
    name: String,
    available: String,
    held: String,
    sold: String,
    added: String,
    bar: String,
    drift: &'static str,
    drift_class: &'static str,
    forms: Vec<String>,
    ledger: Vec<LedgerRow>,
}

struct LedgerRow {
    at: String,
    what: String,
    qty: String,
    order: String,
    reason: String,
    by: String,
}

struct Row {
    id: String,
    name: String,
    stock: String,
    sold: String,
    category: String,
}

struct HoldRow {
    order: String,
    age: String,
    asked: String,
}

/// One item.
pub(crate) async fn item(desk: &Desk, id: u64, page: u64) -> Result<String, Fault> {
    let paths = (
        format!("/items/{id}"),
        format!("/staff/stock/items/{id}"),
        format!("/items/{id}/ledger?pageSize={SIZE}&pageNo={page}"),
    );
    let (item, counters, ledger) = tokio::join!(
        desk.get::<Item>(&paths.0),
        desk.get::<Counters>(&paths.1),
        desk.get::<PageOf<Movement>>(&paths.2)
    );
    let (counters, ledger, w) = (counters?, ledger?, desk.words);
    // A deleted item is shown no more, but its stock still is.
    let name = item.map_or_else(|_| w.t("item").to_owned(), |item| item.name);
    let (drift, drift_class) = match counters.drifted {
        Some(false) => ("noDrift", "good"),
        Some(true) => ("drifted", "bad"),
        None => ("notChecked", ""),
    };
    let one = One {
        id: id.to_string(),
        available: count(counters.available),
        held: count(counters.held),
        sold: count(counters.sold),
        added: count(counters.added),
        bar: bar(&counters),
        drift,
        drift_class,
        forms: vec![stock_form(desk, id, &format!("/console/stock?item={id}"))],
        ledger: ledger.list.iter().map(|row| ledger_row(row, desk)).collect(),
        name,
    };
    let frame = Frame::of(desk, "stock", format!("{} {id}", w.t("stockPage")));
    Ok(super::text(&Whole {
        page: frame.layout(desk),
        frame: frame.clone(),
        w,
        item: Some(one),
        key: String::new(),
        items: Vec::new(),
        holds: Vec::new(),
        after: String::new(),
        pager: pager(page, ledger.pages, |to| format!("/console/stock?item={id}&page={to}")),
        acts: desk.acts,
    }))
}

/// The form that adds stock or takes some away.
pub(crate) fn stock_form(desk: &Desk, id: u64, back: &str) -> String {
    Ask {
        csrf: &desk.csrf,
        deed: "item.stock",
        button: "change",
        back,
        hidden: vec![("id", id.to_string())],
        fields: vec![("delta", "delta", String::new(), "number")],
        wants_reason: true,
        danger: false,
    }
    .html(desk.words)
}

fn ledger_row(row: &Movement, desk: &Desk) -> LedgerRow {
    LedgerRow {
        at: short(row.at.0, desk.now),
        what: format!("stock_{}", row.kind),
        qty: count(row.qty),
        order: row.order_id.map(|order| order.to_string()).unwrap_or_default(),
        reason: row.reason.clone().unwrap_or_default(),
        by: row.by.map(|by| by.to_string()).unwrap_or_default(),
    }
}

/// Available, held and sold as parts of one bar.
fn bar(counters: &Counters) -> String {
    let total = counters.available + counters.held + counters.sold;
    let mut svg = String::from(r#"<svg viewBox="0 0 1000 14" preserveAspectRatio="none">"#);
    let mut x = 0;
    let parts = [("available", counters.available), ("held", counters.held), ("sold", counters.sold)];
    for (class, pieces) in parts.into_iter().filter(|_| total > 0) {
        let width = pieces.saturating_mul(1_000) / total;
        let _ = write!(svg, r#"<rect class="{class}" x="{x}" width="{width}" height="14"/>"#);
        x += width;
    }
    svg + &format!(r#"<rect class="none" x="{x}" width="{}" height="14"/></svg>"#, 1_000 - x)
}

/// The lists: items found by `key`, and open holds behind `after`.
pub(crate) async fn lists(desk: &Desk, key: &str, page: u64, after: &str) -> Result<String, Fault> {
    let items = items(desk, key, page);
    let after = after
        .bytes()
        .filter(|byte| byte.is_ascii_digit() || *byte == b'-')
        .map(char::from)
        .collect::<String>();
    let narrowed = if after.is_empty() { String::new() } else { format!("&after={after}") };
    let holds_path = format!("/staff/stock/holds?pageSize={SIZE}{narrowed}");
    let (items, holds) = tokio::join!(items, desk.get::<Vec<OpenHold>>(&holds_path));
    let (items, holds, w) = (items?, holds?, desk.words);
    let row = |item: &Item| Row {
        id: item.id.to_string(),
        name: item.name.clone(),
        stock: count(item.stock),
        sold: count(item.sold),
        category: item.category.clone(),
    };
    let hold = |hold: &OpenHold| HoldRow {
        order: hold.order_id.to_string(),
        age: span(desk.now.since(hold.created.0)),
        asked: short(hold.asked_at.0, desk.now),
    };
    let more = if (holds.len() as u64) < SIZE { None } else { holds.last().map(|hold| hold.cursor.clone()) };
    let frame = Frame::of(desk, "stock", w.t("stockPage").to_owned());
    Ok(super::text(&Whole {
        page: frame.layout(desk),
        frame: frame.clone(),
        w,
        item: None,
        key: key.to_owned(),
        items: items.list.iter().map(row).collect(),
        holds: holds.iter().map(hold).collect(),
        after: more.unwrap_or_default(),
        pager: pager(page, items.pages, |to| format!("/console/stock?key={}&page={to}", encoded(key))),
        acts: desk.acts,
    }))
}

/// A page of items: all, or those on sale that a search finds.
pub(crate) async fn items(desk: &Desk, key: &str, page: u64) -> Result<PageOf<Item>, Fault> {
    let path = match key.trim() {
        "" => format!("/items/page?pageNo={page}&pageSize={SIZE}"),
        id if id.bytes().all(|byte| byte.is_ascii_digit()) => format!("/items?ids={id}"),
        key => format!("/search/list?key={}&pageNo={page}&pageSize={SIZE}", encoded(key)),
    };
    if path.starts_with("/items?") {
        let list: Vec<Item> = desk.get(&path).await?;
        return Ok(PageOf { total: list.len() as u64, pages: 1, list });
    }
    desk.get(&path).await
}
