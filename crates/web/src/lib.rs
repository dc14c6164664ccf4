//! The pages of the shop, rendered by the server.
//!
//! A page knows the shop by its HTTP interface and nothing else, through one seam ([`Shop`]): in one process the door's
//! own router, in a process of its own a client of the gateway. Pages work without scripts; a small script of our own
//! makes them live. What is looked at is what the interface says at that moment: nothing is kept here but open
//! streams.
//!
//! `visit` establishes who asks and refuses forms that are not ours; `pages` are the storefront; `layout` is what all
//! pages have around them; `live` tells open pages of changes; `i18n` holds every sentence in both languages.

mod assets;
mod bodies;
mod client;
mod console;
mod cookie;
mod demo;
mod failed;
mod glass;
mod headers;
mod i18n;
mod layout;
mod live;
mod money;
mod order;
mod pages;
mod place;
mod routes;
mod secret;
mod shop;
mod site;
mod theme;
mod view;
mod visit;
mod when;

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::response::Redirect;
use axum::routing::get;
use edge::Shell;
use remote::Operator;
use tokio_util::sync::CancellationToken;

pub use secret::WebKey;
pub use shop::{Afar, As, Ask, Inside, Shop, Silent, Told};
pub use site::{Parts, Random};

use routes::Routes;
use site::Site;

/// The paths of all pages, with `{id}` where any id stands.
#[must_use]
pub fn page_paths() -> Vec<String> {
    all().pages()
}

/// The paths that take a form, likewise.
#[must_use]
pub fn form_paths() -> Vec<String> {
    all().forms()
}

fn all() -> Routes {
    pages::routes().and(console::routes())
}

/// The pages, not yet served.
pub struct Web {
    site: Site,
    shell: Shell,
}

impl Web {
    /// Puts the pages together.
    pub fn new(parts: Parts) -> Self {
        let shell = parts.shell.clone();
        Self { site: Site::new(parts), shell }
    }

    /// What is answered to whatever is no page, where nothing else is served.
    pub fn nothing(&self) -> Router {
        let nothing = Router::new().fallback(pages::nothing);
        edge::watch(self.entered(nothing), self.shell.clone())
    }

    /// `/`, `/shop/…`, `/console/…` and `/assets/…`. Everything else is not theirs, and has no fallback here.
    pub fn routes(&self) -> Router {
        let pages = self.entered(all().router()).with_state(self.site.clone());
        Router::new()
            .merge(edge::watch(pages, self.shell.clone()))
            .route("/", get(|| async { Redirect::to(place::HOME) }))
            .route("/assets/{hash}/{name}", get(assets::serve))
    }

    fn entered<S: Clone + Send + Sync + 'static>(&self, pages: Router<S>) -> Router<S> {
        pages.layer(middleware::from_fn_with_state(self.site.clone(), visit::enter))
    }

    /// Lets staff's pages ask the operators' ports: they are known later than the pages are put together.
    pub fn connect(&self, operator: Arc<dyn Operator>) {
        self.site.connect(operator);
    }

    /// Keeps open pages told of changes until `stop`.
    pub async fn run(&self, stop: CancellationToken) {
        self.site.hub().clone().run(stop).await;
        self.site.closing().cancel();
    }
}
