//! A user's own addresses.

use api::calls::{Address, Users};
use axum::extract::State;
use edge::{Caller, Failure, Json, Path, ServiceCaller, Write, WriteKey};
use model::{AddressId, UserId};

use crate::{Error, Service};

/// All of them.
#[utoipa::path(
    get, path = "/addresses", tag = "user", security(("token" = [])),
    responses(
        (status = 200, description = "The addresses", body = Vec<Address>),
        (status = 401, description = "Not logged in"),
    )
)]
pub(crate) async fn list(
    State(service): State<Service>,
    Caller(caller): Caller,
) -> Result<Json<Vec<Address>>, Failure> {
    Ok(Json(service.store.addresses(caller.user).await?))
}

/// One of them.
#[utoipa::path(
    get, path = "/addresses/{id}", tag = "user", params(("id" = String, Path)), security(("token" = [])),
    responses(
        (status = 200, description = "The address", body = Address),
        (status = 401, description = "Not logged in"), (status = 404, description = "No such address of yours"),
    )
)]
pub(crate) async fn show(
    State(service): State<Service>,
    Caller(caller): Caller,
    Path(id): Path<AddressId>,
) -> Result<Json<Address>, Failure> {
    let addresses = service.store.addresses(caller.user).await?;
    let own = addresses.into_iter().find(|address| address.id == id);
    Ok(Json(own.ok_or(Error::Unknown)?))
}

/// Keep a new one; answers its id.
#[utoipa::path(
    post, path = "/addresses", tag = "user", request_body = Address, security(("token" = [])),
    responses(
        (status = 200, description = "Its id", body = String), (status = 400, description = "Malformed"),
        (status = 401, description = "Not logged in"), (status = 422, description = "Refused by a rule"),
    )
)]
pub(crate) async fn add(
    State(service): State<Service>,
    Caller(caller): Caller,
    write: Write<Address>,
) -> Result<Json<AddressId>, Failure> {
    Ok(Json(service.add_address(caller.user, write.body, write.key).await?))
}

/// Change one.
#[utoipa::path(
    put, path = "/addresses/{id}", tag = "user", params(("id" = String, Path)), request_body = Address,
    security(("token" = [])),
    responses(
        (status = 200, description = "Changed"), (status = 400, description = "Malformed"),
        (status = 401, description = "Not logged in"), (status = 404, description = "No such address of yours"),
        (status = 422, description = "Refused by a rule"),
    )
)]
pub(crate) async fn change(
    State(service): State<Service>,
    Caller(caller): Caller,
    Path(id): Path<AddressId>,
    write: Write<Address>,
) -> Result<(), Failure> {
    let address = Address { id, ..write.body };
    service.change_address(caller.user, address, write.key).await?;
    Ok(())
}

/// Delete one.
#[utoipa::path(
    delete, path = "/addresses/{id}", tag = "user", params(("id" = String, Path)), security(("token" = [])),
    responses(
        (status = 200, description = "Deleted"), (status = 401, description = "Not logged in"),
        (status = 404, description = "No such address of yours"),
    )
)]
pub(crate) async fn delete(
    State(service): State<Service>,
    Caller(caller): Caller,
    Path(id): Path<AddressId>,
    WriteKey(key): WriteKey,
) -> Result<(), Failure> {
    Ok(service.delete_address(caller.user, id, key).await?)
}

/// A user's own address, for other services; `null` if there is none of this id or it is not theirs.
#[utoipa::path(
    get, path = "/users/{id}/addresses/{addressId}", tag = "user", security(("token" = [])),
    extensions(("x-service-only" = json!(true))),
    params(("id" = String, Path, description = "the user"), ("addressId" = String, Path)),
    responses(
        (status = 200, description = "The address or `null`", body = Option<Address>),
        (status = 401, description = "Not logged in"), (status = 403, description = "Only for services"),
    )
)]
pub(crate) async fn of_user(
    State(service): State<Service>,
    ServiceCaller(_caller): ServiceCaller,
    Path((user, id)): Path<(UserId, AddressId)>,
) -> Result<Json<Option<Address>>, Failure> {
    Ok(Json(service.address(user, id).await?))
}
