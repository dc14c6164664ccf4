//! `/shop/orders`: the reader's orders, newest first.

use askama::Template;
use axum::extract::RawQuery;
use axum::response::Response;

use super::{Line, ORDERS, badge, lines};
use crate::bodies::{Order, PageOf};
use crate::client::{Client, query};
use crate::failed::Failed;
use crate::i18n::Words;
use crate::layout::Page;
use crate::live::ORDERS_OF_VIEW_MAX;
use crate::money::Money;
use crate::view;
use crate::visit::{Fields, Visit};
use crate::when::spell;

/// How many orders one page shows.
const PAGE_SIZE: u64 = 10;
/// How many pictures one order shows.
const PICTURES: usize = 4;

struct Tab {
    path: String,
    name: &'static str,
    on: bool,
}

/// An order as the list shows it.
struct Card {
    id: String,
    placed: String,
    state: &'static str,
    tone: &'static str,
    first: Vec<Line>,
    more: usize,
    pieces: i64,
    total: Money,
    open: bool,
    left_ms: i64,
    left: String,
    version: String,
}

#[derive(Template)]
#[template(path = "shop/orders.html")]
struct Orders {
    page: Page,
    tabs: Vec<Tab>,
    cards: Vec<Card>,
    follow: String,
    page_no: u64,
    pages: u64,
    before: Option<String>,
    after: Option<String>,
}

/// A page of them.
pub(crate) async fn show(visit: Visit, RawQuery(encoded): RawQuery) -> Result<Response, Failed> {
    visit.session().ok_or_else(Failed::login)?;
    let fields = Fields::parse(encoded.as_deref().unwrap_or("").as_bytes());
    let status = fields.number("status").filter(|status| (1..=6).contains(status));
    let status = status.map_or(String::new(), |status| status.to_string());
    let page_no =
        fields.number("page").and_then(|number| u64::try_from(number).ok()).unwrap_or(1).clamp(1, 1_000);
    let (number, size) = (page_no.to_string(), PAGE_SIZE.to_string());
    let asked = query("/orders", &[("status", &status), ("pageNo", &number), ("pageSize", &size)]);
    let w = visit.lang().words();
    let client = Client::of(&visit);
    let (page, found) =
        futures_util::future::join(Page::of(&visit, w.orders), client.get::<PageOf<Order>>(asked)).await;
    let found = found?;
    let at = |page_no: u64| query(ORDERS, &[("status", &status), ("page", &page_no.to_string())]);
    let cards: Vec<Card> = found.list.iter().map(|order| card(order, w, &page)).collect();
    let followed: Vec<&str> = cards.iter().take(ORDERS_OF_VIEW_MAX).map(|card| card.id.as_str()).collect();
    Ok(view::page(&Orders {
        follow: followed.join(","),
        page: page.at(ORDERS),
        tabs: tabs(&status, w),
        before: (page_no > 1).then(|| at(page_no - 1)),
        after: (page_no < found.pages).then(|| at(page_no + 1)),
        pages: found.pages,
        page_no,
        cards,
    }))
}

fn tabs(status: &str, w: &'static Words) -> Vec<Tab> {
    let names = [
        ("", w.all_orders),
        ("1", w.state_unpaid),
        ("2", w.state_paid),
        ("3", w.state_shipped),
        ("4", w.state_received),
        ("5", w.state_closed),
    ];
    names
        .map(|(code, name)| Tab { path: query(ORDERS, &[("status", code)]), name, on: code == status })
        .into()
}

fn card(order: &Order, w: &'static Words, page: &Page) -> Card {
    let (state, tone) = badge(order, w);
    let mut first = lines(&order.details);
    let more = first.len().saturating_sub(PICTURES);
    first.truncate(PICTURES);
    Card {
        id: order.id.clone(),
        placed: order.create_time.show(page.lang),
        state,
        tone,
        first,
        more,
        pieces: order.pieces(),
        total: order.total_fee,
        open: order.is_open(),
        left_ms: order.left_ms(),
        left: spell(order.left_ms()),
        version: order.version(),
    }
}
