//! What other services ask over HTTP, where they are other processes.
//!
//! All three are keyed by their orders and may be repeated at will. That there is no such order is said in so many
//! words, by `null`: a 404 could come from anybody on the way.

use api::calls::{OrderFate, Orders, Payable, Trade};
use axum::extract::State;
use edge::{Failure, Json, Path, ServiceCaller, owned};
use model::{OrderId, UserId};

use crate::Service;

/// Notes that payment was applied for and answers what is to be paid.
#[utoipa::path(
    post, path = "/orders/{id}/payable", tag = "trade", params(("id" = String, Path)), security(("token" = [])),
    extensions(("x-service-only" = json!(true))),
    responses(
        (status = 200, body = Option<Object>, description = "{owner,total,deadline,open,paid}, or `null`: no such order"),
        (status = 401, description = "Not logged in"), (status = 403, description = "Only for services"),
        (status = 503, description = "Not known; ask again"),
    )
)]
pub(super) async fn payable(
    State(service): State<Service>,
    _: ServiceCaller,
    Path(order): Path<OrderId>,
) -> Result<Json<Option<Payable>>, Failure> {
    owned(async move { Ok(Json(service.apply_payment(order).await?)) }).await
}

/// Whose order it is; notes nothing.
#[utoipa::path(
    get, path = "/orders/{id}/owner", tag = "trade", params(("id" = String, Path)), security(("token" = [])),
    extensions(("x-service-only" = json!(true))),
    responses(
        (status = 200, body = Option<String>, description = "The owner, or `null`: no such order"),
        (status = 401, description = "Not logged in"), (status = 403, description = "Only for services"),
        (status = 503, description = "Not known; ask again"),
    )
)]
pub(super) async fn owner(
    State(service): State<Service>,
    _: ServiceCaller,
    Path(order): Path<OrderId>,
) -> Result<Json<Option<UserId>>, Failure> {
    Ok(Json(service.owner(order).await?))
}

/// What has become of orders: `unknown`, `open` or `{"ended":…}` each, in the same order.
#[utoipa::path(
    post, path = "/orders/fates", tag = "trade", request_body = Orders, security(("token" = [])),
    extensions(("x-service-only" = json!(true))),
    responses(
        (status = 200, body = Vec<Object>, description = "The fates"),
        (status = 400, description = "Malformed"),
        (status = 401, description = "Not logged in"), (status = 403, description = "Only for services"),
        (status = 503, description = "Not known; ask again"),
    )
)]
pub(super) async fn fates(
    State(service): State<Service>,
    _: ServiceCaller,
    Json(orders): Json<Orders>,
) -> Result<Json<Vec<OrderFate>>, Failure> {
    Ok(Json(service.fates(orders.bounded()?).await?))
}
