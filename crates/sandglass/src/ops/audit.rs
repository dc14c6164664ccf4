//! `GET /audit`: every invariant, now; `GET /audit/last`: as it was found last.

use std::sync::Arc;

use api::{Problem, Time};
use audit::Report;
use axum::extract::State;
use edge::{Failure, Json, Query};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Ops;

/// How to audit.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AuditQuery {
    /// How late what must happen in time may be, in milliseconds.
    grace_ms: Option<i64>,
}

/// The last report of this process. Clones share it.
#[derive(Clone, Default)]
pub(super) struct LastAudit(Arc<Mutex<Option<Report>>>);

impl LastAudit {
    /// When it was, whether it was clean, and how much violates what.
    pub(super) fn brief(&self) -> Value {
        let last = self.0.lock();
        let Some(report) = last.as_ref() else { return Value::Null };
        let violated: Vec<Value> = report
            .checks
            .iter()
            .filter(|check| check.violated > 0)
            .map(|check| json!({ "name": check.name, "violated": check.violated }))
            .collect();
        json!({ "at": Time(report.at), "clean": report.clean, "violated": violated })
    }
}

pub(super) async fn audit(
    State(ops): State<Ops>,
    Query(query): Query<AuditQuery>,
) -> Result<Json<Report>, Failure> {
    let grace_ms = query.grace_ms.unwrap_or(books::GRACE_MS).max(0);
    match ops.shop.storage.audit(&ops.shop.config, ops.shop.clock.now(), grace_ms).await {
        Ok(report) => {
            *ops.last_audit.0.lock() = Some(report.clone());
            Ok(Json(report))
        }
        Err(error) => {
            tracing::error!(%error, "the audit could not be finished");
            Err(Problem::internal().into())
        }
    }
}

/// What the last audit asked for here found; 404 before the first.
pub(super) async fn last(State(ops): State<Ops>) -> Result<Json<Report>, Failure> {
    Ok(Json(ops.last_audit.0.lock().clone().ok_or_else(Problem::not_found)?))
}
