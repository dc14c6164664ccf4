//! `/shop/orders/{id}`: one order.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::way::{Step, next, steps};
use super::{Line, ORDERS, badge, lines, own, reason};
use crate::bodies::{Address, Order, Parcel, PayOrder, Timeline};
use crate::client::{Client, Trouble};
use crate::failed::Failed;
use crate::i18n::fill;
use crate::layout::Page;
use crate::money::Money;
use crate::order::{CLOSED, RECEIVED, SHIPPED};
use crate::view;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "shop/order.html")]
struct OrderPage {
    page: Page,
    id: String,
    version: String,
    placed: String,
    state: &'static str,
    tone: &'static str,
    lines: Vec<Line>,
    goods: Money,
    total: Money,
    address: Option<Address>,
    parcel: Option<Parcel>,
    steps: Vec<Step>,
    next: Option<String>,
    reason: Option<&'static str>,
    /// What became of the money of a closed order.
    money: Option<String>,
    turn: Turn,
    key: String,
}

/// What the buyer can do with it now, beside buying the same again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// Pay or cancel.
    Open,
    /// Say that the parcel is here.
    Shipped,
    /// Say that it was reviewed.
    Received,
    /// It is closed, which is said above, with the way to buy the same again.
    Closed,
    /// Nothing.
    Rest,
}

impl Turn {
    fn of(order: &Order) -> Self {
        match order.status {
            _ if order.is_open() => Turn::Open,
            SHIPPED => Turn::Shipped,
            RECEIVED => Turn::Received,
            CLOSED => Turn::Closed,
            _ => Turn::Rest,
        }
    }
}

/// The order, its way, and what can be done.
pub(crate) async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Failed> {
    let order = own(&visit, &id).await?;
    let w = visit.lang().words();
    let client = Client::of(&visit);
    let title = fill(w.order_title, &[&order.id]);
    let (page, timeline, paid) = futures_util::future::join3(
        Page::of(&visit, title),
        client.get::<Timeline>(format!("/orders/{id}/timeline")),
        client.get_if_any::<PayOrder>(format!("/pay-orders/biz/{id}")),
    )
    .await;
    let page = page.at(ORDERS).about(&id).below(&[(w.orders, ORDERS)]);
    Ok(view::page(&put_together(&visit, page, order, &timeline?, paid)))
}

fn put_together(
    visit: &Visit,
    page: Page,
    order: Order,
    timeline: &Timeline,
    paid: Result<Option<PayOrder>, Trouble>,
) -> OrderPage {
    let (w, lang) = (page.w, page.lang);
    let (state, tone) = badge(&order, w);
    let closed = order.status == CLOSED;
    OrderPage {
        id: order.id.clone(),
        version: order.version(),
        placed: order.create_time.show(lang),
        state,
        tone,
        lines: lines(&order.details),
        goods: order.goods(),
        total: order.total_fee,
        steps: steps(&timeline.entries, lang),
        next: next(&order, lang),
        reason: closed.then(|| reason(&order, w)),
        money: money(&order, paid, &page),
        turn: Turn::of(&order),
        key: visit.fresh_key(),
        address: order.address,
        parcel: order.parcel,
        page,
    }
}

/// What became of money that came for an order that is closed, or is being refunded. Where `pay` does not answer,
/// nothing is said rather than something that may be wrong.
fn money(order: &Order, paid: Result<Option<PayOrder>, Trouble>, page: &Page) -> Option<String> {
    let w = page.w;
    let pay_order = paid.ok()??;
    if order.status != CLOSED && !order.refunding {
        return None;
    }
    let back = pay_order.refund()?;
    let sentence = if back.is_done() { w.money_refunded } else { w.money_refunding };
    Some(fill(sentence, &[&back.amount, back.reference.as_ref().unwrap_or(&pay_order.id)]))
}
