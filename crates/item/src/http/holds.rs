//! What the other services ask, as HTTP. Only a token of role service opens these.
//!
//! The reference's `PUT /items/stock/deduct` and `/restore` are not offered: they name no order, so a repeated
//! call would move stock twice.

use api::Problem;
use api::calls::{BATCH_MAX, HoldAnswer, HoldLine, HoldRequest, Items, Quote, SettleAnswer, SettleRequest};
use axum::extract::State;
use edge::{Failure, Json, Path, Query, ServiceCaller};
use model::OrderId;
use model::hold::End;
use serde::Deserialize;
use utoipa::ToSchema;

use super::items::Ids;
use crate::Service;
use crate::config::LINES_MAX;
use crate::ledger::Hold;

/// The lines of one order.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Lines {
    lines: Vec<HoldLine>,
}

/// How one order ended.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Ended {
    /// `released`, `sold` or `returned`.
    #[schema(value_type = String, example = "released")]
    end: End,
}

/// Items as they can be ordered now, with the version a hold must name. Deleted ones are among them.
#[utoipa::path(get, path = "/stock/quotes", tag = "item", security(("token" = [])),
    extensions(("x-service-only" = json!(true))), params(Ids),
    responses((status = 200, body = Value, description = "[{id,name,price,image,spec,status,stock,version}]"),
        (status = 400), (status = 401), (status = 403)))]
pub(super) async fn quotes(
    State(service): State<Service>,
    _: ServiceCaller,
    Query(ids): Query<Ids>,
) -> Result<Json<Vec<Quote>>, Failure> {
    Ok(Json(service.quote(&ids.parse()?).await?))
}

/// Holds the lines of an order, all or none. Asked again it answers the same.
#[utoipa::path(post, path = "/stock/holds/{orderId}", tag = "item", security(("token" = [])),
    extensions(("x-service-only" = json!(true))),
    params(("orderId" = String, Path)),
    request_body = Lines,
    responses((status = 200, body = Value, description = "{outcome:\"held\"} or {outcome:\"refused\",line,reason}"),
        (status = 400), (status = 401), (status = 403), (status = 503)))]
pub(super) async fn hold(
    State(service): State<Service>,
    _: ServiceCaller,
    Path(order_id): Path<OrderId>,
    Json(Lines { lines }): Json<Lines>,
) -> Result<Json<HoldAnswer>, Failure> {
    let answers = hold_all(service, vec![HoldRequest { order_id, lines }]).await?;
    first(answers)
}

/// Holds several orders, each alone; answered in the order asked.
#[utoipa::path(post, path = "/stock/holds", tag = "item", security(("token" = [])),
    extensions(("x-service-only" = json!(true))),
    request_body(content = Vec<HoldRequest>, description = "at most 512"),
    responses((status = 200, body = Value), (status = 400), (status = 401), (status = 403), (status = 503)))]
pub(super) async fn hold_batch(
    State(service): State<Service>,
    _: ServiceCaller,
    Json(orders): Json<Vec<HoldRequest>>,
) -> Result<Json<Vec<HoldAnswer>>, Failure> {
    hold_all(service, orders).await.map(Json)
}

async fn hold_all(service: Service, orders: Vec<HoldRequest>) -> Result<Vec<HoldAnswer>, Failure> {
    bounded(orders.len())?;
    if orders.iter().any(|order| order.lines.is_empty() || order.lines.len() > LINES_MAX) {
        return Err(Problem::malformed("an order has 1 to 100 lines").into());
    }
    edge::owned(async move { Ok(service.hold(orders).await?) }).await
}

/// Tells how an order ended: `released`, `sold` or `returned`. Idempotent, also before any hold.
#[utoipa::path(post, path = "/stock/holds/{orderId}/settle", tag = "item", security(("token" = [])),
    extensions(("x-service-only" = json!(true))),
    params(("orderId" = String, Path)), request_body = Ended,
    responses((status = 200, body = Value, description = "\"settled\" or \"impossible\""),
        (status = 400), (status = 401), (status = 403), (status = 503)))]
pub(super) async fn settle(
    State(service): State<Service>,
    _: ServiceCaller,
    Path(order_id): Path<OrderId>,
    Json(Ended { end }): Json<Ended>,
) -> Result<Json<SettleAnswer>, Failure> {
    first(settle_all(service, vec![SettleRequest { order_id, end }]).await?)
}

/// Tells the ends of several orders; answered in the order asked.
#[utoipa::path(post, path = "/stock/holds/settle", tag = "item", security(("token" = [])),
    extensions(("x-service-only" = json!(true))),
    request_body(content = Vec<SettleRequest>, description = "at most 512"),
    responses((status = 200, body = Value), (status = 400), (status = 401), (status = 403), (status = 503)))]
pub(super) async fn settle_batch(
    State(service): State<Service>,
    _: ServiceCaller,
    Json(ends): Json<Vec<SettleRequest>>,
) -> Result<Json<Vec<SettleAnswer>>, Failure> {
    settle_all(service, ends).await.map(Json)
}

async fn settle_all(service: Service, ends: Vec<SettleRequest>) -> Result<Vec<SettleAnswer>, Failure> {
    bounded(ends.len())?;
    edge::owned(async move { Ok(service.settle(ends).await?) }).await
}

/// The hold of an order.
#[utoipa::path(get, path = "/stock/holds/{orderId}", tag = "item", security(("token" = [])),
    extensions(("x-service-only" = json!(true))),
    params(("orderId" = String, Path)),
    responses((status = 200, body = Hold), (status = 401), (status = 403), (status = 404)))]
pub(super) async fn find(
    State(service): State<Service>,
    _: ServiceCaller,
    Path(order): Path<OrderId>,
) -> Result<Json<Hold>, Failure> {
    let found = service.store().find_hold(order).await?;
    Ok(Json(found.ok_or_else(Problem::not_found)?))
}

fn bounded(orders: usize) -> Result<(), Failure> {
    if orders <= BATCH_MAX {
        return Ok(());
    }
    Err(Problem::malformed(format!("a batch has at most {BATCH_MAX} orders")).into())
}

/// The only answer of a batch of one.
fn first<T>(answers: Vec<T>) -> Result<Json<T>, Failure> {
    Ok(Json(answers.into_iter().next().ok_or_else(Problem::internal)?))
}
