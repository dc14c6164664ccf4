//! One span for each try of a request to another process; tries of one request lie side by side.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use edge::{TRACEPARENT, Trace};
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use opentelemetry::trace::SpanKind;
use remote::{Broken, Transport};

use super::door::known;
use super::tracer::{Span, Tracer};

/// A transport whose tries are recorded, and whose requests carry the span of their try.
pub(super) struct TracedTransport {
    pub(super) inner: Arc<dyn Transport>,
    pub(super) tracer: Arc<Tracer>,
}

#[async_trait]
impl Transport for TracedTransport {
    async fn exchange(&self, mut request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Broken> {
        let mut span = self.begin(&request);
        if let Ok(own) = HeaderValue::from_str(&span.trace().0) {
            request.headers_mut().insert(TRACEPARENT, own);
        }
        let answer = self.inner.exchange(request).await;
        match &answer {
            Ok(response) => {
                let status = response.status();
                span.note("http.response.status_code", i64::from(status.as_u16()));
                if status.is_client_error() || status.is_server_error() {
                    span.fail(status.as_str().to_owned(), "");
                }
            }
            Err(Broken::Unreachable(why)) => span.fail("unreachable", why.clone()),
            Err(Broken::Midway(why)) => span.fail("broken", why.clone()),
        }
        answer
    }
}

impl TracedTransport {
    fn begin(&self, request: &Request<Full<Bytes>>) -> Span {
        let parent = Trace::sent(request.headers()).unwrap_or_default();
        let method = known(request.method());
        let mut span = self.tracer.span(method, SpanKind::Client, &parent);
        let uri = request.uri();
        span.note("http.request.method", method);
        span.note("server.address", uri.host().unwrap_or_default().to_owned());
        span.note("server.port", i64::from(uri.port_u16().unwrap_or(80)));
        span.note("url.path", uri.path().to_owned());
        span
    }
}
