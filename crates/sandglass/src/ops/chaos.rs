//! The fault switches; they exist only with `--chaos`.

use api::Problem;
use axum::extract::State;
use edge::{Failure, Json};

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
    tracing::warn!(?wanted, "fault switches were set");
    Ok(Json(ops.shop.switches.set(wanted)))
}

fn open(ops: &Ops) -> Result<(), Problem> {
    if ops.shop.config.chaos { Ok(()) } else { Err(Problem::not_found()) }
}
