//! `/shop/orders/{id}`: one order.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::pay::CHECK_AGAIN_S;
use super::way::{Step, next, steps};
use super::{Line, ORDERS, badge, lines, own, reason};
use crate::bodies::{Address, Order, Parcel, PayOrder, Timeline};
use crate::client::Client;
use crate::failed::Failed;
use crate::i18n::fill;
use crate::layout::Page;
use crate::money::Money;
use crate::order::{CLOSED, RECEIVED, SHIPPED, UNPAID};
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
    /// How often the page looks again by itself, if its payment is under way.
    poll_ms: Option<i64>,
    key: String,
}

/// What the buyer can do with it now, beside buying the same again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// Pay or cancel.
    Open,
    /// Wait: it is not known yet whether it is paid.
    Checking,
    /// Wait: it is paid, and has not heard of it yet.
    Confirming,
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
    fn of(order: &Order, pay_order: Option<&PayOrder>) -> Self {
        match order.status {
            UNPAID if pay_order.is_some_and(PayOrder::is_paid) => Turn::Confirming,
            UNPAID if pay_order.is_some_and(PayOrder::is_in_flight) => Turn::Checking,
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
    // Where `pay` does not answer, nothing is said rather than something that may be wrong.
    let pay_order = paid.ok().flatten();
    Ok(view::page(&put_together(&visit, page, order, &timeline?, pay_order.as_ref())))
}

fn put_together(
    visit: &Visit,
    mut page: Page,
    order: Order,
    timeline: &Timeline,
    pay_order: Option<&PayOrder>,
) -> OrderPage {
    let (w, lang) = (page.w, page.lang);
    let turn = Turn::of(&order, pay_order);
    let ((state, tone), next) = match turn {
        Turn::Checking => ((w.state_checking, "wait"), Some(fill(w.checking_text, &[&order.total_fee]))),
        Turn::Confirming => ((w.state_confirming, "good"), Some(fill(w.confirming, &[&order.total_fee]))),
        _ => (badge(&order, w), next(&order, lang)),
    };
    let waits = matches!(turn, Turn::Checking | Turn::Confirming);
    page.refresh_s = waits.then_some(CHECK_AGAIN_S);
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
        next,
        reason: closed.then(|| reason(&order, w)),
        money: money(&order, pay_order, &page),
        turn,
        poll_ms: waits.then_some(CHECK_AGAIN_S * 1_000),
        key: visit.fresh_key(),
        address: order.address,
        parcel: order.parcel,
        page,
    }
}

/// What became of money that came for an order that is closed, or is being refunded.
fn money(order: &Order, pay_order: Option<&PayOrder>, page: &Page) -> Option<String> {
    let w = page.w;
    let pay_order = pay_order?;
    if order.status != CLOSED && !order.refunding {
        return None;
    }
    let back = pay_order.refund()?;
    let sentence = if back.is_done() { w.money_refunded } else { w.money_refunding };
    Some(fill(sentence, &[&back.amount, back.reference.as_ref().unwrap_or(&pay_order.id)]))
}
