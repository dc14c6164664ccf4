//! The contract's requests, and the little that is read from their answers.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Method, Request, Uri};
use http_body_util::Full;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::client::{Answer, Target};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Bytes of an error's `code`, at most: what is longer is no code.
const CODE_LEN_MAX: usize = 64;

/// A login's token as the header that carries it.
pub(crate) type Token = HeaderValue;

/// An id as servers write it: text, or a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WireId")]
pub(crate) struct Id(pub(crate) u64);

#[derive(Deserialize)]
#[serde(untagged)]
enum WireId {
    Number(u64),
    Text(String),
}

impl TryFrom<WireId> for Id {
    type Error = std::num::ParseIntError;

    fn try_from(id: WireId) -> Result<Self, Self::Error> {
        match id {
            WireId::Number(id) => Ok(Self(id)),
            WireId::Text(text) => text.parse().map(Self),
        }
    }
}

/// `path` below the target's prefix.
pub(crate) fn uri(target: &Target, path: &str) -> Result<Uri> {
    format!("{}{path}", target.prefix).parse().with_context(|| format!("`{path}` is no path"))
}

/// A GET, with a token where one is needed.
pub(crate) fn get(uri: Uri, token: Option<&Token>) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::new(Bytes::new()));
    *request.uri_mut() = uri;
    if let Some(token) = token {
        request.headers_mut().insert(AUTHORIZATION, token.clone());
    }
    request
}

/// A POST of a JSON body under an idempotency key.
pub(crate) fn post(uri: Uri, token: Option<&Token>, key: &HeaderValue, body: Bytes) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri;
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(IDEMPOTENCY_KEY, key.clone());
    if let Some(token) = token {
        headers.insert(AUTHORIZATION, token.clone());
    }
    request
}

/// The id a placement or an application answers, with or without quotes.
pub(crate) fn id(body: &[u8]) -> Option<u64> {
    std::str::from_utf8(body).ok()?.trim().trim_matches('"').parse().ok()
}

/// The stable `code` of an error body; empty if there is none.
pub(crate) fn code(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Problem {
        code: String,
    }
    let code = serde_json::from_slice::<Problem>(body).map(|problem| problem.code).unwrap_or_default();
    if code.len() > CODE_LEN_MAX { String::new() } else { code }
}

/// The body of a success; anything else is an error that says what was asked.
pub(crate) fn body<T: DeserializeOwned>(answer: &Answer, asked: &str) -> Result<T> {
    if answer.status / 100 != 2 {
        bail!("{asked}: the server answered {} {}", answer.status, code(&answer.body));
    }
    serde_json::from_slice(&answer.body).with_context(|| format!("{asked}: the answer was not understood"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_with_and_without_quotes() {
        assert_eq!(id(b"\"185\""), Some(185));
        assert_eq!(id(b"185"), Some(185));
        assert_eq!(id(b"{}"), None);
        assert_eq!(serde_json::from_str::<Id>("\"7\"").unwrap(), Id(7));
        assert_eq!(serde_json::from_str::<Id>("7").unwrap(), Id(7));
        assert!(serde_json::from_str::<Id>("\"seven\"").is_err());
    }

    #[test]
    fn an_error_body_without_a_code_has_an_empty_one() {
        assert_eq!(code(br#"{"code":"out_of_stock","msg":"..."}"#), "out_of_stock");
        assert_eq!(code(br#"{"code":7}"#), "");
        assert_eq!(code(b"<html>"), "");
    }
}
