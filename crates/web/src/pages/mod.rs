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

use crate::failed::Failed;
use crate::live;
use crate::place;
use crate::routes::Routes;

/// Every page of the storefront.
pub(crate) fn routes() -> Routes {
    let shop = Routes::default()
        .page("/", home::show)
        .page("/search", search::show)
        .page("/items/{id}", item::show)
        .page("/cart", cart::show)
        .form("/cart/add", cart::change::add)
        .form("/cart/number", cart::change::number)
        .form("/cart/remove", cart::change::remove)
        .page("/checkout", checkout::show)
        .form("/checkout", checkout::post)
        .page("/login", door::login::show)
        .form("/login", door::login::post)
        .page("/register", door::register::show)
        .form("/register", door::register::post)
        .form("/logout", door::logout)
        .form("/preferences", preferences::post)
        .and(of_orders())
        .and(of_account())
        .within(|shop| shop.fallback(nothing).method_not_allowed_fallback(nothing))
        .within(admit::bounded);
    // A stream stays open for long, and is bounded by the hub instead.
    shop.below(place::HOME).stream(place::LIVE, live::stream)
}

fn of_orders() -> Routes {
    Routes::default()
        .page("/orders", orders::list::show)
        .page("/orders/{id}", orders::one::show)
        .page("/orders/{id}/pay", orders::pay::show)
        .form("/orders/{id}/pay", orders::press)
        .form("/orders/{id}/cancel", orders::turn::cancel)
        .form("/orders/{id}/receive", orders::turn::receive)
        .form("/orders/{id}/review", orders::turn::review)
        .form("/orders/{id}/again", orders::turn::again)
}

fn of_account() -> Routes {
    use account::addresses;
    Routes::default()
        .page("/account", account::show)
        .page("/account/password", account::password::show)
        .form("/account/password", account::password::post)
        .page("/account/addresses/new", addresses::new)
        .form("/account/addresses/new", addresses::add)
        .page("/account/addresses/{id}", addresses::edit)
        .form("/account/addresses/{id}", addresses::change)
        .form("/account/addresses/{id}/delete", addresses::delete)
        .form("/account/addresses/{id}/default", addresses::make_default)
}

/// There is no such page.
pub(crate) async fn nothing() -> Failed {
    Failed::not_found()
}
