//! Changes to the cart.

use axum::response::Response;
use http::Method;
use serde_json::json;

use super::CART;
use crate::bodies::CartRow;
use crate::client::{Client, Trouble};
use crate::failed::Failed;
use crate::pages::item::NUM_MAX;
use crate::place;
use crate::view;
use crate::visit::{Fields, Posted, Tone, Visit};

/// Puts things in; from an item's page the reader is led back there.
pub(crate) async fn add(visit: Visit, Posted(fields): Posted) -> Result<Response, Failed> {
    visit.session().ok_or_else(Failed::login)?;
    let item = fields.id("item").ok_or_else(Failed::not_found)?;
    let num = fields.number("num").unwrap_or(1).clamp(1, NUM_MAX);
    let back = place::local(fields.text("back")).unwrap_or(CART);
    let put = put(&Client::of(&visit), item, num, fields.text("once")).await;
    told(&visit, back, put, visit.lang().words().added)
}

/// Puts `num` of an item in, beside those that are there.
pub(crate) async fn put(client: &Client<'_>, item: &str, num: i64, key: &str) -> Result<(), Trouble> {
    client.write(Method::POST, "/carts", key, Some(json!({ "itemId": item }))).await?;
    if num <= 1 {
        return Ok(());
    }
    // The interface puts in one at a time, and sets how many there are.
    let rows: Vec<CartRow> = client.get("/carts").await?;
    let Some(row) = rows.iter().find(|row| row.item_id == item) else { return Ok(()) };
    let wanted = (row.num - 1).saturating_add(num).clamp(1, NUM_MAX);
    let further = if key.is_empty() { String::new() } else { format!("{key}-num") };
    let set =
        client.write(Method::PUT, "/carts", &further, Some(json!({ "id": row.id, "num": wanted }))).await;
    match set {
        // The form was sent before: it is so already.
        Err(trouble) if trouble.code() == "idempotency_key_reused" => Ok(()),
        other => other.map(drop),
    }
}

/// Sets how many a row has.
pub(crate) async fn number(visit: Visit, Posted(fields): Posted) -> Result<Response, Failed> {
    visit.session().ok_or_else(Failed::login)?;
    let row = fields.id("row").ok_or_else(Failed::not_found)?;
    let num = fields.number("num").unwrap_or(0);
    let body = json!({ "id": row, "num": num });
    let set = Client::of(&visit).write(Method::PUT, "/carts", "", Some(body)).await;
    told(&visit, CART, set.map(drop), visit.lang().words().changed)
}

/// Takes a row out.
pub(crate) async fn remove(visit: Visit, Posted(fields): Posted) -> Result<Response, Failed> {
    visit.session().ok_or_else(Failed::login)?;
    let row = fields.id("row").ok_or_else(Failed::not_found)?;
    let key = fields.text("once");
    let removed = Client::of(&visit).write(Method::DELETE, format!("/carts/{row}"), key, None).await;
    told(&visit, CART, gone(removed.map(drop)), visit.lang().words().removed)
}

/// What is not there any more is out.
fn gone(removed: Result<(), Trouble>) -> Result<(), Trouble> {
    match removed {
        Err(trouble) if trouble.status() == Some(404) => Ok(()),
        other => other,
    }
}

/// Back to `path`, which says what came of it.
pub(crate) fn told(
    visit: &Visit,
    path: &str,
    outcome: Result<(), Trouble>,
    done: &str,
) -> Result<Response, Failed> {
    match outcome {
        Ok(()) => Ok(view::go_saying(visit, path, Tone::Good, done)),
        Err(Trouble::Refused(refusal)) if refusal.is_final() && refusal.status != 401 => {
            Ok(view::go_saying(visit, path, Tone::Bad, refusal.msg))
        }
        Err(trouble) => Err(trouble.into()),
    }
}

/// The lines a form or a query names as `line=item:num`, as far as they are lines.
pub(crate) fn lines(fields: &Fields) -> Vec<(String, i64)> {
    let line = |text: &str| {
        let (item, num) = text.split_once(':')?;
        let num = num.parse().ok().filter(|num| (1..=NUM_MAX).contains(num))?;
        crate::visit::is_id(item).then(|| (item.to_owned(), num))
    };
    fields.all("line").filter_map(line).collect()
}
