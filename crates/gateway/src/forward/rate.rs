//! How often one address may come.

use std::sync::Arc;

use api::{Kind, Problem};
use auth::limit::AddressLimiter;
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use clock::Clock;
use edge::{ClientAddr, Failure};

#[derive(Clone)]
struct Limit {
    limiter: Arc<AddressLimiter>,
    clock: Arc<dyn Clock>,
}

/// The `router`, behind the `limiter` if there is one.
pub(super) fn limited(router: Router, limiter: Option<AddressLimiter>, clock: Arc<dyn Clock>) -> Router {
    let Some(limiter) = limiter else { return router };
    router.layer(middleware::from_fn_with_state(Limit { limiter: Arc::new(limiter), clock }, admit))
}

async fn admit(
    State(limit): State<Limit>,
    ClientAddr(from): ClientAddr,
    request: Request,
    next: Next,
) -> Response {
    match limit.limiter.charge(from, limit.clock.now()) {
        Ok(()) => next.run(request).await,
        Err(too_many) => Failure::from(too_often(too_many.retry_after_s)).into_response(),
    }
}

fn too_often(retry_after_s: u64) -> Problem {
    Problem::new(
        Kind::TooMany,
        "too_many_requests",
        "Too many requests from your address; nothing was changed, please try again in a moment.",
        "您的地址请求过于频繁，未做任何更改，请稍后重试。",
    )
    .retry_after(u32::try_from(retry_after_s).unwrap_or(u32::MAX))
}
