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

async fn looked_at(StaffRead(who): StaffRead) -> Failed {
    tracing::debug!(user = who.user.0, "there is no such page of the console");
    Failed::not_found()
}

async fn written(Staff(who): Staff) -> Failed {
    tracing::debug!(user = who.user.0, "there is no such form of the console");
    Failed::not_found()
}
