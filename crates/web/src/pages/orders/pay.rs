//! `/shop/orders/{id}/pay`: paying before the sand has run through.
//!
//! How long is left is the server's word. While it is not known what became of a payment, the page says that it is
//! being checked and looks again by itself; it never says "failed" of what may have been paid.

use askama::Template;
use axum::extract::{Path, RawQuery};
use axum::response::Response;
use http::StatusCode;

use super::{Line, ORDERS, lines, own};
use crate::bodies::{Me, Order, PayOrder};
use crate::client::Client;
use crate::failed::Failed;
use crate::glass::Glass;
use crate::i18n::fill;
use crate::layout::Page;
use crate::money::Money;
use crate::order::UNPAID;
use crate::view;
use crate::visit::{Fields, Visit};
use crate::when::spell;

/// After how many seconds a page that is being checked is looked at again.
pub(super) const CHECK_AGAIN_S: i64 = 2;

#[derive(Template)]
#[template(path = "shop/pay.html")]
struct PayPage {
    page: Page,
    id: String,
    version: String,
    lines: Vec<Line>,
    total: Money,
    balance: Option<Money>,
    enough: bool,
    left_ms: i64,
    left: String,
    until: String,
    until_iso: String,
    span_ms: i64,
    glass: Glass,
    key: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "shop/checking.html")]
struct CheckingPage {
    page: Page,
    id: String,
    version: String,
    total: Money,
    poll_ms: i64,
}

/// The form to pay with; or what became of the order, if it can no longer be paid.
pub(crate) async fn show(
    visit: Visit,
    Path(id): Path<String>,
    RawQuery(encoded): RawQuery,
) -> Result<Response, Failed> {
    let order = own(&visit, &id).await?;
    let fields = Fields::parse(encoded.as_deref().unwrap_or("").as_bytes());
    if order.status != UNPAID {
        return Ok(view::go(&one(&id)));
    }
    let pay_order = Client::of(&visit).get_if_any::<PayOrder>(format!("/pay-orders/biz/{id}")).await;
    let may_be_paid = match pay_order {
        Ok(pay_order) => pay_order.is_some_and(|pay_order| pay_order.is_in_flight() || pay_order.is_paid()),
        // Whoever pressed and has no answer yet is not shown the form again on a guess.
        Err(_) => !fields.text("checking").is_empty(),
    };
    if may_be_paid {
        return checking(&visit, order).await;
    }
    if !order.is_open() {
        return Ok(view::go(&one(&id)));
    }
    Ok(view::page(&form(&visit, order, None).await?))
}

/// The form again, with what is wrong.
pub(super) async fn again(
    visit: &Visit,
    order: Order,
    status: StatusCode,
    error: String,
) -> Result<Response, Failed> {
    Ok(view::page_of(status, &form(visit, order, Some(error)).await?))
}

async fn form(visit: &Visit, order: Order, error: Option<String>) -> Result<PayPage, Failed> {
    let w = visit.lang().words();
    let client = Client::of(visit);
    let (mut page, me) =
        futures_util::future::join(Page::of(visit, w.pay), client.get::<Me>("/users/me")).await;
    let (left_ms, span_ms) = (order.left_ms(), order.span_ms());
    // Without scripts the page looks again when the time is over, and not before: half-typed passwords stay.
    page.refresh_s = Some(left_ms / 1_000 + 2);
    let balance = me.ok().map(|me| me.balance);
    Ok(PayPage {
        page: page
            .about(&order.id)
            .below(&[(w.orders, ORDERS), (&fill(w.order_title, &[&order.id]), &one(&order.id))]),
        version: order.version(),
        lines: lines(&order.details),
        total: order.total_fee,
        enough: balance.is_none_or(|balance| balance >= order.total_fee),
        balance,
        left_ms,
        left: spell(left_ms),
        until: order.deadline.clock(),
        until_iso: order.deadline.iso().to_owned(),
        span_ms,
        glass: Glass::of(left_ms, span_ms),
        key: visit.fresh_key(),
        error,
        id: order.id,
    })
}

/// What is said while the outcome is not known.
pub(super) async fn checking(visit: &Visit, order: Order) -> Result<Response, Failed> {
    let w = visit.lang().words();
    let mut page = Page::of(visit, w.checking).await.about(&order.id);
    page.refresh_s = Some(CHECK_AGAIN_S);
    Ok(view::page(&CheckingPage {
        page,
        version: order.version(),
        total: order.total_fee,
        poll_ms: CHECK_AGAIN_S * 1_000,
        id: order.id,
    }))
}

/// Where the order itself is.
pub(super) fn one(id: &str) -> String {
    format!("{ORDERS}/{id}")
}
