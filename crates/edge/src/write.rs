//! A write: its body and its idempotency key.

use api::Problem;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use engine::IdempotencyKey;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};
use serde::de::DeserializeOwned;

use crate::extract::{too_large, unsupported_media};
use crate::{Failure, Principal};

const HEADER: &str = "idempotency-key";
const KEY_LEN_MAX: usize = 128;

/// The secret with which request fingerprints are made: they are stored, and a body may hold a password.
#[derive(Clone)]
pub struct FingerprintKey(pub [u8; 32]);

/// A JSON body together with the request's idempotency key.
#[derive(Clone, Debug)]
pub struct Write<T> {
    /// The key, if the client sent one.
    pub key: Option<IdempotencyKey>,
    /// The body.
    pub body: T,
}

/// The idempotency key of a write whose body, if any, does not matter.
#[derive(Clone, Debug)]
pub struct WriteKey(pub Option<IdempotencyKey>);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Write<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        if !is_json(request.headers()) {
            return Err(unsupported_media().into());
        }
        let (key, bytes) = key_and_bytes(request, state).await?;
        if !is_object(&bytes) {
            return Err(Problem::malformed("the body must be a JSON object").into());
        }
        if has_nul(&bytes) {
            return Err(Problem::malformed("the body must not hold the character U+0000").into());
        }
        let body = serde_json::from_slice(&bytes).map_err(|error| Problem::malformed(error.to_string()))?;
        Ok(Self { key, body })
    }
}

impl<S: Send + Sync> FromRequest<S> for WriteKey {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        key_and_bytes(request, state).await.map(|(key, _)| Self(key))
    }
}

async fn key_and_bytes<S: Send + Sync>(
    request: Request,
    state: &S,
) -> Result<(Option<IdempotencyKey>, Bytes), Failure> {
    let header = header_key(request.headers())?;
    let owner = request.extensions().get::<Principal>().map_or(0, |principal| principal.user.0);
    let secret = request.extensions().get::<FingerprintKey>().map_or([0; 32], |key| key.0);
    let method = request.method().clone();
    let path = request.uri().path_and_query().map_or(String::new(), |target| target.as_str().to_owned());
    let bytes = Bytes::from_request(request, state).await.map_err(|_| too_large())?;
    let key = header.map(|key| IdempotencyKey {
        owner,
        key,
        fingerprint: fingerprint(&secret, &method, &path, &bytes),
    });
    Ok((key, bytes))
}

fn header_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(HEADER) else { return Ok(None) };
    let text = value.to_str().map_err(|_| bad_key())?;
    if text.is_empty() || text.len() > KEY_LEN_MAX { Err(bad_key()) } else { Ok(Some(text.to_owned())) }
}

fn bad_key() -> Problem {
    Problem::malformed("Idempotency-Key must be 1 to 128 printable ASCII characters")
}

/// serde also reads a form from an array of its values in the order in which we happen to declare them; no
/// client is to depend on that order.
fn is_object(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"{")
}

/// Whether some text in this JSON has a NUL, which PostgreSQL keeps in no text. JSON can only write it as an escape.
fn has_nul(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        if rest[at..].starts_with(br"\u0000") {
            return true;
        }
        // What is escaped may be a backslash.
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    false
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = kind.split(';').next().unwrap_or("").trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// The path, with its query, is taken without the `/api` prefix under which the same routes are also found.
fn fingerprint(secret: &[u8; 32], method: &Method, path: &str, body: &[u8]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new_keyed(secret);
    hasher.update(method.as_str().as_bytes()).update(b" ");
    hasher.update(path.strip_prefix("/api").unwrap_or(path).as_bytes()).update(b"\0").update(body);
    let mut short = [0; 16];
    short.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_is_seen_and_nothing_is_taken_for_one() {
        for nul in [br#"{"a":"\u0000"}"#.as_slice(), br#"{"a":"x\\\u0000"}"#, br#"{"\n\u0000":1}"#] {
            assert!(has_nul(nul), "{}", String::from_utf8_lossy(nul));
        }
        for none in [br#"{"a":"\\u0000"}"#.as_slice(), br#"{"a":"u0000"}"#, br#"{"a":"\u0001"}"#, b"\\", b""]
        {
            assert!(!has_nul(none), "{}", String::from_utf8_lossy(none));
        }
    }
}
