//! One request on its way to a service and back.

use api::{Kind, Problem};
use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use edge::{
    BODY_MAX, ClientAddr, FORWARDED_FOR, Failure, GATEWAY_TOKEN, Principal, REQUEST_ID, RequestId, Role,
    TRACEPARENT, Trace, too_large,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};
use remote::{Lost, Outgoing, Repeat};

use super::{Gate, headers};
use crate::owner::Owner;

const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Sends `request` to its owner; `of_web` was asked by the process that serves pages, for itself.
pub(super) async fn pass(gate: &Gate, owner: Owner, of_web: bool, request: Request) -> Response {
    forwarded(gate, owner, of_web, request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn forwarded(gate: &Gate, owner: Owner, of_web: bool, request: Request) -> Result<Response, Failure> {
    let (mut parts, body) = request.into_parts();
    if !of_web {
        refuse_services(&parts)?;
    }
    let ClientAddr(from) = ClientAddr::from_request_parts(&mut parts, &()).await?;
    let body = whole(gate, body).await?;
    let repeat = repeat(&parts);
    let vouched = vouched(gate, &parts, &from.to_string())?;
    let mut headers = headers::to_service(parts.headers);
    headers.extend(vouched);
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let outgoing = Outgoing { method: parts.method, target, headers, body, repeat };
    match gate.upstreams.of(owner).forward(&outgoing).await {
        Ok(response) => {
            let (mut head, body) = response.into_parts();
            head.headers = headers::to_client(head.headers);
            Ok(Response::from_parts(head, Body::new(body)))
        }
        Err(lost) => Err(unanswered(owner, &lost, repeat).into()),
    }
}

/// Services call each other directly; one that comes this way is a token that got out.
fn refuse_services(parts: &Parts) -> Result<(), Failure> {
    let service = parts.extensions.get::<Principal>().filter(|principal| principal.role == Role::Service);
    if let Some(principal) = service {
        tracing::warn!(
            service = principal.name,
            "a service's token was shown at the gateway; was it stolen?"
        );
        return Err(Problem::forbidden().into());
    }
    Ok(())
}

/// The body, which is kept to be sent again. Too long or too slow, it is not waited for.
async fn whole(gate: &Gate, body: Body) -> Result<Bytes, Failure> {
    let announced = body.size_hint().lower();
    if announced > BODY_MAX as u64 {
        return Err(too_large().into());
    }
    let deadline = gate.clock.now() + gate.body_wait_ms;
    tokio::select! {
        biased;
        read = to_bytes(body, BODY_MAX) => read.map_err(|_| too_large().into()),
        () = gate.clock.sleep_until(deadline) => {
            Err(Problem::malformed("the body did not arrive in time").into())
        }
    }
}

/// What is only looked at, or is kept under a key, has the same effect however often it comes.
fn repeat(parts: &Parts) -> Repeat {
    let safe = [Method::GET, Method::HEAD].contains(&parts.method);
    if safe || parts.headers.contains_key(IDEMPOTENCY_KEY) { Repeat::Idempotent } else { Repeat::Unsent }
}

/// What the gateway itself says of the request.
fn vouched(gate: &Gate, parts: &Parts, from: &str) -> Result<HeaderMap, Failure> {
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| Failure::from(Problem::internal()));
    let mut token = value(&gate.token.at(gate.clock.now()))?;
    token.set_sensitive(true);
    let mut headers = HeaderMap::new();
    headers.insert(GATEWAY_TOKEN, token);
    headers.insert(FORWARDED_FOR, value(from)?);
    if let Some(RequestId(id)) = parts.extensions.get() {
        headers.insert(REQUEST_ID, value(id)?);
    }
    if let Some(Trace(trace)) = parts.extensions.get() {
        headers.insert(TRACEPARENT, value(trace)?);
    }
    Ok(headers)
}

fn unanswered(owner: Owner, lost: &Lost, repeat: Repeat) -> Problem {
    tracing::warn!(service = owner.name(), reason = %lost, "no answer from a service");
    match (lost, repeat) {
        (Lost::Unsent(_), _) | (_, Repeat::Idempotent) => Problem::unavailable(),
        (Lost::Unknown(_), Repeat::Unsent) => Problem::new(
            Kind::Unavailable,
            "outcome_unknown",
            "A part of the shop did not answer; whether it did what you asked is not known. Look before you repeat it, \
             or send an Idempotency-Key next time.",
            "商城的部分服务没有响应，操作是否已生效尚不清楚。请先查看结果再重试，或在请求中使用 Idempotency-Key。",
        )
        .retry_after(1),
    }
}
