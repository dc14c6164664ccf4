//! Coming and going: log in, register, log out.

pub(crate) mod login;
pub(crate) mod register;

use axum::response::Response;
use http::{Method, StatusCode};
use serde_json::json;

use crate::bodies::Login;
use crate::client::{Client, Trouble, read};
use crate::failed::Failed;
use crate::layout::Page;
use crate::place;
use crate::view;
use crate::visit::{Fields, Posted, Session, Tone, Visit};

/// What the reader typed, and what is wrong with it.
pub(crate) struct Entry {
    pub(crate) page: Page,
    pub(crate) username: String,
    pub(crate) next: String,
    pub(crate) error: Option<String>,
}

/// An empty form, which leads on to where the reader wanted to go.
fn empty(page: Page, fields: &Fields) -> Entry {
    let next = place::local(fields.text("next")).unwrap_or("").to_owned();
    Entry { page, username: String::new(), next, error: None }
}

/// Asks the interface at `path` to let the reader in; leads on, or answers what it said against it.
async fn come_in(visit: &Visit, path: &str, fields: &Fields) -> Result<Response, Trouble> {
    let body = json!({ "username": fields.text("username"), "password": fields.exact("password") });
    let told = Client::of(visit).write(Method::POST, path, "", Some(body)).await?;
    let login: Login = read(&told)?;
    let session = Session::of(visit.site(), &login.token, visit.site().now()).ok_or(Trouble::Silent)?;
    let mut response = view::go(place::local(fields.text("next")).unwrap_or(place::HOME));
    view::keep_session(visit, Some(&session), &mut response);
    Ok(response)
}

/// The form again, with what is wrong; a shop that does not answer at all has a page of its own.
async fn again(
    visit: &Visit,
    fields: &Fields,
    page: Page,
    trouble: Trouble,
) -> Result<(StatusCode, Entry), Failed> {
    let Trouble::Refused(refusal) = trouble else { return Err(trouble.into()) };
    if refusal.status.is_server_error() {
        return Err(Trouble::Refused(refusal).into());
    }
    let entry = Entry {
        username: fields.text("username").to_owned(),
        error: Some(refusal.msg),
        ..empty(page, fields)
    };
    tracing::debug!(status = refusal.status.as_u16(), from = %visit.from(), "nobody was let in");
    Ok((refusal.status, entry))
}

/// Logs out.
pub(crate) async fn logout(visit: Visit, Posted(_): Posted) -> Response {
    if let Some(session) = visit.session() {
        visit.site().hub().close_all_of(session.who.user.0);
    }
    let w = visit.lang().words();
    let mut response = view::go_saying(&visit, place::HOME, Tone::Good, w.logged_out);
    view::keep_session(&visit, None, &mut response);
    response
}
