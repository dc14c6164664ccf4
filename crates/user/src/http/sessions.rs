//! Registering, logging in, renewing.

use auth::password::Password;
use axum::extract::State;
use edge::{Caller, ClientAddr, Failure, Json, Write};
use model::{Cents, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Service, Session};

/// Name and password.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Credentials {
    username: String,
    #[schema(value_type = String)]
    password: Password,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionBody {
    token: String,
    #[schema(value_type = String)]
    user_id: UserId,
    username: String,
    /// In cents.
    #[schema(value_type = i64)]
    balance: Cents,
}

impl From<Session> for SessionBody {
    fn from(session: Session) -> Self {
        let Session { token, user } = session;
        Self { token, user_id: user.id, username: user.username, balance: user.balance }
    }
}

/// Log in.
#[utoipa::path(
    post, path = "/users/login", tag = "user", request_body = Credentials,
    responses(
        (status = 200, description = "A session", body = SessionBody), (status = 400, description = "Malformed"),
        (status = 401, description = "Wrong name or password"), (status = 403, description = "Frozen"),
        (status = 429, description = "Too many wrong passwords"),
    )
)]
pub(crate) async fn login(
    State(service): State<Service>,
    ClientAddr(from): ClientAddr,
    Json(body): Json<Credentials>,
) -> Result<Json<SessionBody>, Failure> {
    Ok(Json(service.login(&body.username, body.password, from).await?.into()))
}

/// Register as a buyer and log in.
#[utoipa::path(
    post, path = "/users", tag = "user", request_body = Credentials,
    responses(
        (status = 200, description = "A session", body = SessionBody), (status = 400, description = "Malformed"),
        (status = 409, description = "The name is taken"), (status = 422, description = "Refused by a rule"),
    )
)]
pub(crate) async fn register(
    State(service): State<Service>,
    ClientAddr(from): ClientAddr,
    write: Write<Credentials>,
) -> Result<Json<SessionBody>, Failure> {
    let Credentials { username, password } = write.body;
    service.register(&username, password.clone(), write.key).await?;
    Ok(Json(service.login(&username, password, from).await?.into()))
}

/// Renew the token.
#[utoipa::path(
    post, path = "/users/token", tag = "user", security(("token" = [])),
    responses(
        (status = 200, description = "A session", body = SessionBody),
        (status = 401, description = "Not logged in"), (status = 403, description = "Frozen"),
    )
)]
pub(crate) async fn renew(
    State(service): State<Service>,
    Caller(caller): Caller,
) -> Result<Json<SessionBody>, Failure> {
    Ok(Json(service.renew(&caller).await?.into()))
}
