//! What staff did, and what the wallets know of a payment.

use api::Time;
use api::body::Page;
use axum::extract::State;
use edge::{Failure, Json, Paging, Path, Query, Staff, StaffRead, Write};
use model::wallet::Outcome;
use model::{AttemptId, Cents, PayOrderId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::own::EntryBody;
use super::staff::UserBody;
use crate::records::{Decided, Money, Record};
use crate::store::By;
use crate::{Error, Service};

/// One account as staff see it.
#[utoipa::path(
    get, path = "/staff/users/{id}", tag = "user", params(("id" = String, Path)), security(("token" = [])),
    responses(
        (status = 200, description = "The account", body = UserBody), (status = 401, description = "Not logged in"),
        (status = 403, description = "Only for staff"), (status = 404, description = "No such user"),
    )
)]
pub(crate) async fn user(
    State(service): State<Service>,
    StaffRead(_staff): StaffRead,
    Path(id): Path<UserId>,
) -> Result<Json<UserBody>, Failure> {
    Ok(Json(service.store.by_id(id).await?.ok_or(Error::Unknown)?.into()))
}

/// A wallet's entries, newest first.
#[utoipa::path(
    get, path = "/staff/users/{id}/wallet", tag = "user", security(("token" = [])),
    params(("id" = String, Path), ("pageNo" = Option<u64>, Query), ("pageSize" = Option<u64>, Query)),
    responses(
        (status = 200, description = "A page of entries", body = Page<EntryBody>),
        (status = 400, description = "Malformed"), (status = 401, description = "Not logged in"),
        (status = 403, description = "Only for staff"), (status = 404, description = "No such user"),
    )
)]
pub(crate) async fn wallet(
    State(service): State<Service>,
    StaffRead(_staff): StaffRead,
    Path(id): Path<UserId>,
    paging: Paging,
) -> Result<Json<Page<EntryBody>>, Failure> {
    service.store.by_id(id).await?.ok_or(Error::Unknown)?;
    let (total, entries) = service.store.entries(id, paging.offset(), paging.page_size).await?;
    Ok(Json(Page::new(total, paging.page_size, entries.into_iter().map(EntryBody::from).collect())))
}

/// What the wallets know of a payment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MoneyBody {
    debits: Vec<DebitBody>,
    refund: Option<RefundBody>,
}

/// How an attempt was decided.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DebitBody {
    #[schema(value_type = String)]
    attempt_id: AttemptId,
    #[schema(value_type = String)]
    user_id: UserId,
    /// In cents; 0 in a void.
    #[schema(value_type = i64)]
    amount: Cents,
    /// `debited`, or why not: `wrongPassword`, `notEnough`, `frozen`, `unknownUser`, `voided`, `tooManyTries`.
    outcome: String,
    at: Time,
}

/// Money that went back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefundBody {
    /// In cents.
    #[schema(value_type = i64)]
    amount: Cents,
    at: Time,
}

impl From<Decided> for DebitBody {
    fn from(Decided { attempt, user, amount, outcome, at }: Decided) -> Self {
        let outcome = match outcome {
            Outcome::Debited => "debited".to_owned(),
            Outcome::Refused(failure) => serde_json::to_value(failure)
                .ok()
                .and_then(|name| name.as_str().map(str::to_owned))
                .unwrap_or_default(),
        };
        Self { attempt_id: attempt, user_id: user, amount, outcome, at: Time(at) }
    }
}

/// How the wallets decided the attempts at a payment, and what went back.
#[utoipa::path(
    get, path = "/staff/users/payments/{payOrderNo}", tag = "user", params(("payOrderNo" = String, Path)),
    security(("token" = [])),
    responses(
        (status = 200, description = "Debits and refund", body = MoneyBody),
        (status = 401, description = "Not logged in"), (status = 403, description = "Only for staff"),
        (status = 404, description = "No wallet was asked for it"),
    )
)]
pub(crate) async fn payment(
    State(service): State<Service>,
    StaffRead(_staff): StaffRead,
    Path(pay_order): Path<PayOrderId>,
) -> Result<Json<MoneyBody>, Failure> {
    let money = service.store.money(pay_order).await?;
    if money == Money::default() {
        return Err(Error::Unknown.into());
    }
    let refund = money.refund.map(|(amount, at)| RefundBody { amount, at: Time(at) });
    Ok(Json(MoneyBody { debits: money.debits.into_iter().map(DebitBody::from).collect(), refund }))
}

/// Where a list of records goes on.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct RecordsQuery {
    /// The `cursor` of the last record of the page before; the newest first if not given.
    before: Option<i64>,
}

/// Something staff did.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordBody {
    at: Time,
    #[schema(value_type = String)]
    by: UserId,
    action: String,
    /// To which account; none if to none.
    #[schema(value_type = Option<String>)]
    user_id: Option<UserId>,
    reason: String,
    /// For the next page.
    cursor: String,
}

impl From<Record> for RecordBody {
    fn from(Record { id, at, by, user, action, reason }: Record) -> Self {
        let user_id = Some(user).filter(|user| user.0 != 0);
        Self { at: Time(at), by, action, user_id, reason, cursor: id.to_string() }
    }
}

/// What staff did to accounts, and what operators did through the console, the newest first.
#[utoipa::path(
    get, path = "/staff/users/records", tag = "user", security(("token" = [])),
    params(RecordsQuery, ("pageSize" = Option<u64>, Query)),
    responses(
        (status = 200, description = "Some records", body = Vec<RecordBody>),
        (status = 400, description = "Malformed"), (status = 401, description = "Not logged in"),
        (status = 403, description = "Only for staff"),
    )
)]
pub(crate) async fn records(
    State(service): State<Service>,
    StaffRead(_staff): StaffRead,
    Query(query): Query<RecordsQuery>,
    paging: Paging,
) -> Result<Json<Vec<RecordBody>>, Failure> {
    let before = query.before.unwrap_or(i64::MAX);
    let records = service.store.records(before, paging.page_size).await?;
    Ok(Json(records.into_iter().map(RecordBody::from).collect()))
}

/// What is about to be done at the operator's port, and why.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NoteForm {
    /// 1 … 200 characters, such as `dead.replay trade 12`.
    action: String,
    /// 1 … 200 characters.
    reason: String,
}

/// Write down what an operator is about to do. Whoever does it does this first.
#[utoipa::path(
    post, path = "/staff/users/records", tag = "user", request_body = NoteForm, security(("token" = [])),
    responses(
        (status = 200, description = "Written down"), (status = 400, description = "Malformed"),
        (status = 401, description = "Not logged in"), (status = 403, description = "Only for staff"),
        (status = 422, description = "Refused by a rule"),
    )
)]
pub(crate) async fn note(
    State(service): State<Service>,
    Staff(staff): Staff,
    write: Write<NoteForm>,
) -> Result<(), Failure> {
    let NoteForm { action, reason } = write.body;
    let by = By { user: staff.user, reason, at: service.clock.now() };
    Ok(service.note(action, by, write.key).await?)
}
