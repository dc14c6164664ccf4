//! `/shop/checkout`: to whom, and then it is ordered.
//!
//! The form's key is made when it is rendered: however often it is sent, it is one order. While it is not known what
//! became of it, the same key stays in the form, so that pressing again goes on where it stopped.

use askama::Template;
use axum::extract::RawQuery;
use axum::response::Response;
use http::{Method, StatusCode};
use serde_json::json;

use super::cart::CART;
use super::cart::change::lines;
use super::ware::picture;
use crate::bodies::{Address, CartRow, Item};
use crate::client::{Client, Trouble, query, read};
use crate::failed::Failed;
use crate::layout::Page;
use crate::money::Money;
use crate::place;
use crate::view;
use crate::visit::{Fields, Posted, Visit};

/// Paid from the balance.
const BALANCE: u8 = 3;

struct Line {
    field: String,
    name: String,
    picture: String,
    num: i64,
    price: Money,
    total: Money,
}

struct Choice {
    address: Address,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "shop/checkout.html")]
struct Checkout {
    page: Page,
    lines: Vec<Line>,
    total: Money,
    choices: Vec<Choice>,
    new_address_path: String,
    key: String,
    error: Option<String>,
}

/// The form: for chosen rows of the cart, or for one item.
pub(crate) async fn show(visit: Visit, RawQuery(encoded): RawQuery) -> Result<Response, Failed> {
    visit.session().ok_or_else(Failed::login)?;
    let fields = Fields::parse(encoded.as_deref().unwrap_or("").as_bytes());
    let wanted = wanted(&Client::of(&visit), &fields).await?;
    if wanted.is_empty() {
        return Ok(view::go(CART));
    }
    let form = form(&visit, wanted, &fields, visit.fresh_key(), None).await?;
    Ok(view::page(&form))
}

/// What is to be ordered: lines named one by one, or rows of the cart.
async fn wanted(client: &Client<'_>, fields: &Fields) -> Result<Vec<(String, i64)>, Trouble> {
    let named = lines(fields);
    if !named.is_empty() {
        return Ok(named);
    }
    let rows: Vec<&str> = fields.all("row").collect();
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let cart: Vec<CartRow> = client.get("/carts").await?;
    let chosen = cart.into_iter().filter(|row| rows.contains(&row.id.as_str()));
    Ok(chosen.map(|row| (row.item_id, row.num)).collect())
}

async fn form(
    visit: &Visit,
    wanted: Vec<(String, i64)>,
    fields: &Fields,
    key: String,
    error: Option<String>,
) -> Result<Checkout, Failed> {
    let w = visit.lang().words();
    let client = Client::of(visit);
    let ids = wanted.iter().map(|(item, _)| item.as_str()).collect::<Vec<_>>().join(",");
    let (page, items, addresses) = futures_util::future::join3(
        Page::of(visit, w.checkout),
        client.get::<Vec<Item>>(query("/items", &[("ids", &ids)])),
        client.get::<Vec<Address>>("/addresses"),
    )
    .await;
    let lines = put_together(&wanted, &items?);
    let again: Vec<(&str, &str)> = lines.iter().map(|line| ("line", line.field.as_str())).collect();
    let new_address_path = place::with_next("/shop/account/addresses/new", &query("/shop/checkout", &again));
    Ok(Checkout {
        page: page.below(&[(w.cart, CART)]),
        total: lines.iter().map(|line| line.total).sum(),
        lines,
        choices: choices(addresses?, fields.text("address")),
        new_address_path,
        key,
        error,
    })
}

fn put_together(wanted: &[(String, i64)], items: &[Item]) -> Vec<Line> {
    let line = |(id, num): &(String, i64)| {
        let item = items.iter().find(|item| item.id == *id)?;
        Some(Line {
            field: format!("{id}:{num}"),
            name: item.name.clone(),
            picture: picture(&item.image),
            num: *num,
            price: item.price,
            total: item.price.times(*num),
        })
    };
    wanted.iter().filter_map(line).collect()
}

/// The one that was chosen, else the default one, else the first.
fn choices(addresses: Vec<Address>, chosen: &str) -> Vec<Choice> {
    let by_id = addresses.iter().position(|address| address.id == chosen);
    let by_default = || addresses.iter().position(|address| address.is_default);
    let at = by_id.or_else(by_default).unwrap_or(0);
    addresses.into_iter().enumerate().map(|(nth, address)| Choice { address, chosen: nth == at }).collect()
}

/// Orders, and leads on to paying.
pub(crate) async fn post(visit: Visit, Posted(fields): Posted) -> Result<Response, Failed> {
    visit.session().ok_or_else(Failed::login)?;
    let wanted = lines(&fields);
    if wanted.is_empty() {
        return Ok(view::go(CART));
    }
    match order(&Client::of(&visit), &wanted, &fields).await {
        Ok(order) => Ok(view::go(&format!("/shop/orders/{order}/pay"))),
        Err(trouble) => again(&visit, wanted, &fields, trouble).await,
    }
}

async fn order(client: &Client<'_>, wanted: &[(String, i64)], fields: &Fields) -> Result<String, Trouble> {
    let details: Vec<_> = wanted.iter().map(|(item, num)| json!({ "itemId": item, "num": num })).collect();
    let body = json!({ "addressId": fields.id("address"), "paymentType": BALANCE, "details": details });
    read(&client.write(Method::POST, "/orders", fields.text("once"), Some(body)).await?)
}

/// The form again, saying why; with its key as long as it may still have become an order.
async fn again(
    visit: &Visit,
    wanted: Vec<(String, i64)>,
    fields: &Fields,
    trouble: Trouble,
) -> Result<Response, Failed> {
    let w = visit.lang().words();
    let (status, key, said) = match trouble {
        Trouble::Refused(refusal) if refusal.status == StatusCode::UNAUTHORIZED => {
            return Err(Failed::login());
        }
        Trouble::Refused(refusal) if refusal.is_final() && refusal.retry_after.is_none() => {
            (refusal.status, visit.fresh_key(), refusal.msg)
        }
        _ => (StatusCode::SERVICE_UNAVAILABLE, fields.text("once").to_owned(), w.order_unknown.to_owned()),
    };
    let form = form(visit, wanted, fields, key, Some(said)).await?;
    Ok(view::page_of(status, &form))
}
