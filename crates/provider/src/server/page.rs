//! The page at which a buyer pays: one button. It asks for no account, for it moves no money.

use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::StatusCode;
use model::{Cents, PayOrderId};

use super::{Payment, Provider};
use crate::wire::Standing;

pub(super) async fn show(State(provider): State<Provider>, Path(id): Path<PayOrderId>) -> Response {
    match provider.payment(id) {
        Some(payment) => Html(page(id, &payment)).into_response(),
        None => (StatusCode::NOT_FOUND, "There is no such payment.").into_response(),
    }
}

/// The provider's own buyers cannot pay what is closed; only [`Provider::pay`] can.
pub(super) async fn approve(State(provider): State<Provider>, Path(id): Path<PayOrderId>) -> Response {
    let Some(payment) = provider.payment(id) else {
        return (StatusCode::NOT_FOUND, "There is no such payment.").into_response();
    };
    if payment.standing() == Standing::Open {
        provider.pay(id, payment.amount);
    }
    Redirect::to(&format!("/pay/{id}")).into_response()
}

fn page(id: PayOrderId, payment: &Payment) -> String {
    let rest = match payment.standing() {
        Standing::Open => "<form method=\"post\"><button>Approve</button></form>",
        Standing::Paid if payment.refunds > 0 => "<p>Paid, and given back.</p>",
        Standing::Paid => "<p>Paid. You can close this page.</p>",
        Standing::Closed => "<p>This payment is closed.</p>",
    };
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Sandbox payment</title>\
         <style>body{{font:1.1rem system-ui;max-width:26rem;margin:4rem auto;padding:0 1rem}}</style>\
         <h1>Sandbox payment</h1><p>{}</p><p>Payment {id}: <strong>{}</strong></p>{rest}\
         <p><small>No money moves here.</small></p></html>",
        escaped(&payment.info),
        yuan(payment.amount),
    )
}

fn yuan(amount: Cents) -> String {
    format!("¥{}.{:02}", amount.0 / 100, amount.0 % 100)
}

/// The text as it may stand in a page.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut page, letter| {
        match letter {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            '\'' => page.push_str("&#39;"),
            plain => page.push(plain),
        }
        page
    })
}
