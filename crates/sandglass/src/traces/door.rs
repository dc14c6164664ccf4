//! One span for each request that comes in.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use edge::{TRACEPARENT, Trace};
use http::{HeaderValue, Method};
use opentelemetry::trace::SpanKind;

use super::tracer::{Span, Tracer};

/// What ids in paths are called in spans, by the segment before them.
const IDS: [(&str, &str); 2] = [("orders", "sandglass.order.id"), ("pay-orders", "sandglass.pay_order.id")];

/// Records the request under whoever sent it, and has everything inside go on under its own span: the shell takes the
/// trace from the header.
pub(super) async fn record(State(tracer): State<Arc<Tracer>>, mut request: Request, next: Next) -> Response {
    let mut span = begin(&tracer, &request);
    if let Ok(own) = HeaderValue::from_str(&span.trace().0) {
        request.headers_mut().insert(TRACEPARENT, own);
    }
    let response = next.run(request).await;
    let status = response.status();
    span.note("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.fail(status.as_str().to_owned(), "");
    }
    response
}

fn begin(tracer: &Tracer, request: &Request) -> Span {
    let parent = Trace::sent(request.headers()).unwrap_or_default();
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let name = route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}"));
    let mut span = tracer.span(name, SpanKind::Server, &parent);
    span.note("http.request.method", method);
    if let Some(route) = route {
        span.note("http.route", route.to_owned());
        note_ids(&mut span, route, request.uri().path());
    }
    span
}

/// Anybody can send a method of any name.
pub(super) fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "_OTHER",
    }
}

fn note_ids(span: &mut Span, route: &str, path: &str) {
    let mut before = "";
    for (pattern, segment) in route.split('/').zip(path.split('/')) {
        let name = IDS.iter().find(|(of, _)| *of == before).filter(|_| pattern == "{id}");
        if let (Some((_, name)), Ok(id)) = (name, segment.parse()) {
            span.note_id(name, id);
        }
        before = pattern;
    }
}
