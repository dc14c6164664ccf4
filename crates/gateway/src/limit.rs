//! How many requests may be inside at once.

use std::sync::Arc;

use api::{Kind, Problem};
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use edge::Failure;
use tokio::sync::Semaphore;

/// Requests inside at once; one more is answered 503 at once. Far above what keeps the machine busy, far
/// below what would make everyone wait for seconds.
pub(crate) const INSIDE_MAX: usize = 2_048;

/// The places inside.
#[derive(Clone)]
pub(crate) struct Inside(Arc<Semaphore>);

impl Inside {
    /// So many places.
    pub(crate) fn new(places: usize) -> Self {
        Self(Arc::new(Semaphore::new(places)))
    }
}

impl Default for Inside {
    fn default() -> Self {
        Self::new(INSIDE_MAX)
    }
}

pub(crate) fn limited(router: Router, inside: Inside) -> Router {
    router.layer(middleware::from_fn_with_state(inside, admit))
}

async fn admit(State(inside): State<Inside>, request: Request, next: Next) -> Response {
    match inside.0.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => Failure::from(busy()).into_response(),
    }
}

fn busy() -> Problem {
    Problem::new(
        Kind::Unavailable,
        "overloaded",
        "The shop is very busy; nothing was changed, please try again in a moment.",
        "商城繁忙，未做任何更改，请稍后重试。",
    )
    .retry_after(1)
}
