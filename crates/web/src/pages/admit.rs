//! How many pages may be in the making at once.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

use crate::failed::{Failed, Why};
use crate::site::Site;

/// One more is asked to come back at once; far above what keeps the machine busy.
const PAGES_MAX: usize = 1_024;

/// `pages`, of which only so many are made at once.
pub(crate) fn bounded(pages: Router<Site>) -> Router<Site> {
    pages.layer(middleware::from_fn_with_state(Arc::new(Semaphore::new(PAGES_MAX)), admit))
}

async fn admit(State(places): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    match places.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => Failed(Why::Unavailable(1)).into_response(),
    }
}
