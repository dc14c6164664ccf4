//! What users see and change of their own account.

use api::Time;
use api::body::Page;
use auth::password::Password;
use axum::extract::State;
use edge::{Caller, ClientAddr, Failure, Json, Paging, Role, Write};
use model::{Cents, PayOrderId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::{Entry, EntryKind};
use crate::{Error, Service};

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Me {
    #[schema(value_type = String)]
    user_id: UserId,
    username: String,
    /// In cents.
    #[schema(value_type = i64)]
    balance: Cents,
    /// `buyer`, `staff` or `staff-read`.
    role: &'static str,
}

/// The wire name of a role.
pub(crate) fn role(role: Role) -> &'static str {
    match role {
        Role::Buyer => "buyer",
        Role::Staff => "staff",
        Role::StaffRead => "staff-read",
        Role::Service => "service",
    }
}

/// Who am I?
#[utoipa::path(
    get, path = "/users/me", tag = "user", security(("token" = [])),
    responses(
        (status = 200, description = "The account", body = Me), (status = 401, description = "Not logged in"),
        (status = 404, description = "A service has no account"),
    )
)]
pub(crate) async fn me(State(service): State<Service>, Caller(caller): Caller) -> Result<Json<Me>, Failure> {
    let user = service.store.by_id(caller.user).await?.ok_or(Error::Unknown)?;
    let role = role(user.role);
    Ok(Json(Me { user_id: user.id, username: user.username, balance: user.balance, role }))
}

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
pub(crate) struct PasswordForm {
    #[schema(value_type = String)]
    old: Password,
    #[schema(value_type = String)]
    new: Password,
}

/// Change the password.
#[utoipa::path(
    put, path = "/users/me/password", tag = "user", request_body = PasswordForm, security(("token" = [])),
    responses(
        (status = 200, description = "Changed"), (status = 400, description = "Malformed"),
        (status = 401, description = "Not logged in, or the old password is wrong"),
        (status = 422, description = "Refused by a rule"), (status = 429, description = "Too many wrong passwords"),
    )
)]
pub(crate) async fn password(
    State(service): State<Service>,
    Caller(caller): Caller,
    ClientAddr(from): ClientAddr,
    write: Write<PasswordForm>,
) -> Result<(), Failure> {
    Ok(service.change_password(&caller, write.body.old, write.body.new, from, write.key).await?)
}

/// One movement of money.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EntryBody {
    seq: i64,
    at: Time,
    kind: EntryKind,
    /// In cents, never negative.
    #[schema(value_type = i64)]
    amount: Cents,
    /// Afterwards, in cents.
    #[schema(value_type = i64)]
    balance: Cents,
    #[schema(value_type = Option<String>)]
    pay_order_no: Option<PayOrderId>,
    reason: String,
}

impl From<Entry> for EntryBody {
    fn from(entry: Entry) -> Self {
        let Entry { seq, at, kind, amount, balance, pay_order, reason } = entry;
        Self { seq, at: Time(at), kind, amount, balance, pay_order_no: pay_order, reason }
    }
}

/// The wallet's entries, newest first.
#[utoipa::path(
    get, path = "/users/me/wallet", tag = "user", security(("token" = [])),
    params(("pageNo" = Option<u64>, Query), ("pageSize" = Option<u64>, Query)),
    responses(
        (status = 200, description = "A page of entries", body = Page<EntryBody>),
        (status = 400, description = "Malformed"), (status = 401, description = "Not logged in"),
    )
)]
pub(crate) async fn entries(
    State(service): State<Service>,
    Caller(caller): Caller,
    paging: Paging,
) -> Result<Json<Page<EntryBody>>, Failure> {
    let (total, entries) = service.store.entries(caller.user, paging.offset(), paging.page_size).await?;
    let list = entries.into_iter().map(EntryBody::from).collect();
    Ok(Json(Page::new(total, paging.page_size, list)))
}
