//! The pumps and the sweep: how they are, pause, resume, run now.

use api::Problem;
use axum::extract::State;
use edge::{Failure, Json, Path};
use serde_json::{Value, json};

use super::Ops;

pub(super) async fn list(State(ops): State<Ops>) -> Json<Vec<Value>> {
    let now = ops.shop.clock.now();
    let lanes = ops.shop.lanes.iter().map(|lane| {
        json!({
            "service": lane.name(),
            "paused": lane.status.paused(),
            "lagMs": lane.status.lag_ms(now),
            "inFlight": lane.status.in_flight(),
            "handled": lane.status.handled(),
            "buried": lane.status.buried(),
        })
    });
    Json(lanes.collect())
}

pub(super) async fn pause(State(ops): State<Ops>, Path(service): Path<String>) -> Result<(), Failure> {
    status(&ops, &service)?.pause();
    Ok(())
}

pub(super) async fn resume(State(ops): State<Ops>, Path(service): Path<String>) -> Result<(), Failure> {
    status(&ops, &service)?.resume();
    Ok(())
}

fn status(ops: &Ops, service: &str) -> Result<delay::PumpStatus, Problem> {
    let lane = ops.shop.lanes.iter().find(|lane| lane.name() == service);
    lane.map(|lane| lane.status.clone()).ok_or_else(Problem::not_found)
}

/// Runs the orders' sweep now; also reads every outbox anew, as after rows were changed by hand.
pub(super) async fn sweep(State(ops): State<Ops>) -> Result<Json<Value>, Failure> {
    for lane in &ops.shop.lanes {
        lane.inbox.reload();
    }
    let report = ops.shop.trade()?.sweep_once(0).await?;
    Ok(Json(json!({ "seen": report.seen, "finished": report.finished, "postponed": report.postponed })))
}
