//! The wallet for other services.

use api::Problem;
use api::calls::{Debit, RefundRequest, SettleDebit, Users};
use auth::password::Password;
use axum::extract::State;
use edge::{ClientAddr, Failure, Json, Path, ServiceCaller};
use model::pay_order;
use model::wallet::Outcome;
use model::{AttemptId, Cents, PayOrderId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Service;

/// What to debit.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DebitForm {
    #[schema(value_type = String)]
    attempt_id: AttemptId,
    #[schema(value_type = String)]
    pay_order_no: PayOrderId,
    #[schema(value_type = String)]
    user_id: UserId,
    /// In cents.
    #[schema(value_type = i64)]
    amount: Cents,
    #[schema(value_type = String)]
    password: Password,
    /// Where the payer's request came from; the caller's own address if absent.
    #[schema(value_type = Option<String>)]
    from: Option<std::net::IpAddr>,
}

/// How an attempt ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutcomeBody {
    /// `debited`, `refused` or `voided`.
    outcome: &'static str,
    /// Why it was refused.
    #[schema(value_type = Option<String>)]
    reason: Option<pay_order::Failure>,
}

impl From<Outcome> for OutcomeBody {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Debited => Self { outcome: "debited", reason: None },
            Outcome::Refused(pay_order::Failure::Voided) => Self { outcome: "voided", reason: None },
            Outcome::Refused(failure) => Self { outcome: "refused", reason: Some(failure) },
        }
    }
}

/// Debit a wallet; keyed by the attempt.
#[utoipa::path(
    post, path = "/wallet/debits", tag = "user", request_body = DebitForm, security(("token" = [])),
    responses(
        (status = 200, description = "The recorded outcome", body = OutcomeBody),
        (status = 400, description = "Malformed"), (status = 401, description = "Not logged in"),
        (status = 403, description = "Only for services"), (status = 503, description = "Not decided; settle it"),
    )
)]
pub(crate) async fn debit(
    State(service): State<Service>,
    ServiceCaller(_caller): ServiceCaller,
    ClientAddr(caller): ClientAddr,
    Json(form): Json<DebitForm>,
) -> Result<Json<OutcomeBody>, Failure> {
    not_negative(form.amount)?;
    let debit = Debit {
        attempt: form.attempt_id,
        pay_order: form.pay_order_no,
        user: form.user_id,
        amount: form.amount,
        password: form.password.expose().to_owned(),
        from: form.from.unwrap_or(caller),
    };
    edge::owned(async move { Ok(Json(service.debit(debit).await?.into())) }).await
}

/// A debit of less than nothing would be a way to make money.
fn not_negative(amount: Cents) -> Result<(), Problem> {
    if amount < Cents::ZERO { Err(Problem::malformed("amount must not be negative")) } else { Ok(()) }
}

/// Which attempt to settle.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SettleForm {
    #[schema(value_type = String)]
    pay_order_no: PayOrderId,
    #[schema(value_type = String)]
    user_id: UserId,
}

/// Decide an attempt for good.
#[utoipa::path(
    post, path = "/wallet/debits/{attemptId}/settle", tag = "user", params(("attemptId" = String, Path)),
    request_body = SettleForm, security(("token" = [])),
    responses(
        (status = 200, description = "The outcome", body = OutcomeBody), (status = 400, description = "Malformed"),
        (status = 401, description = "Not logged in"), (status = 403, description = "Only for services"),
    )
)]
pub(crate) async fn settle(
    State(service): State<Service>,
    ServiceCaller(_caller): ServiceCaller,
    Path(attempt): Path<AttemptId>,
    Json(form): Json<SettleForm>,
) -> Result<Json<OutcomeBody>, Failure> {
    let settle = SettleDebit { attempt, pay_order: form.pay_order_no, user: form.user_id };
    let outcome = service.settle_debits(vec![settle]).await?.pop().ok_or_else(Problem::internal)?;
    Ok(Json(outcome.into()))
}

/// What to give back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefundForm {
    #[schema(value_type = String)]
    pay_order_no: PayOrderId,
    #[schema(value_type = String)]
    user_id: UserId,
    /// In cents; never more than was debited is given back.
    #[schema(value_type = i64)]
    amount: Cents,
}

/// Give money back, once per pay order.
#[utoipa::path(
    post, path = "/wallet/refunds", tag = "user", request_body = RefundForm, security(("token" = [])),
    responses(
        (status = 200, description = "It is back"), (status = 400, description = "Malformed"),
        (status = 401, description = "Not logged in"), (status = 403, description = "Only for services"),
    )
)]
pub(crate) async fn refund(
    State(service): State<Service>,
    ServiceCaller(_caller): ServiceCaller,
    Json(form): Json<RefundForm>,
) -> Result<(), Failure> {
    not_negative(form.amount)?;
    let refund = RefundRequest { pay_order: form.pay_order_no, user: form.user_id, amount: form.amount };
    Ok(service.refund(vec![refund]).await?)
}
