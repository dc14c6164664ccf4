//! The interface in the same process: the door's router, called directly.

use std::net::IpAddr;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, HttpBody};
use edge::{ClientAddr, Principal, REQUEST_ID, Role, TRACEPARENT, WEB};
use http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Limited};
use model::UserId;
use tower::ServiceExt;

use super::{As, Ask, Shop, Silent, Told};

/// The longest answer that is read, in bytes.
pub(super) const ANSWER_MAX: usize = 8 << 20;
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The shop whose door this is.
pub struct Inside(Router);

impl Inside {
    /// Asks `door`, which must be behind the shell of [`edge::wrap`].
    pub fn new(door: Router) -> Self {
        Self(door)
    }
}

#[async_trait]
impl Shop for Inside {
    async fn ask(&self, ask: Ask) -> Result<Told, Silent> {
        let request = request(ask).map_err(|error| {
            tracing::error!(%error, "a page asked what is no request");
            Silent
        })?;
        let response = self.0.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        whole(response).await
    }
}

/// The question as a request from within: what the shell would have established of a stranger is simply said.
fn request(ask: Ask) -> Result<Request<Body>, http::Error> {
    let Ask { method, target, who, language, key, body, from, request_id, trace } = ask;
    let mut request = Request::builder().method(method).uri(target).header(ACCEPT_LANGUAGE, language);
    match who {
        As::Nobody => {}
        As::Token(token) => request = request.header(AUTHORIZATION, secret(&token)?),
        As::Web => request = request.extension(web()),
    }
    for (name, value) in [(REQUEST_ID, request_id), (TRACEPARENT, trace)] {
        if !value.is_empty() {
            request = request.header(name, value);
        }
    }
    if let Some(key) = key {
        request = request.header(IDEMPOTENCY_KEY, key);
    }
    if body.is_some() {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    request.extension(client(from)).body(body.map_or_else(Body::empty, Body::from))
}

/// The pages themselves, as a service.
fn web() -> Principal {
    Principal { user: UserId(0), role: Role::Service, name: WEB.to_owned() }
}

fn client(from: IpAddr) -> ClientAddr {
    ClientAddr(from)
}

/// A header's value that is kept out of logs.
pub(super) fn secret(text: &str) -> Result<HeaderValue, http::Error> {
    let mut value = HeaderValue::from_str(text)?;
    value.set_sensitive(true);
    Ok(value)
}

/// The whole of a response, whatever carries its body.
pub(super) async fn whole<B>(response: Response<B>) -> Result<Told, Silent>
where
    B: HttpBody + Send,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (head, body) = response.into_parts();
    let retry_after = head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let read = Limited::new(body, ANSWER_MAX).collect().await;
    let body = read.map_err(|error| {
        tracing::warn!(error = %error, "an answer of the shop broke off");
        Silent
    })?;
    Ok(Told { status: head.status, retry_after, body: body.to_bytes() })
}
