//! The console: pages for staff, below `/console`.

use axum::Router;
use axum::routing::get;

use crate::failed::Failed;
use crate::place;
use crate::site::Site;
use crate::visit::{Staff, StaffRead};

/// Every page of the console. Whoever is not staff learns nothing of what there is.
pub(crate) fn routes() -> Router<Site> {
    let console = Router::new().route("/", get(looked_at).post(written)).fallback(looked_at);
    Router::new().nest(place::CONSOLE, console)
}

async fn looked_at(_: StaffRead) -> Failed {
    Failed::not_found()
}

async fn written(_: Staff) -> Failed {
    Failed::not_found()
}
