//! The sweeps: run now, pause, resume.

use api::Problem;
use axum::extract::State;
use delay::Rounds;
use edge::{Failure, Path};

use super::Ops;
use super::state::sweeps;

pub(super) async fn run(State(ops): State<Ops>, Path(service): Path<String>) -> Result<(), Failure> {
    rounds(&ops, &service)?.run_now();
    Ok(())
}

pub(super) async fn pause(State(ops): State<Ops>, Path(service): Path<String>) -> Result<(), Failure> {
    tracing::warn!(service, "a sweep was paused by an operator");
    rounds(&ops, &service)?.pause();
    Ok(())
}

pub(super) async fn resume(State(ops): State<Ops>, Path(service): Path<String>) -> Result<(), Failure> {
    rounds(&ops, &service)?.resume();
    Ok(())
}

fn rounds(ops: &Ops, service: &str) -> Result<Rounds, Problem> {
    let found = sweeps(&ops.shop).into_iter().find(|(name, _)| *name == service);
    found.map(|(_, rounds)| rounds).ok_or_else(Problem::not_found)
}
