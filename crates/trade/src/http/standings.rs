//! What open pages ask: how orders stand, many at once and cheaply, so that a reader sees a change as it happens.

use api::Time;
use api::calls::Watched;
use axum::extract::State;
use edge::{Failure, Json, ServiceCaller};
use model::order::{Order, State as OrderState};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Service;
use crate::store::Header;

/// How an order stands: what a page would show otherwise if it changed, and nothing of what is in it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Standing {
    /// 0 placing, 1 unpaid, 2 paid, 3 shipped, 4 received, 5 closed, 6 reviewed.
    status: i64,
    /// Closing was asked for; the payment's side decides.
    close_asked: bool,
    /// The money is on its way back.
    refunding: bool,
    /// Until when it can be paid.
    deadline: Time,
}

impl Standing {
    fn of(order: &Order) -> Self {
        Self {
            status: order.state.code(),
            close_asked: order.close_asked.is_some() && order.state == OrderState::Unpaid,
            refunding: order.refunding(),
            deadline: Time(order.deadline),
        }
    }
}

/// How orders stand, in the order asked; `null`: no such order. One look at the headers for all of them.
#[utoipa::path(
    post, path = "/orders/standings", tag = "trade", request_body = Watched, security(("token" = [])),
    extensions(("x-service-only" = json!(true)), ("x-for-web" = json!(true))),
    responses(
        (status = 200, body = Vec<Option<Standing>>, description = "The standings"),
        (status = 400, description = "Malformed"),
        (status = 401, description = "Not logged in"), (status = 403, description = "Only for services"),
    )
)]
pub(super) async fn standings(
    State(service): State<Service>,
    _: ServiceCaller,
    Json(watched): Json<Watched>,
) -> Result<Json<Vec<Option<Standing>>>, Failure> {
    let headers = service.store.headers(&watched.bounded()?).await?;
    let standing = |header: &Header| match header {
        Header::Found(order) => Some(Standing::of(order)),
        Header::Unknown | Header::Corrupt => None,
    };
    Ok(Json(headers.iter().map(standing).collect()))
}
