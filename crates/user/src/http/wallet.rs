//! The wallet for other services.

use api::Problem;
use api::calls::{BATCH_MAX, Debit, OutcomeBody, RefundAnswer, RefundRequest, SettleDebit, Users};
use auth::password::Password;
use axum::extract::State;
use edge::{ClientAddr, Failure, Json, Path, ServiceCaller};
use model::{AttemptId, Cents, PayOrderId, UserId};
use serde::Deserialize;
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
    /// In cents, not negative.
    #[schema(value_type = i64)]
    amount: Cents,
    #[schema(value_type = String)]
    password: Password,
    /// Where the payer's request came from; the caller's own address if absent.
    #[schema(value_type = Option<String>)]
    from: Option<std::net::IpAddr>,
}

fn not_negative(amount: Cents) -> Result<(), Problem> {
    if amount < Cents::ZERO { Err(Problem::malformed("amount must not be negative")) } else { Ok(()) }
}

/// Debit a wallet; keyed by the attempt.
#[utoipa::path(
    post, path = "/wallet/debits", tag = "user", request_body = DebitForm, security(("token" = [])),
    extensions(("x-service-only" = json!(true))),
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
    extensions(("x-service-only" = json!(true))),
    responses(
        (status = 200, description = "The outcome", body = OutcomeBody), (status = 400, description = "Malformed"),
        (status = 401, description = "Not logged in"), (status = 403, description = "Only for services"),
        (status = 503, description = "Not decided; ask again"),
    )
)]
pub(crate) async fn settle(
    State(service): State<Service>,
    ServiceCaller(_caller): ServiceCaller,
    Path(attempt): Path<AttemptId>,
    Json(form): Json<SettleForm>,
) -> Result<Json<OutcomeBody>, Failure> {
    let settle = SettleDebit { attempt, pay_order: form.pay_order_no, user: form.user_id };
    let outcomes = service.settle_debits(vec![settle]).await?;
    let outcome = outcomes.into_iter().next().ok_or_else(Problem::internal)?;
    Ok(Json(outcome.into()))
}

/// Decide attempts for good; one outcome each, in the same order.
#[utoipa::path(
    post, path = "/wallet/debits/settle", tag = "user", security(("token" = [])),
    extensions(("x-service-only" = json!(true))),
    request_body(content = Vec<SettleDebit>, description = "at most 512"),
    responses(
        (status = 200, description = "The outcomes", body = Vec<OutcomeBody>),
        (status = 400, description = "Malformed"), (status = 401, description = "Not logged in"),
        (status = 403, description = "Only for services"), (status = 503, description = "Not decided; ask again"),
    )
)]
pub(crate) async fn settle_batch(
    State(service): State<Service>,
    ServiceCaller(_caller): ServiceCaller,
    Json(attempts): Json<Vec<SettleDebit>>,
) -> Result<Json<Vec<OutcomeBody>>, Failure> {
    bounded(attempts.len())?;
    edge::owned(async move {
        let outcomes = service.settle_debits(attempts).await?;
        Ok(Json(outcomes.into_iter().map(OutcomeBody::from).collect()))
    })
    .await
}

/// What to give back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefundForm {
    #[schema(value_type = String)]
    pay_order_no: PayOrderId,
    /// Who paid. It may be left out: the money goes to whom it was debited, whoever is named.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    user_id: UserId,
    /// In cents, not negative; never more than was debited is given back.
    #[schema(value_type = i64)]
    amount: Cents,
}

/// Give money back, once per pay order.
#[utoipa::path(
    post, path = "/wallet/refunds", tag = "user", request_body = RefundForm, security(("token" = [])),
    extensions(("x-service-only" = json!(true))),
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

/// Give money back for several pay orders, once each; `refunded` for every one, in the same order.
#[utoipa::path(
    post, path = "/wallet/refunds/batch", tag = "user", security(("token" = [])),
    extensions(("x-service-only" = json!(true))),
    request_body(content = Vec<RefundRequest>, description = "at most 512"),
    responses(
        (status = 200, description = "All of it is back", body = Vec<String>),
        (status = 400, description = "Malformed"), (status = 401, description = "Not logged in"),
        (status = 403, description = "Only for services"), (status = 503, description = "Not known; ask again"),
    )
)]
pub(crate) async fn refund_batch(
    State(service): State<Service>,
    ServiceCaller(_caller): ServiceCaller,
    Json(refunds): Json<Vec<RefundRequest>>,
) -> Result<Json<Vec<RefundAnswer>>, Failure> {
    bounded(refunds.len())?;
    refunds.iter().try_for_each(|refund| not_negative(refund.amount))?;
    edge::owned(async move {
        let answers = vec![RefundAnswer::Refunded; refunds.len()];
        service.refund(refunds).await?;
        Ok(Json(answers))
    })
    .await
}

fn bounded(asked: usize) -> Result<(), Problem> {
    if asked <= BATCH_MAX { Ok(()) } else { Err(Problem::malformed("a batch has at most 512 entries")) }
}
