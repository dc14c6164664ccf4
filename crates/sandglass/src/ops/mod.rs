//! The operator's port: health, metrics, and calls that look into the running instance.
//!
//! Health, readiness and metrics are open to whoever reaches the port (loopback by default); everything else
//! needs the token that lies in the data directory.

mod archive;
mod audit;
mod chaos;
pub mod client;
mod dead;
mod health;
mod import;
mod messages;
mod metrics;
pub mod operator;
mod orders;
mod pumps;
mod state;
mod sweeps;
pub mod token;
mod users;

use std::sync::Arc;

use anyhow::Result;
use api::{Kind, Problem};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use edge::Failure;
use http::header::AUTHORIZATION;

use crate::shop::Shop;

/// What the operator's calls work with.
#[derive(Clone)]
pub struct Ops {
    shop: Arc<Shop>,
    token: Arc<str>,
    metrics: metrics::Rendered,
    state: state::Last,
    last_audit: audit::LastAudit,
    archiving: archive::Turn,
}

impl Ops {
    /// The calls over `shop`, guarded by `token`.
    pub fn new(shop: Arc<Shop>, token: String) -> Result<Self> {
        let metrics = metrics::Rendered::start()?;
        metrics::show_counters(&shop);
        let (state, last_audit) = (state::Last::default(), audit::LastAudit::default());
        let archiving = archive::Turn::default();
        Ok(Self { shop, token: token.into(), metrics, state, last_audit, archiving })
    }
}

/// The routes of the operator's port.
pub fn routes(ops: Ops) -> Router {
    let guarded = Router::new()
        .route("/audit", get(audit::audit))
        .route("/audit/last", get(audit::last))
        .route("/state", get(state::show))
        .route("/messages", get(messages::show))
        .route("/orders/{id}", get(orders::show))
        .route("/archive", post(archive::step))
        .route("/dead", get(dead::list))
        .route("/dead/{service}/{id}", get(dead::show))
        .route("/dead/{service}/{id}", delete(dead::drop_one))
        .route("/dead/{service}/{id}/replay", post(dead::replay))
        .route("/pumps", get(pumps::list))
        .route("/pumps/{service}/pause", post(pumps::pause))
        .route("/pumps/{service}/resume", post(pumps::resume))
        .route("/sweep", post(pumps::sweep))
        .route("/sweeps/{service}/run", post(sweeps::run))
        .route("/sweeps/{service}/pause", post(sweeps::pause))
        .route("/sweeps/{service}/resume", post(sweeps::resume))
        .route("/import", post(import::import).layer(DefaultBodyLimit::disable()))
        .route("/import/generated", post(import::generate))
        .route("/users/staff", post(users::staff))
        .route("/users/credit", post(users::credit))
        .route("/chaos", get(chaos::show).put(chaos::set))
        .route("/chaos/wipe", post(chaos::wipe))
        .layer(middleware::from_fn_with_state(ops.clone(), guard));
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .merge(guarded)
        .fallback(|| async { Failure::from(Problem::not_found()) })
        .with_state(ops)
}

async fn guard(State(ops): State<Ops>, request: Request, next: Next) -> Response {
    let sent = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or("");
    let sent = sent.strip_prefix("Bearer ").unwrap_or(sent);
    if same(sent.as_bytes(), ops.token.as_bytes()) {
        return next.run(request).await;
    }
    Failure::from(Problem::new(
        Kind::Unauthenticated,
        "unauthenticated",
        "Send the operator's token: it lies in the data directory as `ops.token`.",
        "请提供运维令牌：位于数据目录的 `ops.token` 文件。",
    ))
    .into_response()
}

/// Compares without telling by its duration where the first difference lies.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
}
