//! The storefront, one file a page or family of pages.

mod account;
mod admit;
mod cart;
mod checkout;
mod door;
mod home;
mod item;
mod orders;
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
        .route("/items/{id}", get(item::show))
        .route("/cart", get(cart::show))
        .route("/cart/add", post(cart::change::add))
        .route("/cart/number", post(cart::change::number))
        .route("/cart/remove", post(cart::change::remove))
        .route("/checkout", get(checkout::show).post(checkout::post))
        .route("/login", get(door::login::show).post(door::login::post))
        .route("/register", get(door::register::show).post(door::register::post))
        .route("/logout", post(door::logout))
        .route("/preferences", post(preferences::post))
        .merge(of_orders())
        .merge(of_account())
        .fallback(nothing)
        .method_not_allowed_fallback(nothing);
    let shop = admit::bounded(shop);
    // A stream stays open for long, and is bounded by the hub instead.
    Router::new().nest(place::HOME, shop).route(place::LIVE, get(live::stream))
}

fn of_orders() -> Router<Site> {
    Router::new()
        .route("/orders", get(orders::list::show))
        .route("/orders/{id}", get(orders::one::show))
        .route("/orders/{id}/pay", get(orders::pay::show).post(orders::press))
        .route("/orders/{id}/cancel", post(orders::turn::cancel))
        .route("/orders/{id}/receive", post(orders::turn::receive))
        .route("/orders/{id}/review", post(orders::turn::review))
        .route("/orders/{id}/again", post(orders::turn::again))
}

fn of_account() -> Router<Site> {
    use account::addresses;
    Router::new()
        .route("/account", get(account::show))
        .route("/account/password", get(account::password::show).post(account::password::post))
        .route("/account/addresses/new", get(addresses::new).post(addresses::add))
        .route("/account/addresses/{id}", get(addresses::edit).post(addresses::change))
        .route("/account/addresses/{id}/delete", post(addresses::delete))
        .route("/account/addresses/{id}/default", post(addresses::make_default))
}

/// There is no such page.
pub(crate) async fn nothing() -> Failed {
    Failed::not_found()
}
