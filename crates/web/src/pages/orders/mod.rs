//! The reader's orders: the list, one of them, and paying it.

pub(crate) mod list;
pub(crate) mod one;
pub(crate) mod pay;
mod press;
pub(crate) mod turn;
mod way;

pub(crate) use press::press;

use crate::bodies::{Order, OrderLine};
use crate::client::Client;
use crate::failed::Failed;
use crate::i18n::Words;
use crate::order::{CLOSED, PAID, RECEIVED, REVIEWED, SHIPPED, UNPAID};
use crate::pages::ware::picture;
use crate::visit::{Visit, is_id};

/// Where the list is.
pub(crate) const ORDERS: &str = "/shop/orders";

/// The reader's order called `id`.
async fn own(visit: &Visit, id: &str) -> Result<Order, Failed> {
    visit.session().ok_or_else(Failed::login)?;
    if !is_id(id) {
        return Err(Failed::not_found());
    }
    let order: Order = Client::of(visit).get(format!("/orders/{id}")).await?;
    Ok(order)
}

/// What an order's state is called, and how its badge looks.
fn badge(order: &Order, w: &'static Words) -> (&'static str, &'static str) {
    match order.status {
        UNPAID if order.close_asked => (w.state_closing, "wait"),
        UNPAID => (w.state_unpaid, "wait"),
        PAID if order.refunding => (w.state_refunding, "wait"),
        PAID => (w.state_paid, "good"),
        SHIPPED => (w.state_shipped, "good"),
        RECEIVED => (w.state_received, "good"),
        REVIEWED => (w.state_reviewed, "good"),
        CLOSED => (w.state_closed, ""),
        _ => (w.state_placing, "wait"),
    }
}

/// Why a closed order is closed.
fn reason(order: &Order, w: &'static Words) -> &'static str {
    match order.close_reason.as_deref() {
        Some("timeout") => w.closed_timeout,
        Some("buyer") => w.closed_buyer,
        Some("staff") => w.closed_staff,
        Some("noStock") => w.closed_no_stock,
        Some("refunded") => w.closed_refunded,
        _ => w.closed_placement,
    }
}

/// A line as it is shown.
pub(crate) struct Line {
    path: String,
    name: String,
    picture: String,
    spec: String,
    num: i64,
    price: crate::money::Money,
    total: crate::money::Money,
}

fn lines(details: &[OrderLine]) -> Vec<Line> {
    let line = |line: &OrderLine| Line {
        path: format!("/shop/items/{}", line.item_id),
        name: line.name.clone(),
        picture: picture(&line.image),
        spec: crate::bodies::specs(line.spec.as_deref())
            .into_iter()
            .map(|(_, value)| value)
            .collect::<Vec<_>>()
            .join(" · "),
        num: line.num,
        price: line.price,
        total: line.price.times(line.num),
    };
    details.iter().map(line).collect()
}
