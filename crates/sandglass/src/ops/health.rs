//! Alive? Ready?

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use edge::Failure;
use http::StatusCode;

use super::Ops;

/// The process runs.
pub(super) async fn alive() -> &'static str {
    "ok"
}

/// The process can serve: its storage takes writes.
pub(super) async fn ready(State(ops): State<Ops>) -> Response {
    match ops.shop.storage.ready().await {
        Ok(()) => (StatusCode::OK, "ready").into_response(),
        Err(error) => Failure::from(error).into_response(),
    }
}
