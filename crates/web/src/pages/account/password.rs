//! `/shop/account/password`.

use askama::Template;
use axum::response::Response;
use http::Method;
use serde_json::json;

use super::ACCOUNT;
use crate::client::{Client, Trouble};
use crate::failed::Failed;
use crate::layout::Page;
use crate::view;
use crate::visit::{Posted, Tone, Visit};

#[derive(Template)]
#[template(path = "shop/password.html")]
struct PasswordPage {
    page: Page,
    name: String,
    key: String,
    error: Option<String>,
}

async fn form(visit: &Visit, error: Option<String>) -> PasswordPage {
    let w = visit.lang().words();
    let page = Page::of(visit, w.password_change).await.at(ACCOUNT).below(&[(w.account, ACCOUNT)]);
    let name = visit.session().map(|session| session.who.name.clone()).unwrap_or_default();
    PasswordPage { page, name, key: visit.fresh_key(), error }
}

/// The form.
pub(crate) async fn show(visit: Visit) -> Result<Response, Failed> {
    visit.session().ok_or_else(Failed::login)?;
    Ok(view::page(&form(&visit, None).await))
}

/// Changes it. That the old one is wrong is told with 401, which is no sign of a login that is over.
pub(crate) async fn post(visit: Visit, Posted(fields): Posted) -> Result<Response, Failed> {
    visit.session().ok_or_else(Failed::login)?;
    let body = json!({ "old": fields.exact("old"), "new": fields.exact("new") });
    let key = fields.text("once");
    match Client::of(&visit).write(Method::PUT, "/users/me/password", key, Some(body)).await {
        Ok(_) => Ok(view::go_saying(&visit, ACCOUNT, Tone::Good, visit.lang().words().password_changed)),
        Err(Trouble::Refused(refusal))
            if refusal.status.is_client_error() && refusal.code != "unauthenticated" =>
        {
            Ok(view::page_of(refusal.status, &form(&visit, Some(refusal.msg)).await))
        }
        Err(trouble) => Err(trouble.into()),
    }
}
