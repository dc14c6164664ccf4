//! The provider's interface for shops: signed requests, signed answers.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use clock::Ms;
use http::StatusCode;
use model::PayOrderId;
use serde::Serialize;

use super::{Payment, Provider, page};
use crate::sign::{ANSWER, Signed};
use crate::wire::{Envelope, MakeBody, PaymentBody, RefundBody};

/// The largest request that is looked at, in bytes.
const BODY_MAX: usize = 64 * 1_024;

/// A request that was found to be the shop's, and a new one.
struct Believed {
    path: String,
    at: Ms,
    nonce: String,
    body: Bytes,
}

impl FromRequest<Provider> for Believed {
    type Rejection = Response;

    async fn from_request(request: Request, provider: &Provider) -> Result<Self, Response> {
        let refused = |why: String| (StatusCode::UNAUTHORIZED, why).into_response();
        let (method, headers) = (request.method().clone(), request.headers().clone());
        let path = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
        let body = Bytes::from_request(request, provider).await.map_err(IntoResponse::into_response)?;
        let now = provider.inner.clock.now();
        let checked = provider.inner.key.check((method.as_str(), &path), &headers, &body, now);
        let (at, nonce) = checked.map_err(|why| refused(why.to_string()))?;
        let nonce = nonce.to_owned();
        if !provider.inner.book.lock().is_new(at, &nonce, now) {
            return Err(refused("this was sent before".to_owned()));
        }
        Ok(Self { path, at, nonce, body })
    }
}

impl Provider {
    /// All routes: the shop's, and the page at which a buyer pays.
    pub fn routes(&self) -> Router {
        Router::new()
            .route("/payments", post(make))
            .route("/payments/{id}", get(look))
            .route("/payments/{id}/close", post(close))
            .route("/payments/{id}/refund", post(refund))
            .route("/pay/{id}", get(page::show).post(page::approve))
            .layer(DefaultBodyLimit::max(BODY_MAX))
            .with_state(self.clone())
    }

    /// The answer, signed for its request, as late as the switches say.
    async fn answer(&self, to: &Believed, payload: &impl Serialize) -> Response {
        let late_ms = self.inner.book.lock().switches.answer_late_ms;
        if late_ms > 0 {
            let until = self.inner.clock.now() + late_ms;
            self.inner.clock.sleep_until(until).await;
        }
        let Ok(payload) = serde_json::to_string(payload) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let signed =
            Signed { method: ANSWER, path: &to.path, at: to.at, nonce: &to.nonce, body: payload.as_bytes() };
        let signature = self.inner.key.sign(signed);
        axum::Json(Envelope { payload, signature }).into_response()
    }

    fn body(&self, id: PayOrderId, payment: &Payment) -> PaymentBody {
        let url = format!("{}/pay/{id}", self.inner.url);
        PaymentBody { id, status: payment.standing(), amount: payment.paid.unwrap_or(payment.amount), url }
    }
}

async fn make(State(provider): State<Provider>, to: Believed) -> Response {
    let Ok(ask) = serde_json::from_slice::<MakeBody>(&to.body) else { return bad() };
    let (id, now) = (ask.id, provider.inner.clock.now());
    let made = provider.inner.book.lock().make(ask, now);
    match made {
        Some(payment) => provider.answer(&to, &provider.body(id, &payment)).await,
        None => (StatusCode::SERVICE_UNAVAILABLE, "there are too many payments").into_response(),
    }
}

async fn look(State(provider): State<Provider>, Path(id): Path<PayOrderId>, to: Believed) -> Response {
    let found = provider.payment(id);
    provider.answer(&to, &found.map(|payment| provider.body(id, &payment))).await
}

async fn close(State(provider): State<Provider>, Path(id): Path<PayOrderId>, to: Believed) -> Response {
    let now = provider.inner.clock.now();
    let closed = provider.inner.book.lock().close(id, now);
    provider.answer(&to, &provider.body(id, &closed)).await
}

async fn refund(State(provider): State<Provider>, Path(id): Path<PayOrderId>, to: Believed) -> Response {
    let Ok(RefundBody { amount }) = serde_json::from_slice(&to.body) else { return bad() };
    let now = provider.inner.clock.now();
    let refunded = provider.inner.book.lock().refund(id, amount, now);
    provider.answer(&to, &refunded).await
}

fn bad() -> Response {
    (StatusCode::BAD_REQUEST, "the body cannot be understood").into_response()
}
