//! The routes of the pages, and which of them are pages.
//!
//! Handlers are routed here and nowhere else: what is answered to GET is declared as a page or as a stream, and the rest
//! takes a form. So the lists of pages and forms, which others go through one by one, cannot miss any.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{get, post};

use crate::site::Site;

/// Routes under way.
#[derive(Default)]
pub(crate) struct Routes {
    router: Router<Site>,
    pages: Vec<String>,
    forms: Vec<String>,
}

impl Routes {
    /// A page at `path`: it is looked at, and answered at once.
    pub(crate) fn page<T: 'static>(mut self, path: &str, handler: impl Handler<T, Site>) -> Self {
        self.pages.push(path.to_owned());
        Self { router: self.router.route(path, get(handler)), ..self }
    }

    /// A form that is sent to `path`.
    pub(crate) fn form<T: 'static>(mut self, path: &str, handler: impl Handler<T, Site>) -> Self {
        self.forms.push(path.to_owned());
        Self { router: self.router.route(path, post(handler)), ..self }
    }

    /// A stream at `path`, which is open as long as its page is looked at.
    pub(crate) fn stream<T: 'static>(self, path: &str, handler: impl Handler<T, Site>) -> Self {
        Self { router: self.router.route(path, get(handler)), ..self }
    }

    /// These and `others`.
    pub(crate) fn and(mut self, others: Self) -> Self {
        self.pages.extend(others.pages);
        self.forms.extend(others.forms);
        Self { router: self.router.merge(others.router), ..self }
    }

    /// All of them, with something around their router.
    pub(crate) fn within(self, around: impl FnOnce(Router<Site>) -> Router<Site>) -> Self {
        Self { router: around(self.router), ..self }
    }

    /// All of them below `path`.
    pub(crate) fn below(self, path: &str) -> Self {
        let there = |own: String| if own == "/" { path.to_owned() } else { format!("{path}{own}") };
        Self {
            router: Router::new().nest(path, self.router),
            pages: self.pages.into_iter().map(there).collect(),
            forms: self.forms.into_iter().map(there).collect(),
        }
    }

    /// The router.
    pub(crate) fn router(self) -> Router<Site> {
        self.router
    }

    /// The paths of the pages, with `{id}` where any id stands.
    pub(crate) fn pages(self) -> Vec<String> {
        self.pages
    }

    /// The paths that take a form, likewise.
    pub(crate) fn forms(self) -> Vec<String> {
        self.forms
    }
}
