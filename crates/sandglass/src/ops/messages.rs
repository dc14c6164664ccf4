//! Messages: those that wait, and what became of those about one subject.

use api::{Problem, Time};
use axum::extract::State;
use delay::{Handled, Outcome, Unavailable, Waiting};
use edge::{Failure, Json, Query};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Ops;
use super::dead;

/// How many waiting messages of a queue are shown.
const SHOWN: usize = 100;
/// Among how many that come first those about one subject are looked for.
const LOOK: usize = 1_000;

/// Which messages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MessagesQuery {
    /// Those waiting in this queue, such as `trade`.
    service: Option<String>,
    /// Everything known about this subject, such as an order.
    subject: Option<u64>,
}

pub(super) async fn show(
    State(ops): State<Ops>,
    Query(query): Query<MessagesQuery>,
) -> Result<Json<Value>, Failure> {
    match (query.service, query.subject) {
        (Some(service), None) => waiting(&ops, &service).await,
        (None, Some(subject)) => about(&ops, subject).await,
        _ => Err(Problem::malformed("give either service or subject").into()),
    }
}

async fn waiting(ops: &Ops, service: &str) -> Result<Json<Value>, Failure> {
    let lane = ops.shop.lanes.iter().find(|lane| lane.name() == service).ok_or_else(Problem::not_found)?;
    let first = lane.backlog.first(SHOWN).await.map_err(away)?;
    Ok(Json(Value::Array(first.iter().map(|waiting| body(service, waiting)).collect())))
}

/// What this process knows: messages it handled lately, waiting ones among those that come first, dead ones.
async fn about(ops: &Ops, subject: u64) -> Result<Json<Value>, Failure> {
    let (mut tries, mut waits) = (Vec::new(), Vec::new());
    for lane in &ops.shop.lanes {
        let name = lane.name();
        tries.extend(lane.status.about(subject).iter().map(|handled| try_body(&name, handled)));
        let first = lane.backlog.first(LOOK).await.map_err(away)?;
        let ours = first.iter().filter(|waiting| waiting.message.subject == subject);
        waits.extend(ours.map(|waiting| body(&name, waiting)));
    }
    let subject = subject.to_string();
    let dead: Vec<Value> = dead::all(&ops.shop)
        .await
        .map_err(away)?
        .into_iter()
        .filter(|letter| letter["subject"] == subject)
        .collect();
    Ok(Json(json!({ "tries": tries, "waiting": waits, "dead": dead })))
}

fn body(service: &str, Waiting { message, error }: &Waiting) -> Value {
    json!({
        "service": service,
        "topic": message.topic.name,
        "subject": message.subject.to_string(),
        "created": Time(message.created),
        "due": Time(message.due),
        "ready": Time(message.ready),
        "attempts": message.attempts,
        "error": error,
    })
}

fn try_body(service: &str, handled: &Handled) -> Value {
    let (outcome, again, error) = match &handled.outcome {
        Outcome::Done => ("done", None, ""),
        Outcome::Again { at, error } => ("again", Some(Time(*at)), error.as_str()),
        Outcome::Dead { error } => ("dead", None, error.as_str()),
    };
    json!({
        "service": service,
        "at": Time(handled.at),
        "topic": handled.topic,
        "created": Time(handled.created),
        "due": Time(handled.due),
        "attempt": handled.attempt,
        "outcome": outcome,
        "again": again,
        "error": error,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn away(error: Unavailable) -> Failure {
    tracing::warn!(%error, "the messages could not be reached");
    Problem::unavailable().into()
}
