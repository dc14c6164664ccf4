//! The way into a shop: its routes in this process, or its URL.

use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tower::ServiceExt;

/// How much later each moment is in which a client over the network hangs up.
const MOMENT: Duration = Duration::from_micros(400);

/// Where requests go.
#[derive(Clone)]
pub(crate) enum Door {
    Routes(Router),
    Url { http: Client<HttpConnector, Full<Bytes>>, url: String },
}

/// A request.
pub(crate) struct Sent<'a> {
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) token: &'a str,
    /// The client's own `traceparent`; empty: none.
    pub(crate) trace: &'a str,
    pub(crate) key: Option<&'a str>,
    pub(crate) body: Option<Value>,
}

impl Door {
    /// That of the shop at `url`. Its connections belong to the runtime it is made in.
    pub(crate) fn at(url: &str) -> Self {
        let http = Client::builder(TokioExecutor::new()).build_http();
        Self::Url { http, url: url.trim_end_matches('/').to_owned() }
    }

    /// Sends a request; the body of the answer is JSON, text, or null.
    pub(crate) async fn send(&self, sent: Sent<'_>) -> (StatusCode, Value) {
        self.try_send(sent).await.expect("the shop answers")
    }

    /// The same; nothing if nobody answers to the end.
    pub(crate) async fn try_send(&self, sent: Sent<'_>) -> Option<(StatusCode, Value)> {
        let (status, bytes) = match self {
            Door::Routes(routes) => {
                let response = routes.clone().oneshot(request::<Body>("", sent)).await.ok()?;
                (response.status(), response.into_body().collect().await.ok()?.to_bytes())
            }
            Door::Url { http, url } => {
                let response = http.request(request(url, sent)).await.ok()?;
                (response.status(), response.into_body().collect().await.ok()?.to_bytes())
            }
        };
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        let json = || serde_json::from_slice(&bytes).unwrap_or_else(|_| text());
        Some((status, if bytes.is_empty() { Value::Null } else { json() }))
    }

    /// Begins `request` and hangs up in the given moment, from 1 on, unless it is answered first.
    pub(crate) async fn hang_up<T>(&self, moment: u32, request: impl Future<Output = T>) {
        match self {
            // In this process a moment is a look at what the request is doing: it is left at each of its waits.
            Door::Routes(_) => poll_times(moment, request).await,
            Door::Url { .. } => drop(tokio::time::timeout(MOMENT * moment, request).await),
        }
    }
}

/// Polls a request `times` times, letting the shop work in between.
async fn poll_times<T>(times: u32, request: impl Future<Output = T>) {
    let mut request = pin!(request);
    for _ in 0..times {
        if request.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
            return;
        }
        tokio::task::yield_now().await;
        std::thread::yield_now();
    }
}

fn request<B: From<String>>(url: &str, sent: Sent<'_>) -> Request<B> {
    let Sent { method, path, token, trace, key, body } = sent;
    let mut request = Request::builder().method(method).uri(format!("{url}{path}"));
    if !token.is_empty() {
        request = request.header(AUTHORIZATION, token);
    }
    if !trace.is_empty() {
        request = request.header("traceparent", trace);
    }
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let body = body.map(|json| json.to_string()).unwrap_or_default();
    request.header(CONTENT_TYPE, "application/json").body(B::from(body)).unwrap()
}
