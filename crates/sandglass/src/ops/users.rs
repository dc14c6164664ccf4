//! What an operator does to users without being one: make staff, put money in.

use api::Problem;
use auth::password::Password;
use axum::extract::State;
use edge::{Failure, Json, Role};
use model::{Cents, UserId};
use serde::Deserialize;
use serde_json::{Value, json};
use user::store::By;

use super::Ops;

/// A staff user to be made.
#[derive(Deserialize)]
pub(super) struct StaffForm {
    username: String,
    password: Password,
    /// `staff` or `staff-read`.
    role: String,
}

pub(super) async fn staff(
    State(ops): State<Ops>,
    Json(form): Json<StaffForm>,
) -> Result<Json<Value>, Failure> {
    let role = match form.role.as_str() {
        "staff" => Role::Staff,
        "staff-read" => Role::StaffRead,
        _ => return Err(Problem::malformed("role must be staff or staff-read").into()),
    };
    let id = ops.shop.users()?.hire(&form.username, form.password, role, UserId(0), None).await?;
    Ok(Json(json!({ "userId": id })))
}

/// Money to be put in.
#[derive(Debug, Deserialize)]
pub(super) struct CreditForm {
    username: String,
    amount: Cents,
    reason: String,
}

pub(super) async fn credit(
    State(ops): State<Ops>,
    Json(form): Json<CreditForm>,
) -> Result<Json<Value>, Failure> {
    let user = ops.shop.users()?.store.by_name(&form.username).await?.ok_or_else(Problem::not_found)?;
    let by = By { user: UserId(0), reason: form.reason, at: ops.shop.clock.now() };
    let balance = ops.shop.users()?.credit(user.id, form.amount, by, None).await?;
    Ok(Json(json!({ "userId": user.id, "balance": balance })))
}
