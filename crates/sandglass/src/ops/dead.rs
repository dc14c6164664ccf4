//! Dead letters: look, send again, drop.

use std::sync::Arc;

use api::{Kind, Problem};
use axum::extract::State;
use delay::{DeadLetter, DeadLetters, Unavailable};
use edge::{Failure, Json, Path};
use serde_json::{Value, json};

use super::Ops;
use crate::shop::Shop;

/// How many dead letters of a service one list shows.
const LIST_MAX: usize = 500;

pub(super) async fn list(State(ops): State<Ops>) -> Result<Json<Vec<Value>>, Failure> {
    Ok(Json(all(&ops.shop).await.map_err(away)?))
}

/// The dead letters of every service, oldest first within each.
pub(super) async fn all(shop: &Shop) -> Result<Vec<Value>, Unavailable> {
    let mut list = Vec::new();
    for (name, dead) in shop.dead_letters() {
        let letters = dead.list(0, LIST_MAX).await?;
        list.extend(letters.iter().map(|letter| body(&name, letter)));
    }
    Ok(list)
}

pub(super) async fn show(
    State(ops): State<Ops>,
    Path((service, id)): Path<(String, i64)>,
) -> Result<Json<Value>, Failure> {
    let found = one(&ops.shop, &service, id).await.map_err(away)?;
    Ok(Json(found.ok_or_else(no_such_letter)?))
}

/// One dead letter.
async fn one(shop: &Shop, service: &str, id: i64) -> Result<Option<Value>, Unavailable> {
    let Some(dead) = place(shop, service) else { return Ok(None) };
    let letters = dead.list(id - 1, 1).await?;
    Ok(letters.iter().find(|letter| letter.id == id).map(|letter| body(service, letter)))
}

pub(super) async fn replay(
    State(ops): State<Ops>,
    Path((service, id)): Path<(String, i64)>,
) -> Result<(), Failure> {
    found(send_again(&ops.shop, &service, id).await.map_err(away)?)
}

/// Sends a dead letter once more. `false` if there is none of this number.
async fn send_again(shop: &Shop, service: &str, id: i64) -> Result<bool, Unavailable> {
    let Some(dead) = place(shop, service) else { return Ok(false) };
    dead.replay(id, shop.clock.now()).await
}

pub(super) async fn drop_one(
    State(ops): State<Ops>,
    Path((service, id)): Path<(String, i64)>,
) -> Result<(), Failure> {
    found(discard(&ops.shop, &service, id).await.map_err(away)?)
}

/// Drops a dead letter for good. `false` if there is none of this number.
async fn discard(shop: &Shop, service: &str, id: i64) -> Result<bool, Unavailable> {
    let Some(dead) = place(shop, service) else { return Ok(false) };
    dead.discard(id).await
}

fn place(shop: &Shop, name: &str) -> Option<Arc<dyn DeadLetters>> {
    shop.dead_letters().into_iter().find(|(own, _)| own == name).map(|(_, dead)| dead)
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn away(error: Unavailable) -> Failure {
    tracing::warn!(%error, "the dead letters could not be reached");
    Problem::unavailable().into()
}

fn found(done: bool) -> Result<(), Failure> {
    if done { Ok(()) } else { Err(no_such_letter().into()) }
}

fn no_such_letter() -> Problem {
    Problem::new(
        Kind::NotFound,
        "not_found",
        "There is no such dead letter: it was sent again or dropped already, or somebody else looks at it just now; \
         `dead list` shows those there are.",
        "没有这条死信：它可能已被重发或丢弃，或正被他人查看；请以 `dead list` 为准。",
    )
}

fn body(service: &str, letter: &DeadLetter) -> Value {
    json!({
        "service": service,
        "id": letter.id,
        "topic": letter.message.topic.name,
        "subject": letter.message.subject.to_string(),
        "attempts": letter.message.attempts,
        "died": api::Time(letter.died),
        "error": letter.error,
        "body": String::from_utf8_lossy(&letter.message.body),
    })
}
