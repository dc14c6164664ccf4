//! `GET /audit`: every invariant, now.

use api::Problem;
use audit::Report;
use axum::extract::State;
use edge::{Failure, Json, Query};
use serde::Deserialize;

use super::Ops;

/// How to audit.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AuditQuery {
    /// How late what must happen in time may be, in milliseconds.
    grace_ms: Option<i64>,
}

pub(super) async fn audit(
    State(ops): State<Ops>,
    Query(query): Query<AuditQuery>,
) -> Result<Json<Report>, Failure> {
    let grace_ms = query.grace_ms.unwrap_or(books::GRACE_MS).max(0);
    match ops.shop.storage.audit(&ops.shop.config, ops.shop.clock.now(), grace_ms).await {
        Ok(report) => Ok(Json(report)),
        Err(error) => {
            tracing::error!(%error, "the audit could not be finished");
            Err(Problem::internal().into())
        }
    }
}
