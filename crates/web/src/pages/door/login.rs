//! `/shop/login`.

use askama::Template;
use axum::extract::RawQuery;
use axum::response::Response;

use super::{Entry, again, come_in, empty};
use crate::demo;
use crate::failed::Failed;
use crate::layout::Page;
use crate::place;
use crate::view;
use crate::visit::{Fields, Posted, Visit};

#[derive(Template)]
#[template(path = "shop/login.html")]
struct LoginPage {
    page: Page,
    username: String,
    next: String,
    register_path: String,
    /// Why the reader is here, if it was not their own wish.
    why: Option<&'static str>,
    error: Option<String>,
    /// Who may be tried out, and with which password.
    demo: Option<(&'static [&'static str], &'static str)>,
}

fn form(visit: &Visit, entry: Entry) -> LoginPage {
    let Entry { page, username, next, error } = entry;
    let w = page.w;
    let why = if visit.ran_out() {
        Some(w.login_ran_out)
    } else {
        (!next.is_empty() && error.is_none()).then_some(w.login_needed)
    };
    let demo = visit.site().demo().then_some((demo::BUYERS.as_slice(), demo::PASSWORD));
    let register_path = place::with_next("/shop/register", &next);
    LoginPage { page, username, next, register_path, why, error, demo }
}

fn page(visit: &Visit) -> Page {
    Page::bare(visit, visit.lang().words().login).at(place::LOGIN)
}

/// The form; whoever is logged in is led on.
pub(crate) async fn show(visit: Visit, RawQuery(encoded): RawQuery) -> Response {
    let fields = Fields::parse(encoded.as_deref().unwrap_or("").as_bytes());
    if visit.session().is_some() {
        return view::go(place::local(fields.text("next")).unwrap_or(place::HOME));
    }
    view::page(&form(&visit, empty(page(&visit), &fields)))
}

/// Lets the reader in, or says why not.
pub(crate) async fn post(visit: Visit, Posted(fields): Posted) -> Result<Response, Failed> {
    match come_in(&visit, "/users/login", &fields).await {
        Ok(response) => Ok(response),
        Err(trouble) => {
            let (status, entry) = again(&visit, &fields, page(&visit), trouble).await?;
            Ok(view::page_of(status, &form(&visit, entry)))
        }
    }
}
