//! Calls a router the way a client would, for tests of the services.

use axum::Router;
use axum::body::Body;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use model::UserId;
use serde_json::Value;
use tower::ServiceExt;

use crate::{Principal, Role};

/// A principal of `role` with user id `user`.
pub fn principal(user: u64, role: Role) -> Principal {
    Principal { user: UserId(user), role, name: format!("user-{user}") }
}

/// A request to be sent with [`call`].
pub struct Sent<'a> {
    /// Method, such as `GET`.
    pub method: Method,
    /// Path and query.
    pub path: &'a str,
    /// Who calls, as the shell would have established it.
    pub caller: Option<Principal>,
    /// The idempotency key, if any.
    pub key: Option<&'a str>,
    /// The JSON body, if any.
    pub body: Option<Value>,
}

/// Sends `sent` to `router`; answers the status and the body: JSON, or the text as a JSON string, or null.
///
/// # Panics
/// If `sent` is no well-formed request.
pub async fn call(router: &Router, sent: Sent<'_>) -> (StatusCode, Value) {
    let mut request = Request::builder().method(sent.method).uri(sent.path);
    if let Some(caller) = sent.caller {
        request = request.extension(caller);
    }
    if let Some(key) = sent.key {
        request = request.header(HeaderName::from_static("idempotency-key"), key);
    }
    let body = match sent.body {
        Some(json) => {
            request = request.header(CONTENT_TYPE, "application/json");
            Body::from(json.to_string())
        }
        None => Body::empty(),
    };
    let request = request.body(body).expect("a well-formed test request");
    let response = router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
    let status = response.status();
    let bytes =
        response.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    (status, json_or_text(&bytes))
}

fn json_or_text(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(bytes)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()))
}
