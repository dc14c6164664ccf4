//! What staff did.

use askama::Template;

use super::super::data::Record;
use super::super::desk::{Desk, Fault};
use super::super::form::short;
use super::super::words::Words;
use super::{Filter, Frame};
use crate::layout::Page as Layout;

const SIZE: usize = 50;
/// Who writes records down: the query's value, the key of the word table, the path.
const BOOKS: [(&str, &str, &str); 3] = [
    ("orders", "orders", "/staff/orders/records"),
    ("stock", "stockPage", "/staff/stock/records"),
    ("people", "people", "/staff/users/records"),
];

#[derive(Template)]
#[template(path = "console/records.html")]
struct Whole {
    page: Layout,
    frame: Frame,
    w: Words,
    filters: Vec<Filter>,
    rows: Vec<Row>,
    older: String,
}

struct Row {
    at: String,
    by: String,
    action: String,
    subject: String,
    href: String,
    reason: String,
}

fn row(desk: &Desk, record: &Record) -> Row {
    let (subject, href) = match (record.order_id, record.item_id, record.user_id) {
        (Some(order), ..) => (order.to_string(), format!("/console/orders/{order}")),
        (_, Some(item), _) => (item.to_string(), format!("/console/stock?item={item}")),
        (.., Some(user)) => (user.to_string(), format!("/console/people?id={user}")),
        _ => (String::new(), String::new()),
    };
    Row {
        at: short(record.at.0, desk.now),
        by: record.by.clone(),
        action: record.action.clone(),
        subject,
        href,
        reason: record.reason.clone(),
    }
}

/// The page: of one book, before a record of it.
pub(crate) async fn page(desk: &Desk, book: &str, before: &str) -> Result<String, Fault> {
    let (value, _, path) = BOOKS.iter().find(|(value, ..)| *value == book).copied().unwrap_or(BOOKS[0]);
    let before: String =
        before.bytes().filter(|byte| byte.is_ascii_digit() || *byte == b'-').map(char::from).collect();
    let narrowed = if before.is_empty() { String::new() } else { format!("&before={before}") };
    let records: Vec<Record> = desk.get(&format!("{path}?pageSize={SIZE}{narrowed}")).await?;
    let w = desk.words;
    let older = match records.last() {
        Some(last) if records.len() == SIZE => {
            format!("/console/records?book={value}&before={}", last.cursor)
        }
        _ => String::new(),
    };
    let filter = |(book, key, _): &(&str, &str, &str)| Filter {
        text: w.t(key).to_owned(),
        href: format!("/console/records?book={book}"),
        on: *book == value,
    };
    let frame = Frame::of(desk, "records", w.t("records").to_owned());
    let (filters, rows) =
        (BOOKS.iter().map(filter).collect(), records.iter().map(|record| row(desk, record)).collect());
    Ok(super::text(&Whole { page: frame.layout(desk), frame: frame.clone(), w, filters, rows, older }))
}
