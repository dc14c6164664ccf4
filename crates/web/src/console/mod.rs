//! The console: pages for staff, below `/console`.
//!
//! It shows what the services and the operators' ports answer, and reads no table. What is decided of these answers is
//! pure: the verdict ([`health`]), an order's story ([`story`]) and picture ([`diagram`]), the list of what needs
//! attention ([`list`]), the deadline board ([`board`]). Whatever staff do goes through a form, a page that asks once more
//! ([`act`]) and the same call that anybody else would make ([`deeds`]), and is written down.

mod act;
mod ask;
mod board;
mod data;
mod deeds;
mod demo;
mod desk;
mod diagram;
mod form;
mod health;
mod list;
mod live;
mod pages;
mod plot;
mod story;
mod views;
mod words;

use axum::Router;
use axum::routing::{get, post};

use crate::failed::Failed;
use crate::place;
use crate::site::Site;
use crate::visit::StaffRead;

/// Every page of the console. Whoever is not staff learns nothing of what there is.
pub(crate) fn routes() -> Router<Site> {
    let console = Router::new()
        .route("/", get(views::health))
        .route("/attention", get(views::attention))
        .route("/orders", get(views::orders))
        .route("/orders/{id}", get(views::order))
        .route("/deadlines", get(views::deadlines))
        .route("/stock", get(views::stock))
        .route("/messages", get(views::messages))
        .route("/catalogue", get(views::catalogue))
        .route("/people", get(views::people))
        .route("/records", get(views::records))
        .route("/chaos", get(views::chaos).post(views::set_chaos))
        .route("/do", post(views::deed))
        .route("/import", post(views::import))
        .route("/live/{part}", get(live::stream))
        .fallback(nothing)
        .method_not_allowed_fallback(nothing);
    Router::new().nest(place::CONSOLE, console)
}

async fn nothing(_: StaffRead) -> Failed {
    Failed::not_found()
}
