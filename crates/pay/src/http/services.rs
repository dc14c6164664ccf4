//! What other services ask over HTTP, where they are other processes.
//!
//! These calls are keyed by their orders and may be repeated at will; an answer such as `inFlight` passes, so
//! they take no `Idempotency-Key`.

use api::Problem;
use api::calls::{Answer, Orders, Pay, PayStatus, RefundAnswer};
use axum::extract::State;
use edge::{Failure, Json, Path, ServiceCaller, owned};
use model::OrderId;
use model::pay_order::CloseAnswer;

use crate::Service;

/// Closes an order for payment: `closed`, `paid` or `inFlight`.
#[utoipa::path(
    post, path = "/pay-orders/biz/{id}/close", tag = "pay", security(("token" = [])),
    extensions(("x-service-only" = json!(true))),
    params(("id" = String, Path, description = "the order")),
    responses((status = 200, body = String), (status = 403, description = "for services only"),
        (status = 401, description = "not logged in"))
)]
pub(super) async fn close(
    State(service): State<Service>,
    _: ServiceCaller,
    Path(order): Path<OrderId>,
) -> Result<Json<CloseAnswer>, Failure> {
    only(owned(async move { Ok(service.close(vec![order]).await?) }).await)
}

/// Closes orders for payment; one answer each, in the same order.
#[utoipa::path(
    post, path = "/pay-orders/biz/close", tag = "pay", security(("token" = [])),
    extensions(("x-service-only" = json!(true))), request_body = Orders,
    responses((status = 200, body = Vec<String>), (status = 403, description = "for services only"),
        (status = 401, description = "not logged in"))
)]
pub(super) async fn close_batch(
    State(service): State<Service>,
    _: ServiceCaller,
    Json(orders): Json<Orders>,
) -> Result<Json<Vec<CloseAnswer>>, Failure> {
    let orders = orders.bounded()?;
    owned(async move { Ok(service.close(orders).await?) }).await.map(Json)
}

/// Gives an order's money back: `refunded`, `refunding` or `notPaid`.
#[utoipa::path(
    post, path = "/pay-orders/biz/{id}/refund", tag = "pay", security(("token" = [])),
    extensions(("x-service-only" = json!(true))),
    params(("id" = String, Path, description = "the order")),
    responses((status = 200, body = String), (status = 403, description = "for services only"),
        (status = 401, description = "not logged in"))
)]
pub(super) async fn refund(
    State(service): State<Service>,
    _: ServiceCaller,
    Path(order): Path<OrderId>,
) -> Result<Json<RefundAnswer>, Failure> {
    only(owned(async move { Ok(Pay::refund(&service, vec![order]).await?) }).await)
}

/// Gives orders' money back; one answer each, in the same order.
#[utoipa::path(
    post, path = "/pay-orders/biz/refund", tag = "pay", security(("token" = [])),
    extensions(("x-service-only" = json!(true))), request_body = Orders,
    responses((status = 200, body = Vec<String>), (status = 403, description = "for services only"),
        (status = 401, description = "not logged in"))
)]
pub(super) async fn refund_batch(
    State(service): State<Service>,
    _: ServiceCaller,
    Json(orders): Json<Orders>,
) -> Result<Json<Vec<RefundAnswer>>, Failure> {
    let orders = orders.bounded()?;
    owned(async move { Ok(Pay::refund(&service, orders).await?) }).await.map(Json)
}

/// Whether orders are paid; one answer each, in the same order: `{"paid":{"at":…}}` or `"notPaid"`.
#[utoipa::path(
    post, path = "/pay-orders/biz/status", tag = "pay", security(("token" = [])),
    extensions(("x-service-only" = json!(true))), request_body = Orders,
    responses((status = 200, body = Vec<Object>), (status = 403, description = "for services only"),
        (status = 401, description = "not logged in"))
)]
pub(super) async fn status_batch(
    State(service): State<Service>,
    _: ServiceCaller,
    Json(orders): Json<Orders>,
) -> Result<Json<Vec<PayStatus>>, Failure> {
    let orders = orders.bounded()?;
    let answer: Answer<Vec<PayStatus>> = service.status(orders).await;
    Ok(Json(answer?))
}

/// The one answer to a batch of one.
fn only<T>(answers: Result<Vec<T>, Failure>) -> Result<Json<T>, Failure> {
    answers?.pop().map(Json).ok_or_else(|| Problem::internal().into())
}
