//! Applying to pay.

use api::Problem;
use axum::extract::State;
use edge::{Caller, Failure, Write, owned};
use model::{Cents, OrderId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::problems;
use crate::record::{BALANCE, Method};
use crate::{Applied, Apply, Service};

const PAY_TYPES: std::ops::RangeInclusive<u8> = 1..=5;
const INFO_CHARS_MAX: usize = 256;

/// An application to pay an order.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApplyBody {
    /// The order.
    #[schema(value_type = String)]
    biz_order_no: OrderId,
    /// What the buyer believes it costs, in cents; must equal its total.
    #[schema(value_type = i64)]
    amount: Cents,
    /// The channel: `balance`, or one that is configured, such as `sandbox`. Another may be asked for as long as the
    /// order is not paid; a payment that was opened at a provider stays open there.
    pay_channel_code: String,
    /// 1 H5, 2 mini program, 3 public account, 4 scan, 5 balance.
    pay_type: u8,
    /// What the bill says, at most 256 characters.
    #[serde(default)]
    order_info: Option<String>,
}

/// Applies to pay an order; asked again, answers the same pay order.
///
/// Where the buyer pays at a provider is then said by the pay order's `qrCodeUrl`; at once, if the provider answers at
/// once, or as soon as it does.
#[utoipa::path(
    post, path = "/pay-orders", tag = "pay", security(("token" = [])), request_body = ApplyBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "the same key and body have one outcome")),
    responses(
        (status = 200, body = String, content_type = "text/plain", description = "the pay order's id, without quotes"),
        (status = 400, description = "malformed"),
        (status = 401, description = "not logged in"),
        (status = 404, description = "no such order of the caller's"),
        (status = 409, description = "the order is paid, closed, closing or overdue; or has its payment at another provider"),
        (status = 422, description = "another amount than the total; an unavailable channel; a reused key"),
        (status = 503, description = "the trade service does not answer"),
    )
)]
pub(super) async fn apply(
    State(service): State<Service>,
    Caller(principal): Caller,
    write: Write<ApplyBody>,
) -> Result<String, Failure> {
    let Write { key, body } = write;
    let (order, amount) = (body.biz_order_no, body.amount);
    let apply = Apply { caller: principal.user, order, amount, method: method(&service, body)?, key };
    match owned(async move { Ok(service.apply(apply).await?) }).await? {
        Applied::PayOrder(id) => Ok(id.to_string()),
        Applied::Refused(why) => Err(problems::not_opened(why).into()),
        Applied::NotFound => Err(Problem::not_found().into()),
        Applied::OtherBody => Err(Problem::key_reused().into()),
    }
}

fn method(service: &Service, body: ApplyBody) -> Result<Method, Problem> {
    let info = body.order_info.unwrap_or_default();
    if info.chars().count() > INFO_CHARS_MAX {
        return Err(Problem::malformed("orderInfo must have at most 256 characters"));
    }
    if !PAY_TYPES.contains(&body.pay_type) {
        return Err(Problem::malformed("payType must lie between 1 and 5"));
    }
    if body.pay_channel_code != BALANCE && service.channel(&body.pay_channel_code).is_none() {
        return Err(problems::channel_unavailable());
    }
    Ok(Method { channel: body.pay_channel_code, pay_type: body.pay_type, info })
}
