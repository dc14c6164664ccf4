//! What buyers see and do with their orders.

use api::Problem;
use api::body::Page;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use edge::{Caller, Failure, Json, Paging, Path, Principal, Query, Role, Trace, WriteKey};
use http::StatusCode;
use model::order::{CloseReason, Event, State as OrderState};
use model::{Actor, Cause, OrderId};
use mutants::Mutant;
use serde::Deserialize;
use utoipa::IntoParams;

use super::bodies::OrderBody;
use super::problems::{WireFailure, already_paid};
use crate::Service;
use crate::staff::{Close, by};
use crate::store::{Detail, Filter, Row};

/// The caller's own order; somebody else's does not exist for them.
async fn own(service: &Service, caller: &Principal, id: OrderId) -> Result<Row, Failure> {
    let row = service.store.find(id).await?.ok_or_else(Problem::not_found)?;
    let theirs = row.order.owner == caller.user || mutants::on(Mutant::OthersOrdersReadable);
    if theirs { Ok(row) } else { Err(Problem::not_found().into()) }
}

/// Who did it, for the record.
pub(super) fn cause(actor: Actor, caller: &Principal, note: &str, trace: Trace) -> Cause {
    by(actor, caller.user.0, note.to_owned(), trace.0)
}

/// An order with its lines.
#[utoipa::path(
    get, path = "/orders/{id}", tag = "trade", params(("id" = String, Path)), security(("token" = [])),
    responses(
        (status = 200, description = "The order", body = OrderBody),
        (status = 401, description = "Not logged in"),
        (status = 404, description = "No such order of yours"),
    )
)]
pub(crate) async fn show(
    State(service): State<Service>,
    Caller(caller): Caller,
    Path(id): Path<OrderId>,
) -> Result<Json<OrderBody>, Failure> {
    let row = match caller.role {
        Role::Buyer => own(&service, &caller, id).await?,
        _ => service.store.find(id).await?.ok_or_else(Problem::not_found)?,
    };
    Ok(Json(OrderBody::of(row, service.clock.now())))
}

/// Which orders a list shows.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct ListQuery {
    /// Only orders of this status.
    status: Option<i64>,
}

/// A buyer's orders, newest first.
///
/// Counted, and leafed through, among their newest 10,000.
#[utoipa::path(
    get, path = "/orders", tag = "trade", security(("token" = [])),
    params(ListQuery, ("pageNo" = Option<u64>, Query), ("pageSize" = Option<u64>, Query)),
    responses(
        (status = 200, description = "A page of orders", body = Page<OrderBody>),
        (status = 400, description = "Malformed"),
        (status = 401, description = "Not logged in"),
    )
)]
pub(crate) async fn list(
    State(service): State<Service>,
    Caller(caller): Caller,
    Query(query): Query<ListQuery>,
    paging: Paging,
) -> Result<Json<Page<OrderBody>>, Failure> {
    let filter = Filter { owner: Some(caller.user), state: state(query.status)?, everything: false };
    page(&service, filter, paging).await
}

pub(super) async fn page(
    service: &Service,
    filter: Filter,
    paging: Paging,
) -> Result<Json<Page<OrderBody>>, Failure> {
    let (total, rows) = service.store.list(filter, paging.offset(), paging.page_size).await?;
    let now = service.clock.now();
    let list = rows.into_iter().map(|row| OrderBody::of(row, now)).collect();
    Ok(Json(Page::new(total, paging.page_size, list)))
}

pub(super) fn state(code: Option<i64>) -> Result<Option<OrderState>, Failure> {
    let Some(code) = code else { return Ok(None) };
    let state = OrderState::from_code(code).filter(|state| *state != OrderState::Placing);
    state.map(Some).ok_or_else(|| Problem::malformed("status must be 1 to 6").into())
}

/// Cancel an order that is not paid.
///
/// 200: it is closed. 202: closing is asked for and cannot be taken back; a payment in flight decides whether
/// the order ends closed or paid.
#[utoipa::path(
    put, path = "/orders/{id}/cancel", tag = "trade", params(("id" = String, Path)), security(("token" = [])),
    responses(
        (status = 200, description = "Closed"),
        (status = 202, description = "Asked; the outcome follows"),
        (status = 401, description = "Not logged in"),
        (status = 404, description = "No such order of yours"),
        (status = 409, description = "Already paid"),
    )
)]
pub(crate) async fn cancel(
    State(service): State<Service>,
    Caller(caller): Caller,
    Path(order): Path<OrderId>,
    trace: Trace,
    WriteKey(key): WriteKey,
) -> Result<Response, Failure> {
    own(&service, &caller, order).await?;
    let cause = cause(Actor::Buyer, &caller, "", trace);
    edge::owned(async move {
        let closed = service.close(order, CloseReason::Buyer, cause, key).await;
        close_answer(closed.map_err(WireFailure::from)?)
    })
    .await
}

pub(super) fn close_answer(close: Close) -> Result<Response, Failure> {
    match close {
        Close::Closed => Ok(StatusCode::OK.into_response()),
        Close::Asked => Ok(StatusCode::ACCEPTED.into_response()),
        Close::Paid => Err(already_paid().into()),
    }
}

/// The buyer has the parcel.
#[utoipa::path(
    put, path = "/orders/{id}/receive", tag = "trade", params(("id" = String, Path)), security(("token" = [])),
    responses(
        (status = 200, description = "Received"),
        (status = 401, description = "Not logged in"),
        (status = 404, description = "No such order of yours"),
        (status = 409, description = "Not shipped"),
    )
)]
pub(crate) async fn receive(
    State(service): State<Service>,
    Caller(caller): Caller,
    Path(order): Path<OrderId>,
    trace: Trace,
    WriteKey(key): WriteKey,
) -> Result<(), Failure> {
    own(&service, &caller, order).await?;
    let cause = cause(Actor::Buyer, &caller, "", trace);
    let moved = service.transition(order, Event::Receive, cause, Detail::None, key).await;
    moved.map(drop).map_err(|failure| WireFailure::from(failure).into())
}

/// The buyer has written a review.
#[utoipa::path(
    put, path = "/orders/{id}/review", tag = "trade", params(("id" = String, Path)), security(("token" = [])),
    responses(
        (status = 200, description = "Reviewed"),
        (status = 401, description = "Not logged in"),
        (status = 404, description = "No such order of yours"),
        (status = 409, description = "Not received"),
    )
)]
pub(crate) async fn review(
    State(service): State<Service>,
    Caller(caller): Caller,
    Path(order): Path<OrderId>,
    trace: Trace,
    WriteKey(key): WriteKey,
) -> Result<(), Failure> {
    own(&service, &caller, order).await?;
    let cause = cause(Actor::Buyer, &caller, "", trace);
    let moved = service.transition(order, Event::Review, cause, Detail::None, key).await;
    moved.map(drop).map_err(|failure| WireFailure::from(failure).into())
}
