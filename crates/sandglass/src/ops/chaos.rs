//! The fault switches; they exist only with `--chaos`.

use api::Problem;
use axum::extract::State;
use edge::{Failure, Json};

use serde_json::{Value, json};

use super::Ops;
use crate::chaos::Positions;

pub(super) async fn show(State(ops): State<Ops>) -> Result<Json<Positions>, Failure> {
    open(&ops)?;
    Ok(Json(ops.shop.switches.positions()))
}

pub(super) async fn set(
    State(ops): State<Ops>,
    Json(wanted): Json<Positions>,
) -> Result<Json<Positions>, Failure> {
    open(&ops)?;
    wanted.check().map_err(Problem::malformed)?;
    tracing::warn!(?wanted, "fault switches were set");
    Ok(Json(ops.shop.switches.set(wanted)))
}

/// Loses every message of every queue here, as a broker that was wiped does.
pub(super) async fn wipe(State(ops): State<Ops>) -> Result<Json<Value>, Failure> {
    open(&ops)?;
    let mut lost = 0;
    for lane in &ops.shop.lanes {
        lost += lane.backlog.wipe().await.map_err(|error| {
            tracing::warn!(%error, "a queue could not be wiped");
            Failure::from(Problem::unavailable())
        })?;
    }
    tracing::warn!(lost, "the queues were wiped by a fault switch");
    Ok(Json(json!({ "lost": lost })))
}

fn open(ops: &Ops) -> Result<(), Problem> {
    if ops.shop.config.chaos { Ok(()) } else { Err(Problem::not_found()) }
}
