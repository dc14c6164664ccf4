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

use crate::failed::Failed;
use crate::place;
use crate::routes::Routes;
use crate::visit::StaffRead;

/// Every page of the console. Whoever is not staff learns nothing of what there is.
pub(crate) fn routes() -> Routes {
    Routes::default()
        .page("/", views::health)
        .page("/attention", views::attention)
        .page("/orders", views::orders)
        .page("/orders/{id}", views::order)
        .page("/deadlines", views::deadlines)
        .page("/stock", views::stock)
        .page("/messages", views::messages)
        .page("/catalogue", views::catalogue)
        .page("/people", views::people)
        .page("/records", views::records)
        .page("/chaos", views::chaos)
        .form("/chaos", views::set_chaos)
        .form("/do", views::deed)
        .form("/import", views::import)
        .stream("/live/{part}", live::stream)
        .within(|console| console.fallback(nothing).method_not_allowed_fallback(nothing))
        .below(place::CONSOLE)
}

async fn nothing(_: StaffRead) -> Failed {
    Failed::not_found()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_navigation_leads_to_is_a_page() {
        let pages = routes().pages();
        for (_, _, path) in pages::NAV {
            assert!(pages.iter().any(|page| page == path), "{path}");
        }
    }
}
