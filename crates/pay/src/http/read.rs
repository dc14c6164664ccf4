//! Looking at pay orders.

use api::Problem;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use edge::{Caller, Failure, Json, Language, Path, Principal, Role};
use model::OrderId;

use super::body::PayOrderBody;
use crate::Service;
use crate::record::Record;

/// The caller's pay orders, newest first, at most 200.
#[utoipa::path(
    get, path = "/pay-orders", tag = "pay", security(("token" = [])),
    responses((status = 200, body = Vec<PayOrderBody>), (status = 401, description = "not logged in"))
)]
pub(super) async fn list(
    State(service): State<Service>,
    Caller(principal): Caller,
    language: Language,
) -> Result<Json<Vec<PayOrderBody>>, Failure> {
    let own = service.own(principal.user).await?;
    Ok(Json(own.iter().map(|record| PayOrderBody::of(record, language)).collect()))
}

/// The pay order of an order.
#[utoipa::path(
    get, path = "/pay-orders/biz/{id}", tag = "pay", security(("token" = [])),
    params(("id" = String, Path, description = "the order")),
    responses(
        (status = 200, body = PayOrderBody, description = "empty if nobody applied to pay the order"),
        (status = 401, description = "not logged in"),
        (status = 404, description = "no such order of the caller's"),
        (status = 503, description = "the trade service does not answer"),
    )
)]
pub(super) async fn of_order(
    State(service): State<Service>,
    Caller(principal): Caller,
    Path(order): Path<OrderId>,
    language: Language,
) -> Result<Response, Failure> {
    match service.of_order(order).await? {
        Some(record) if may_see(&principal, &record) => {
            Ok(Json(PayOrderBody::of(&record, language)).into_response())
        }
        Some(record) if !record.pay_order.is_tombstone() => Err(Problem::not_found().into()),
        _ => without_pay_order(&service, &principal, order).await,
    }
}

/// A tombstone has no owner: its order's owner sees an order without pay order.
fn may_see(principal: &Principal, record: &Record) -> bool {
    principal.role != Role::Buyer || principal.user == record.pay_order.owner
}

/// 200 with an empty body, as old clients expect; but a foreign or unknown order is not found. Services are
/// not sent back to `trade`: they know their orders.
async fn without_pay_order(
    service: &Service,
    principal: &Principal,
    order: OrderId,
) -> Result<Response, Failure> {
    if principal.role == Role::Service {
        return Ok(().into_response());
    }
    match service.owner_of(order).await? {
        Some(owner) if principal.role != Role::Buyer || owner == principal.user => Ok(().into_response()),
        _ => Err(Problem::not_found().into()),
    }
}
