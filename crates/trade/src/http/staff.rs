//! What staff see and do with any order. Every action needs a reason and is recorded with it.

use api::body::Page;
use api::{Problem, Time};
use axum::extract::State;
use axum::response::Response;
use edge::{Failure, Json, Paging, Path, Principal, Query, Staff, StaffRead, Trace, Write};
use model::order::{CloseReason, Event};
use model::{Actor, Cause, OrderId, UserId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::bodies::OrderBody;
use super::buyer::{cause, close_answer, page, state};
use super::notice::ask as ask_pay;
use super::problems::{WireFailure, refused};
use crate::Service;
use crate::config::NOTE_MAX;
use crate::store::{Detail, Filter, Parcel};

/// Which orders to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StaffQuery {
    /// Only orders of this status.
    status: Option<i64>,
    /// Only orders of this user.
    #[param(value_type = Option<String>)]
    user_id: Option<UserId>,
}

/// All orders, newest first, also those that were never placed.
///
/// Counted, and leafed through, up to 10,000; of one user, among as many of their newest.
#[utoipa::path(
    get, path = "/staff/orders", tag = "trade", security(("token" = [])),
    params(StaffQuery, ("pageNo" = Option<u64>, Query), ("pageSize" = Option<u64>, Query)),
    responses(
        (status = 200, description = "A page of orders", body = Page<OrderBody>),
        (status = 400, description = "Malformed"),
        (status = 401, description = "Not logged in"),
        (status = 403, description = "Only for staff"),
    )
)]
pub(crate) async fn list(
    State(service): State<Service>,
    StaffRead(_staff): StaffRead,
    Query(query): Query<StaffQuery>,
    paging: Paging,
) -> Result<Json<Page<OrderBody>>, Failure> {
    let filter = Filter { owner: query.user_id, state: state(query.status)?, everything: true };
    page(&service, filter, paging).await
}

/// Why staff does it.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Reason {
    /// 1 … 200 characters.
    reason: String,
}

/// How an order is sent.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ShipForm {
    /// The carrier.
    company: String,
    /// The tracking number.
    number: String,
    /// 1 … 200 characters.
    reason: String,
}

/// Until when an order may be paid.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ExtendForm {
    /// The new deadline: later than the present one.
    until: Time,
    /// 1 … 200 characters.
    reason: String,
}

/// Not every database keeps a zero character.
fn checked(name: &str, text: &str) -> Result<(), Failure> {
    if (1..=NOTE_MAX).contains(&text.trim().chars().count()) && !text.contains('\0') {
        return Ok(());
    }
    let problem = refused(
        "bad_text",
        "Give 1 to 200 characters, none of them U+0000.",
        "请填写 1 至 200 个字符，不含 U+0000。",
    );
    Err(Failure::from(problem.0.with("field", name)))
}

fn staff_cause(staff: &Principal, reason: &str, trace: Trace) -> Result<Cause, Failure> {
    checked("reason", reason)?;
    Ok(cause(Actor::Staff, staff, reason.trim(), trace))
}

/// Send the parcel of a paid order.
#[utoipa::path(
    post, path = "/staff/orders/{id}/ship", tag = "trade", params(("id" = String, Path)),
    request_body = ShipForm, security(("token" = [])),
    responses(
        (status = 200, description = "Shipped"), (status = 400, description = "Malformed"),
        (status = 401, description = "Not logged in"), (status = 403, description = "Only for staff"),
        (status = 404, description = "No such order"), (status = 409, description = "Not paid, or being refunded"),
        (status = 422, description = "Refused by a rule"),
    )
)]
pub(crate) async fn ship(
    State(service): State<Service>,
    Staff(staff): Staff,
    Path(order): Path<OrderId>,
    trace: Trace,
    write: Write<ShipForm>,
) -> Result<(), Failure> {
    let ShipForm { company, number, reason } = write.body;
    checked("company", &company)?;
    checked("number", &number)?;
    let cause = staff_cause(&staff, &reason, trace)?;
    let detail = Detail::Parcel(Parcel { company, number });
    let moved = service.transition(order, Event::Ship, cause, detail, write.key).await;
    moved.map(drop).map_err(|failure| WireFailure::from(failure).into())
}

/// Close an order that is not paid.
#[utoipa::path(
    post, path = "/staff/orders/{id}/close", tag = "trade", params(("id" = String, Path)),
    request_body = Reason, security(("token" = [])),
    responses(
        (status = 200, description = "Closed"), (status = 202, description = "Asked; the outcome follows"),
        (status = 400, description = "Malformed"), (status = 401, description = "Not logged in"),
        (status = 403, description = "Only for staff"), (status = 404, description = "No such order"),
        (status = 409, description = "Already paid"), (status = 422, description = "Refused by a rule"),
    )
)]
pub(crate) async fn close(
    State(service): State<Service>,
    Staff(staff): Staff,
    Path(order): Path<OrderId>,
    trace: Trace,
    write: Write<Reason>,
) -> Result<Response, Failure> {
    let cause = staff_cause(&staff, &write.body.reason, trace)?;
    edge::owned(async move {
        let closed = service.close(order, CloseReason::Staff, cause, write.key).await;
        close_answer(closed.map_err(WireFailure::from)?)
    })
    .await
}

/// Give the buyer more time to pay. Refused once closing was asked for.
#[utoipa::path(
    post, path = "/staff/orders/{id}/extend", tag = "trade", params(("id" = String, Path)),
    request_body = ExtendForm, security(("token" = [])),
    responses(
        (status = 200, description = "Extended"), (status = 400, description = "Malformed"),
        (status = 401, description = "Not logged in"), (status = 403, description = "Only for staff"),
        (status = 404, description = "No such order"), (status = 409, description = "Not unpaid, or closing"),
        (status = 422, description = "Not later than the present deadline"),
    )
)]
pub(crate) async fn extend(
    State(service): State<Service>,
    Staff(staff): Staff,
    Path(order): Path<OrderId>,
    trace: Trace,
    write: Write<ExtendForm>,
) -> Result<(), Failure> {
    let cause = staff_cause(&staff, &write.body.reason, trace)?;
    let event = Event::Extend { until: write.body.until.0 };
    let moved = service.transition(order, event, cause, Detail::None, write.key).await;
    moved.map(drop).map_err(|failure| WireFailure::from(failure).into())
}

/// Ask `pay` now whether an order is paid.
#[utoipa::path(
    post, path = "/staff/orders/{id}/ask", tag = "trade", params(("id" = String, Path)),
    request_body = Reason, security(("token" = [])),
    responses(
        (status = 200, description = "Asked; the order follows the answer"), (status = 400, description = "Malformed"),
        (status = 401, description = "Not logged in"), (status = 403, description = "Only for staff"),
        (status = 404, description = "No such order"), (status = 422, description = "Refused by a rule"),
        (status = 503, description = "Somebody did not answer; try again"),
    )
)]
pub(crate) async fn ask(
    State(service): State<Service>,
    Staff(staff): Staff,
    Path(order): Path<OrderId>,
    trace: Trace,
    write: Write<Reason>,
) -> Result<(), Failure> {
    let cause = staff_cause(&staff, &write.body.reason, trace)?;
    if let Some(key) = write.key
        && !service.store.note_key(key, service.clock.now()).await?
    {
        return Err(Problem::key_reused().into());
    }
    edge::owned(async move { ask_pay(&service, order, cause).await }).await
}

/// Cancel a paid order: its money goes back, then it is closed and its stock returned.
#[utoipa::path(
    post, path = "/staff/orders/{id}/refund", tag = "trade", params(("id" = String, Path)),
    request_body = Reason, security(("token" = [])),
    responses(
        (status = 200, description = "Refunded"), (status = 202, description = "On its way; retried until it is done"),
        (status = 400, description = "Malformed"), (status = 401, description = "Not logged in"),
        (status = 403, description = "Only for staff"), (status = 404, description = "No such order"),
        (status = 409, description = "Not paid"), (status = 422, description = "Refused by a rule"),
    )
)]
pub(crate) async fn refund(
    State(service): State<Service>,
    Staff(staff): Staff,
    Path(order): Path<OrderId>,
    trace: Trace,
    write: Write<Reason>,
) -> Result<http::StatusCode, Failure> {
    let cause = staff_cause(&staff, &write.body.reason, trace)?;
    edge::owned(async move {
        let order = service.refund(order, cause, write.key).await.map_err(WireFailure::from)?;
        Ok(if order.refunding() { http::StatusCode::ACCEPTED } else { http::StatusCode::OK })
    })
    .await
}
