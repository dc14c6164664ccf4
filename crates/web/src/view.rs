//! Pages as responses.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::header::{LOCATION, RETRY_AFTER, SET_COOKIE};
use http::{HeaderValue, StatusCode};

use crate::cookie::Cookie;
use crate::failed::Failed;
use crate::visit::{FLASH, Flash, SESSION, Session, Tone, VISITOR, Visit, YEAR_S};

/// The page that `template` renders.
pub(crate) fn page(template: &impl Template) -> Response {
    page_of(StatusCode::OK, template)
}

/// The same under another status.
pub(crate) fn page_of(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page cannot be rendered");
            Failed::internal().into_response()
        }
    }
}

/// On to another page of ours, which is then looked at.
pub(crate) fn go(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    match HeaderValue::from_str(path) {
        Ok(path) => drop(response.headers_mut().insert(LOCATION, path)),
        Err(_) => return Failed::internal().into_response(),
    }
    response
}

/// On to another page, which says `sentence`.
pub(crate) fn go_saying(visit: &Visit, path: &str, tone: Tone, sentence: impl Into<String>) -> Response {
    let said = Flash { tone, sentence: sentence.into() }.write(visit.site().key());
    let mut response = go(path);
    add(&mut response, &Cookie { name: FLASH, value: &said, seconds: Some(60), secure: visit.secure() });
    response
}

/// Has the visitor keep a cookie.
pub(crate) fn add(response: &mut Response, cookie: &Cookie<'_>) {
    if let Some(header) = cookie.header() {
        response.headers_mut().append(SET_COOKIE, header);
    }
}

/// Logs the visitor in, or out if there is no `session`. Forms rendered before are then no longer theirs.
pub(crate) fn keep_session(visit: &Visit, session: Option<&Session>, response: &mut Response) {
    let secure = visit.secure();
    let seconds = session.map_or(0, |session| session.seconds_left(visit.site().now()));
    let token = session.map_or("", |session| session.token.as_str());
    add(response, &Cookie { name: SESSION, value: token, seconds: Some(seconds), secure });
    let visitor = visit.fresh_key();
    add(response, &Cookie { name: VISITOR, value: &visitor, seconds: Some(YEAR_S), secure });
}

/// Says when to come again.
pub(crate) fn retry_after(response: &mut Response, seconds: u32) {
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
}
