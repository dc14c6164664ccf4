//! Pressing *pay*: safe to do twice, in two tabs, or again after going back.

use axum::extract::Path;
use axum::response::Response;
use http::{Method, StatusCode};
use serde_json::json;

use super::{own, pay};
use crate::bodies::Order;
use crate::client::{Client, Refusal, Trouble};
use crate::failed::Failed;
use crate::order::{CLOSED, UNPAID};
use crate::view;
use crate::visit::{Fields, Posted, Tone, Visit, is_id};

/// What a press came to.
enum Pressed {
    /// It is paid.
    Paid,
    /// Nobody knows yet.
    Checking,
    /// It is not, and why.
    Refused(Refusal),
}

/// Pays from the balance.
pub(crate) async fn press(
    visit: Visit,
    Path(id): Path<String>,
    Posted(fields): Posted,
) -> Result<Response, Failed> {
    let order = own(&visit, &id).await?;
    if order.status != UNPAID {
        return Ok(settled(&visit, &order));
    }
    match pressed(&Client::of(&visit), &order, &fields).await {
        Pressed::Paid => Ok(paid(&visit, &id)),
        Pressed::Checking => Ok(view::go(&format!("{}/pay?checking=1", pay::one(&id)))),
        Pressed::Refused(refusal) => refused(&visit, &id, refusal).await,
    }
}

async fn pressed(client: &Client<'_>, order: &Order, fields: &Fields) -> Pressed {
    let key = fields.text("once");
    let pay_order = match apply(client, order).await {
        Ok(pay_order) => pay_order,
        Err(Trouble::Refused(refusal)) if refusal.is_final() => return Pressed::Refused(refusal),
        // Nothing was pressed yet, but a press of before may be under way.
        Err(_) => return Pressed::Checking,
    };
    let body = json!({ "pw": fields.exact("password") });
    match client.write(Method::POST, format!("/pay-orders/{pay_order}"), key, Some(body)).await {
        Ok(told) if told.status == StatusCode::ACCEPTED => Pressed::Checking,
        Ok(_) => Pressed::Paid,
        Err(Trouble::Refused(refusal)) if is_under_way(&refusal) => Pressed::Checking,
        Err(Trouble::Refused(refusal)) if refusal.status.is_client_error() => Pressed::Refused(refusal),
        Err(_) => Pressed::Checking,
    }
}

/// The same press, or another one, is being decided.
fn is_under_way(refusal: &Refusal) -> bool {
    refusal.status == StatusCode::CONFLICT && refusal.retry_after.is_some()
}

/// Applies to pay; asked again, the interface answers the same pay order.
async fn apply(client: &Client<'_>, order: &Order) -> Result<String, Trouble> {
    let body = json!({
        "bizOrderNo": order.id, "amount": order.total_fee.0, "payChannelCode": "balance", "payType": 5, "orderInfo": "",
    });
    let told = client.write(Method::POST, "/pay-orders", "", Some(body)).await?;
    let id = String::from_utf8_lossy(&told.body).into_owned();
    if is_id(&id) { Ok(id) } else { Err(Trouble::Silent) }
}

/// Says why it is not paid: on the form if it can still be, else on the order's page.
async fn refused(visit: &Visit, id: &str, refusal: Refusal) -> Result<Response, Failed> {
    if refusal.status == StatusCode::UNAUTHORIZED {
        return Err(Failed::login());
    }
    let order = own(visit, id).await?;
    if order.status != UNPAID {
        return Ok(settled(visit, &order));
    }
    let w = visit.lang().words();
    // The same form was sent before with another password; a fresh form takes this one.
    let msg = if refusal.code == "idempotency_key_reused" { w.press_again.to_owned() } else { refusal.msg };
    if order.is_open() {
        return pay::again(visit, order, refusal.status, msg).await;
    }
    Ok(view::go_saying(visit, &pay::one(id), Tone::Bad, msg))
}

fn paid(visit: &Visit, id: &str) -> Response {
    view::go_saying(visit, &pay::one(id), Tone::Good, visit.lang().words().paid_now)
}

/// It was decided before: that is no failure of this press.
fn settled(visit: &Visit, order: &Order) -> Response {
    let w = visit.lang().words();
    if order.status == CLOSED {
        view::go_saying(visit, &pay::one(&order.id), Tone::Bad, w.closed_before)
    } else {
        view::go_saying(visit, &pay::one(&order.id), Tone::Good, w.paid_before)
    }
}
