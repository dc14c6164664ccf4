//! What a buyer can do with an order beside paying it.

use axum::extract::Path;
use axum::response::Response;
use http::{Method, StatusCode};

use super::{own, pay};
use crate::client::{Client, Trouble};
use crate::failed::Failed;
use crate::pages::cart::CART;
use crate::pages::cart::change::{put, told};
use crate::view;
use crate::visit::{Posted, Tone, Visit, is_id};

/// Cancels it; whether it ends closed or paid may still be open.
pub(crate) async fn cancel(
    visit: Visit,
    Path(id): Path<String>,
    Posted(fields): Posted,
) -> Result<Response, Failed> {
    let w = visit.lang().words();
    match turned(&visit, &id, "cancel", fields.text("once")).await? {
        Ok(StatusCode::ACCEPTED) => Ok(view::go_saying(&visit, &pay::one(&id), Tone::Good, w.cancel_asked)),
        other => told(&visit, &pay::one(&id), other.map(drop), w.cancelled),
    }
}

/// The parcel is here.
pub(crate) async fn receive(
    visit: Visit,
    Path(id): Path<String>,
    Posted(fields): Posted,
) -> Result<Response, Failed> {
    let outcome = turned(&visit, &id, "receive", fields.text("once")).await?;
    told(&visit, &pay::one(&id), outcome.map(drop), visit.lang().words().received)
}

/// It was reviewed.
pub(crate) async fn review(
    visit: Visit,
    Path(id): Path<String>,
    Posted(fields): Posted,
) -> Result<Response, Failed> {
    let outcome = turned(&visit, &id, "review", fields.text("once")).await?;
    told(&visit, &pay::one(&id), outcome.map(drop), visit.lang().words().reviewed)
}

async fn turned(
    visit: &Visit,
    id: &str,
    turn: &str,
    key: &str,
) -> Result<Result<StatusCode, Trouble>, Failed> {
    visit.session().ok_or_else(Failed::login)?;
    if !is_id(id) {
        return Err(Failed::not_found());
    }
    let sent = Client::of(visit).write(Method::PUT, format!("/orders/{id}/{turn}"), key, None).await;
    match sent {
        Err(trouble) if trouble.status() == Some(404) => Err(Failed::not_found()),
        other => Ok(other.map(|told| told.status)),
    }
}

/// Puts the same things into the cart again; what is no longer sold is left out, and said.
pub(crate) async fn again(
    visit: Visit,
    Path(id): Path<String>,
    Posted(fields): Posted,
) -> Result<Response, Failed> {
    let order = own(&visit, &id).await?;
    let client = Client::of(&visit);
    let mut left_out = 0;
    for line in &order.details {
        let key = format!("{}-{}", fields.text("once"), line.item_id);
        match put(&client, &line.item_id, line.num, &key).await {
            Ok(()) => {}
            Err(Trouble::Refused(refusal)) if refusal.is_final() && refusal.status != 401 => left_out += 1,
            Err(trouble) => return Err(trouble.into()),
        }
    }
    let w = visit.lang().words();
    if left_out == 0 {
        Ok(view::go_saying(&visit, CART, Tone::Good, w.again_all))
    } else {
        Ok(view::go_saying(&visit, CART, Tone::Bad, crate::i18n::fill(w.again_some, &[&left_out])))
    }
}
