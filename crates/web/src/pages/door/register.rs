//! `/shop/register`.

use askama::Template;
use axum::extract::RawQuery;
use axum::response::Response;

use super::{Entry, again, come_in, empty};
use crate::failed::Failed;
use crate::layout::Page;
use crate::place;
use crate::view;
use crate::visit::{Fields, Posted, Visit};

#[derive(Template)]
#[template(path = "shop/register.html")]
struct RegisterPage {
    page: Page,
    username: String,
    next: String,
    login_path: String,
    error: Option<String>,
}

fn form(entry: Entry) -> RegisterPage {
    let Entry { page, username, next, error } = entry;
    RegisterPage { login_path: place::with_next(place::LOGIN, &next), page, username, next, error }
}

fn page(visit: &Visit) -> Page {
    Page::bare(visit, visit.lang().words().register).at("/shop/register")
}

/// The form; whoever is logged in has an account already.
pub(crate) async fn show(visit: Visit, RawQuery(encoded): RawQuery) -> Response {
    let fields = Fields::parse(encoded.as_deref().unwrap_or("").as_bytes());
    if visit.session().is_some() {
        return view::go(place::HOME);
    }
    view::page(&form(empty(page(&visit), &fields)))
}

/// Makes an account and lets the reader in, or says why not.
pub(crate) async fn post(visit: Visit, Posted(fields): Posted) -> Result<Response, Failed> {
    match come_in(&visit, "/users", &fields).await {
        Ok(response) => Ok(response),
        Err(trouble) => {
            let (status, entry) = again(&visit, &fields, page(&visit), trouble).await?;
            Ok(view::page_of(status, &form(entry)))
        }
    }
}
