//! The storefront, one file a page or family of pages.

mod admit;
mod door;
mod home;
mod preferences;
mod search;
pub(crate) mod sorry;
mod ware;

use axum::Router;
use axum::routing::{get, post};

use crate::failed::Failed;
use crate::live;
use crate::place;
use crate::site::Site;

/// Every page of the storefront.
pub(crate) fn routes() -> Router<Site> {
    let shop = Router::new()
        .route("/", get(home::show))
        .route("/search", get(search::show))
        .route("/login", get(door::login::show).post(door::login::post))
        .route("/register", get(door::register::show).post(door::register::post))
        .route("/logout", post(door::logout))
        .route("/preferences", post(preferences::post))
        .fallback(nothing)
        .method_not_allowed_fallback(nothing);
    let shop = admit::bounded(shop);
    // A stream stays open for long, and is bounded by the hub instead.
    Router::new().nest(place::HOME, shop).route(place::LIVE, get(live::stream))
}

/// There is no such page.
pub(crate) async fn nothing() -> Failed {
    Failed::not_found()
}
