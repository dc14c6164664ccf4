//! A list of orders, newest first.

use std::fmt::Write;

use askama::Template;

use super::super::data::{Order, Page as PageOf};
use super::super::desk::{Desk, Fault};
use super::super::diagram;
use super::super::form::{pager, short};
use super::super::story::cents;
use super::super::words::Words;
use super::{Filter, Frame};
use crate::layout::Page as Layout;

/// How many a page has.
const SIZE: u64 = 25;
/// The states a list can be narrowed to.
const STATES: [(&str, &str); 6] =
    [("1", "unpaid"), ("2", "paid"), ("3", "shipped"), ("4", "received"), ("5", "closed"), ("6", "reviewed")];

#[derive(Template)]
#[template(path = "console/orders.html")]
struct Whole {
    page: Layout,
    frame: Frame,
    w: Words,
    filters: Vec<Filter>,
    rows: Vec<Row>,
    pager: String,
}

struct Row {
    id: String,
    state: &'static str,
    total: String,
    placed: String,
    deadline: String,
}

/// Which orders: of this status, of this user; the page's number.
pub(crate) struct Which {
    pub(crate) status: String,
    pub(crate) user: String,
    pub(crate) page: u64,
}

fn href(status: &str, user: &str, page: u64) -> String {
    format!("/console/orders?status={status}&user={user}&page={page}")
}

/// The page.
pub(crate) async fn page(desk: &Desk, which: Which) -> Result<String, Fault> {
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).map(char::from).collect::<String>();
    let (status, user) = (digits(&which.status), digits(&which.user));
    let mut path = format!("/staff/orders?pageSize={SIZE}&pageNo={}", which.page);
    if !status.is_empty() {
        let _ = write!(path, "&status={status}");
    }
    if !user.is_empty() {
        let _ = write!(path, "&userId={user}");
    }
    let found: PageOf<Order> = desk.get(&path).await?;
    let w = desk.words;
    let filter = |(code, key): &(&str, &str)| Filter {
        text: w.t(key).to_owned(),
        href: href(code, &user, 1),
        on: *code == status,
    };
    let all = Filter { text: w.t("all").to_owned(), href: href("", &user, 1), on: status.is_empty() };
    let row = |order: &Order| Row {
        id: order.id.to_string(),
        state: diagram::here(order),
        total: cents(order.total_fee),
        placed: short(order.create_time.0, desk.now),
        deadline: short(order.deadline.0, desk.now),
    };
    let frame = Frame::of(desk, "orders", w.t("orders").to_owned());
    Ok(super::text(&Whole {
        page: frame.layout(desk),
        frame: frame.clone(),
        w,
        filters: std::iter::once(all).chain(STATES.iter().map(filter)).collect(),
        rows: found.list.iter().map(row).collect(),
        pager: pager(which.page, found.pages, |to| href(&status, &user, to)),
    }))
}
