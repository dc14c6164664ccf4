//! The one door to the shop.
//!
//! [`door`] puts the services' routes together, once at the root and once under `/api`, adds the description
//! of the API and its page, and limits how many requests are inside at once: one more is told to come back
//! rather than left to wait. New orders pass [`Admission`] before that. [`forward`] is the same door where the services are other processes: it sends each
//! request to a replica of the service that owns the operation.

mod admission;
mod describe;
mod docs;
mod forward;
mod limit;
mod owner;

pub use admission::{Admission, Bounds, Late, show_counters};
pub use describe::{describe, with_security};
pub use docs::docs_page;
pub use forward::{BadDocument, Forward, Options, Upstreams, forward};
pub use owner::Owner;

use axum::Router;
use axum::routing::get;
use edge::Shell;
use utoipa_axum::router::OpenApiRouter;

use crate::limit::Inside;

/// The public routes of all `services`, behind the `shell`; new orders come in as `admission` lets them.
pub fn door(services: Vec<OpenApiRouter>, shell: Shell, admission: Admission) -> Router {
    let (routes, document) = describe(services);
    let document = with_security(document);
    let page = docs_page(&document);
    let text = document.to_json().unwrap_or_default();
    let own = Router::new()
        .route("/openapi.json", get(move || async move { docs::json(text) }))
        .route("/docs", get(move || async move { axum::response::Html(page) }));
    let both = Router::new().merge(routes.clone()).nest("/api", routes).merge(own);
    let inside = edge::wrap(limit::limited(both, Inside::default()), shell.clone());
    admission::before(inside, admission, shell)
}
