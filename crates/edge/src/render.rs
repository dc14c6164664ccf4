//! How a problem looks on the wire (RFC 9457), in the caller's language.

use std::convert::Infallible;

use api::Problem;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::Response;
use http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

/// The languages problems are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English; also for whoever prefers neither.
    English,
    /// Chinese.
    Chinese,
}

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

impl Language {
    /// The one the client prefers: whichever of the two its `Accept-Language` names first.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let first = wanted.split(',').map(str::trim).find_map(|range| match range.get(..2)? {
            tag if tag.eq_ignore_ascii_case("zh") => Some(Language::Chinese),
            tag if tag.eq_ignore_ascii_case("en") => Some(Language::English),
            _ => None,
        });
        first.unwrap_or(Language::English)
    }
}

/// A response that says `problem` in English and carries it along for [`render`].
pub(crate) fn problem_response(problem: Problem) -> Response {
    let mut response = said(&problem, Language::English, None);
    response.extensions_mut().insert(problem);
    response
}

/// A response that says `problem` in this `language` for good.
pub(crate) fn said(problem: &Problem, language: Language, request_id: Option<&str>) -> Response {
    let mut response = Response::new(Body::from(body(problem, language, request_id)));
    *response.status_mut() =
        StatusCode::from_u16(problem.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(seconds) = problem.retry_after_s {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Says a problem response's problem again in the caller's `language` and with the request's id.
pub(crate) fn render(response: Response, language: Language, request_id: &str) -> Response {
    let Some(problem) = response.extensions().get::<Problem>() else { return response };
    let text = body(problem, language, Some(request_id));
    response.map(|_| Body::from(text))
}

fn body(problem: &Problem, language: Language, request_id: Option<&str>) -> Vec<u8> {
    let sentence = match language {
        Language::English => &problem.en,
        Language::Chinese => &problem.zh,
    };
    let mut members: Map<String, Value> = problem.extra.clone();
    members.insert("type".into(), json!("about:blank"));
    members.insert("title".into(), json!(sentence));
    members.insert("status".into(), json!(problem.kind.status()));
    members.insert("code".into(), json!(problem.code));
    members.insert("msg".into(), json!(sentence));
    if let Some(id) = request_id {
        members.insert("requestId".into(), json!(id));
    }
    serde_json::to_vec(&members).unwrap_or_default()
}
