//! `PUT /orders/{id}`: the reference's "mark paid". Here it only wakes: `pay` is asked.

use api::Problem;
use axum::extract::State;
use edge::{Failure, Path, ServiceCaller};
use model::order::Wake;
use model::{Actor, Cause, OrderId};

use crate::Service;
use crate::drive::Driven;

/// Look whether an order is paid.
#[utoipa::path(
    put, path = "/orders/{id}", tag = "trade", params(("id" = String, Path)), security(("token" = [])),
    extensions(("x-service-only" = json!(true))),
    responses(
        (status = 200, description = "`pay` was asked and the order follows its answer"),
        (status = 401, description = "Not logged in"),
        (status = 403, description = "Only for services"),
        (status = 404, description = "No such order"),
        (status = 503, description = "Somebody did not answer; try again"),
    )
)]
pub(crate) async fn mark_paid(
    State(service): State<Service>,
    ServiceCaller(_caller): ServiceCaller,
    Path(id): Path<OrderId>,
) -> Result<(), Failure> {
    edge::owned(async move { ask(&service, id, Cause::of(Actor::Notice)).await }).await
}

/// Asks `pay` about an order and follows its answer.
pub(super) async fn ask(service: &Service, id: OrderId, cause: Cause) -> Result<(), Failure> {
    let driven = service.in_story(id, service.drive(&[id], Wake::Notice, &cause, false)).await?;
    match driven.into_iter().next() {
        Some(Driven::AtRest(_) | Driven::Waits(_)) => Ok(()),
        Some(Driven::Unknown) | None => Err(Problem::not_found().into()),
        Some(Driven::Doubt(_)) => Err(Problem::unavailable().into()),
        Some(Driven::Contradiction(why)) => {
            tracing::error!(order = id.0, why, "an order needs an operator");
            Err(Problem::internal().into())
        }
    }
}
