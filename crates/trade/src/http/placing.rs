//! `POST /orders`.

use api::Problem;
use axum::extract::State;
use edge::{Caller, Failure, Json, Role, Trace, Write};
use model::{ItemId, OrderId};

use super::bodies::{LineForm, OrderForm};
use super::problems::{WireFailure, refused};
use crate::place::Wish;
use crate::{LINES_MAX, NUM_MAX, Service};

/// Place an order.
///
/// Answers the order's id. With an `Idempotency-Key` the same request is answered the same however often it
/// is sent; after a 503 the same key goes on from where the first try stopped.
#[utoipa::path(
    post, path = "/orders", tag = "trade", request_body = OrderForm, security(("token" = [])),
    responses(
        (status = 200, description = "The order's id", body = String),
        (status = 400, description = "Malformed"),
        (status = 401, description = "Not logged in"),
        (status = 403, description = "Only for people who may change something"),
        (status = 409, description = "Out of stock, or off sale; names the item"),
        (status = 422, description = "Refused by a rule"),
        (status = 503, description = "Try again with the same key"),
    )
)]
pub(crate) async fn place(
    State(service): State<Service>,
    Caller(caller): Caller,
    trace: Trace,
    write: Write<OrderForm>,
) -> Result<Json<OrderId>, Failure> {
    if matches!(caller.role, Role::Service | Role::StaffRead) {
        return Err(Problem::forbidden().into());
    }
    let lines = checked(&write.body)?;
    let wish = Wish {
        owner: caller.user,
        address: write.body.address_id,
        payment_type: write.body.payment_type,
        lines,
        trace: trace.0,
    };
    let key = write.key;
    edge::owned(async move {
        service.place(wish, key).await.map(Json).map_err(|failure| WireFailure::from(failure).into())
    })
    .await
}

fn checked(form: &OrderForm) -> Result<Vec<(ItemId, u32)>, Failure> {
    if !(1..=3).contains(&form.payment_type) {
        return Err(Problem::malformed("paymentType must be 1, 2 or 3").into());
    }
    if form.details.is_empty() || form.details.len() > LINES_MAX {
        return Err(refused("bad_lines", "An order has 1 to 100 lines.", "订单须包含 1 至 100 行商品。"));
    }
    if form.details.iter().any(|line| !(1..=NUM_MAX).contains(&line.num)) {
        return Err(refused("bad_num", "Order 1 to 999 of an item.", "单行商品数量须为 1 至 999。"));
    }
    Ok(form.details.iter().map(|LineForm { item_id, num }| (*item_id, *num)).collect())
}
