//! What every request passes on its way in and out.

use std::sync::Arc;
use std::time::Duration;

use api::{Kind, Problem};
use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use clock::{Clock, IdGen};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tracing::Instrument;

use crate::render::{Language, problem_response, render, said};
use crate::{
    Authenticator, ClientAddr, Failure, FingerprintKey, GATEWAY, Onward, Principal, Role, Trace, WEB,
    forwarded,
};

/// The largest request body, in bytes.
pub const BODY_MAX: usize = 256 * 1_024;

/// Carries the request's id, in and out.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const REQUEST_ID_LEN_MAX: usize = 64;
/// A header of the reference's gateway that says who calls. Ours never believes it.
pub const USER_INFO: HeaderName = HeaderName::from_static("user-info");

/// The id under which a request is logged and answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

/// What the shell works with.
#[derive(Clone)]
pub struct Shell {
    /// Tells who calls.
    pub authenticator: Arc<dyn Authenticator>,
    /// Tells when.
    pub clock: Arc<dyn Clock>,
    /// Makes request ids.
    pub ids: Arc<IdGen>,
    /// Makes request fingerprints.
    pub fingerprint: FingerprintKey,
}

/// Puts the shell around `router`.
pub fn wrap(router: Router, shell: Shell) -> Router {
    let router = router
        .fallback(|| async { Failure::from(Problem::not_found()) })
        .method_not_allowed_fallback(|| async { Failure::from(method_not_allowed()) });
    watch(router, shell)
}

/// The shell around a `router` that says for itself what it does not have, such as one of pages.
pub fn watch(router: Router, shell: Shell) -> Router {
    router.layer(DefaultBodyLimit::max(BODY_MAX)).layer(middleware::from_fn_with_state(shell, pass))
}

/// The answer to a request that does not get as far as the shell: as cheap as one can be, and of the same form.
pub fn refuse(shell: &Shell, headers: &HeaderMap, problem: &Problem) -> Response {
    let id = request_id(headers, || shell.ids.next(shell.clock.now()));
    with_id(said(problem, Language::of(headers), Some(&id)), &id)
}

fn method_not_allowed() -> Problem {
    Problem::new(
        Kind::MethodNotAllowed,
        "method_not_allowed",
        "This path does not take that method.",
        "该路径不支持此请求方法。",
    )
}

async fn pass(State(shell): State<Shell>, mut request: Request, next: Next) -> Response {
    let started = shell.clock.now();
    let id = request_id(request.headers(), || shell.ids.next(started));
    let language = Language::of(request.headers());
    let route =
        request.extensions().get::<MatchedPath>().map_or("-".to_owned(), |path| path.as_str().to_owned());
    let method = request.method().clone();
    let onward = enrich(&shell, &mut request, &id);
    let span = tracing::info_span!("request", id, %method, route);
    let response = guard(onward.scope(next.run(request)).instrument(span.clone())).await;
    let took_ms = shell.clock.now().since(started);
    span.in_scope(|| observe(&method, &route, response.status(), took_ms));
    with_id(render(response, language, &id), &id)
}

/// Notes who calls, from where and under which id; drops what only a forger would send.
fn enrich(shell: &Shell, request: &mut Request, id: &str) -> Onward {
    let now = shell.clock.now();
    let known = |token: &str| shell.authenticator.authenticate(token, now);
    request.headers_mut().remove(USER_INFO);
    let from = forwarded::take(request.headers_mut(), |token| known(token).as_ref().is_some_and(is_gateway));
    let token = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).map(bare_token);
    let principal = token.and_then(known);
    let trace = Trace::of(request.headers(), || shell.ids.next(now));
    let extensions = request.extensions_mut();
    if let Some(principal) = principal {
        extensions.insert(principal);
    }
    if let Some(from) = from {
        extensions.insert(ClientAddr(from));
    }
    extensions.insert(RequestId(id.to_owned()));
    extensions.insert(trace.clone());
    extensions.insert(shell.fingerprint.clone());
    Onward { request_id: id.to_owned(), trace, ..Onward::default() }
}

fn is_gateway(principal: &Principal) -> bool {
    principal.role == Role::Service && [GATEWAY, WEB].contains(&principal.name.as_str())
}

/// Old clients send the token bare, others after `Bearer `.
fn bare_token(header: &str) -> &str {
    let header = header.trim();
    match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => header,
    }
}

/// A handler that panics costs its caller an answer, not the process.
async fn guard(response: impl Future<Output = Response> + Send) -> Response {
    let mut response = Box::pin(response);
    let polled = std::future::poll_fn(|context| {
        let poll = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| response.as_mut().poll(context)));
        match poll {
            Ok(poll) => poll.map(Some),
            Err(_) => std::task::Poll::Ready(None),
        }
    });
    polled.await.unwrap_or_else(|| {
        tracing::error!("a handler panicked");
        problem_response(Problem::internal())
    })
}

fn request_id(headers: &HeaderMap, fresh: impl FnOnce() -> u64) -> String {
    let sent = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let usable = |id: &&str| {
        !id.is_empty()
            && id.len() <= REQUEST_ID_LEN_MAX
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    sent.filter(usable).map_or_else(|| format!("{:x}", fresh()), str::to_owned)
}

fn with_id(mut response: Response, id: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

fn observe(method: &Method, route: &str, status: StatusCode, took_ms: i64) {
    let labels = [
        ("method", method.as_str().to_owned()),
        ("route", route.to_owned()),
        ("status", status.as_u16().to_string()),
    ];
    metrics::counter!("sandglass_http_requests_total", &labels).increment(1);
    let took = Duration::from_millis(u64::try_from(took_ms).unwrap_or(0));
    metrics::histogram!("sandglass_http_seconds", "route" => route.to_owned()).record(took);
    if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
        tracing::error!(status = status.as_u16(), took_ms, "a request failed on our side");
    } else {
        tracing::debug!(status = status.as_u16(), took_ms, "answered a request");
    }
}
