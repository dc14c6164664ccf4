//! What staff do to accounts. Every action is recorded.

use api::Problem;
use api::body::Page;
use auth::password::Password;
use axum::extract::State;
use edge::{Failure, Json, Paging, Path, Principal, Query, Role, Staff, StaffRead, Write};
use model::{Cents, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::own::role;
use crate::Service;
use crate::store::{By, User};

/// How much, and why.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct CreditForm {
    /// In cents, more than 0.
    #[schema(value_type = i64)]
    amount: Cents,
    /// 1 … 200 characters.
    reason: String,
}

/// The balance afterwards.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Balance {
    /// In cents.
    #[schema(value_type = i64)]
    balance: Cents,
}

fn by(service: &Service, staff: &Principal, reason: String) -> By {
    By { user: staff.user, reason, at: service.clock.now() }
}

/// Put money into a wallet.
#[utoipa::path(
    post, path = "/users/{id}/credit", tag = "user", params(("id" = String, Path)), request_body = CreditForm,
    security(("token" = [])),
    responses(
        (status = 200, description = "Credited", body = Balance), (status = 400, description = "Malformed"),
        (status = 401, description = "Not logged in"), (status = 403, description = "Only for staff"),
        (status = 404, description = "No such user"), (status = 422, description = "Refused by a rule"),
    )
)]
pub(crate) async fn credit(
    State(service): State<Service>,
    Staff(staff): Staff,
    Path(id): Path<UserId>,
    write: Write<CreditForm>,
) -> Result<Json<Balance>, Failure> {
    let by = by(&service, &staff, write.body.reason);
    let balance = service.credit(id, write.body.amount, by, write.key).await?;
    Ok(Json(Balance { balance }))
}

/// Whether frozen, and why.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct FreezeForm {
    frozen: bool,
    /// 1 … 200 characters.
    reason: String,
}

/// Freeze or unfreeze an account.
#[utoipa::path(
    put, path = "/users/{id}/frozen", tag = "user", params(("id" = String, Path)), request_body = FreezeForm,
    security(("token" = [])),
    responses(
        (status = 200, description = "Done"), (status = 400, description = "Malformed"),
        (status = 401, description = "Not logged in"), (status = 403, description = "Only for staff"),
        (status = 404, description = "No such user"), (status = 422, description = "Refused by a rule"),
    )
)]
pub(crate) async fn freeze(
    State(service): State<Service>,
    Staff(staff): Staff,
    Path(id): Path<UserId>,
    write: Write<FreezeForm>,
) -> Result<(), Failure> {
    let by = by(&service, &staff, write.body.reason);
    Ok(service.set_frozen(id, write.body.frozen, by, write.key).await?)
}

/// A new staff user.
#[derive(Deserialize, ToSchema)]
pub(crate) struct HireForm {
    username: String,
    #[schema(value_type = String)]
    password: Password,
    /// `staff` or `staff-read`.
    role: String,
}

/// Register a staff user; answers the id.
#[utoipa::path(
    post, path = "/users/staff", tag = "user", request_body = HireForm, security(("token" = [])),
    responses(
        (status = 200, description = "The new user's id", body = String), (status = 400, description = "Malformed"),
        (status = 401, description = "Not logged in"), (status = 403, description = "Only for staff"),
        (status = 409, description = "The name is taken"), (status = 422, description = "Refused by a rule"),
    )
)]
pub(crate) async fn hire(
    State(service): State<Service>,
    Staff(staff): Staff,
    write: Write<HireForm>,
) -> Result<Json<UserId>, Failure> {
    let role = match write.body.role.as_str() {
        "staff" => Role::Staff,
        "staff-read" => Role::StaffRead,
        _ => return Err(Problem::malformed("role must be staff or staff-read").into()),
    };
    let HireForm { username, password, .. } = write.body;
    Ok(Json(service.hire(&username, password, role, staff.user, write.key).await?))
}

/// Which users to list.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct UserQuery {
    /// What the name starts with.
    #[serde(default)]
    key: String,
}

/// A user as staff see them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserBody {
    #[schema(value_type = String)]
    user_id: UserId,
    username: String,
    role: &'static str,
    frozen: bool,
    /// In cents.
    #[schema(value_type = i64)]
    balance: Cents,
    create_time: api::Time,
}

impl From<User> for UserBody {
    fn from(user: User) -> Self {
        Self {
            user_id: user.id,
            username: user.username,
            role: role(user.role),
            frozen: user.frozen,
            balance: user.balance,
            create_time: user.created.into(),
        }
    }
}

/// Users by name.
///
/// Counted, and leafed through, up to 10,000.
#[utoipa::path(
    get, path = "/staff/users", tag = "user", security(("token" = [])),
    params(UserQuery, ("pageNo" = Option<u64>, Query), ("pageSize" = Option<u64>, Query)),
    responses(
        (status = 200, description = "A page of users", body = Page<UserBody>),
        (status = 400, description = "Malformed"), (status = 401, description = "Not logged in"),
        (status = 403, description = "Only for staff"),
    )
)]
pub(crate) async fn list(
    State(service): State<Service>,
    StaffRead(_staff): StaffRead,
    Query(query): Query<UserQuery>,
    paging: Paging,
) -> Result<Json<Page<UserBody>>, Failure> {
    let (total, users) = service.store.list(query.key, paging.offset(), paging.page_size).await?;
    Ok(Json(Page::new(total, paging.page_size, users.into_iter().map(UserBody::from).collect())))
}
