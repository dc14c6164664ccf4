//! `/shop/cart`: what the reader means to buy.

pub(crate) mod change;

use askama::Template;
use axum::response::Response;

use super::item::NUM_MAX;
use super::ware::picture;
use crate::bodies::{CartRow, specs};
use crate::client::Client;
use crate::failed::Failed;
use crate::i18n::{Words, fill};
use crate::layout::Page;
use crate::money::Money;
use crate::view;
use crate::visit::Visit;

/// Where the cart is.
pub(crate) const CART: &str = "/shop/cart";

/// A row as it is shown.
struct Row {
    id: String,
    path: String,
    name: String,
    picture: String,
    spec: String,
    num: i64,
    num_max: i64,
    price: Money,
    total: Money,
    /// What is to be said against it, or what changed.
    note: Option<String>,
    /// Whether it can be ordered as it is.
    ready: bool,
    key: String,
}

#[derive(Template)]
#[template(path = "shop/cart.html")]
struct Cart {
    page: Page,
    rows: Vec<Row>,
    total: Money,
    any_ready: bool,
}

/// The cart, with prices and stock as they are now.
pub(crate) async fn show(visit: Visit) -> Result<Response, Failed> {
    visit.session().ok_or_else(Failed::login)?;
    let w = visit.lang().words();
    let client = Client::of(&visit);
    let (page, rows) =
        futures_util::future::join(Page::of(&visit, w.cart), client.get::<Vec<CartRow>>("/carts")).await;
    let rows: Vec<Row> = rows?.into_iter().map(|row| shown(row, w, visit.fresh_key())).collect();
    Ok(view::page(&Cart {
        page: page.at(CART),
        total: rows.iter().filter(|row| row.ready).map(|row| row.total).sum(),
        any_ready: rows.iter().any(|row| row.ready),
        rows,
    }))
}

fn shown(row: CartRow, w: &Words, key: String) -> Row {
    let price = row.new_price.unwrap_or(row.price);
    let ready = row.status == 1 && row.stock >= row.num;
    let note = match row.stock {
        _ if row.status != 1 => Some(w.off_sale.to_owned()),
        ..=0 => Some(w.sold_out.to_owned()),
        left if left < row.num => Some(fill(w.few_left, &[&left])),
        _ if price < row.price => Some(fill(w.price_fell, &[&row.price])),
        _ if price > row.price => Some(fill(w.price_rose, &[&row.price])),
        _ => None,
    };
    Row {
        path: format!("/shop/items/{}", row.item_id),
        picture: picture(&row.image),
        spec: specs(row.spec.as_deref()).into_iter().map(|(_, value)| value).collect::<Vec<_>>().join(" · "),
        num_max: row.stock.max(row.num).clamp(1, NUM_MAX),
        total: price.times(row.num),
        id: row.id,
        name: row.name,
        num: row.num,
        price,
        note,
        ready,
        key,
    }
}
