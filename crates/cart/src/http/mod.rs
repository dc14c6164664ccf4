//! `/carts`: the caller's own cart.

mod answer;
mod body;

use axum::extract::State;
use edge::{Caller, Failure, Json, Path, Query, Write, WriteKey};
use model::CartRowId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::answer::answer;
use self::body::{AddBody, CartRow, ItemsQuery, NumBody};
use crate::service::Service;
use crate::store::Change;

/// The routes of the cart.
pub fn routes(service: Service) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(list, add, set_num, remove_items))
        .routes(routes!(remove_row))
        .with_state(service)
}

/// The caller's cart, newest row first, with price, status and stock as they are now.
#[utoipa::path(get, path = "/carts", tag = "cart", security(("token" = [])), responses(
    (status = 200, body = Vec<CartRow>),
    (status = 401, description = "not logged in"),
    (status = 503, description = "`item` or the storage does not answer"),
))]
async fn list(State(service): State<Service>, Caller(who): Caller) -> Result<Json<Vec<CartRow>>, Failure> {
    let lines = service.lines(who.user).await?;
    Ok(Json(lines.into_iter().map(CartRow::from).collect()))
}

/// Puts one of an item into the caller's cart. An item that is there already gets one more.
#[utoipa::path(post, path = "/carts", tag = "cart", security(("token" = [])), request_body = AddBody, responses(
    (status = 200, description = "it is in"),
    (status = 401, description = "not logged in"),
    (status = 404, description = "no such item"),
    (status = 422, description = "`off_sale`, `cart_full`, `num_max`"),
    (status = 503, description = "`item` or the storage does not answer"),
))]
async fn add(
    State(service): State<Service>,
    Caller(who): Caller,
    Write { key, body }: Write<AddBody>,
) -> Result<(), Failure> {
    answer(&edge::owned(async move { service.add(who.user, body.item_id, key).await }).await?)
}

/// Sets how many a row of the caller's cart has.
#[utoipa::path(put, path = "/carts", tag = "cart", security(("token" = [])), request_body = NumBody, responses(
    (status = 200, description = "it is so"),
    (status = 401, description = "not logged in"),
    (status = 404, description = "no such row in the caller's cart"),
    (status = 422, description = "`num_out_of_range`"),
))]
async fn set_num(
    State(service): State<Service>,
    Caller(who): Caller,
    Write { key, body }: Write<NumBody>,
) -> Result<(), Failure> {
    let num = body.valid_num()?;
    let change = Change::SetNum { row: body.id, num };
    answer(&edge::owned(async move { service.change(who.user, change, key).await }).await?)
}

/// Takes a row out of the caller's cart.
#[utoipa::path(delete, path = "/carts/{id}", tag = "cart", security(("token" = [])),
    params(("id" = String, Path, description = "the row")), responses(
    (status = 200, description = "it is out"),
    (status = 401, description = "not logged in"),
    (status = 404, description = "no such row in the caller's cart"),
))]
async fn remove_row(
    State(service): State<Service>,
    Caller(who): Caller,
    Path(id): Path<CartRowId>,
    WriteKey(key): WriteKey,
) -> Result<(), Failure> {
    let change = Change::RemoveRow(id);
    answer(&edge::owned(async move { service.change(who.user, change, key).await }).await?)
}

/// Takes items out of the caller's cart, as far as they are in it.
#[utoipa::path(delete, path = "/carts", tag = "cart", security(("token" = [])), params(ItemsQuery), responses(
    (status = 200, description = "they are out"),
    (status = 400, description = "not a list of item ids"),
    (status = 401, description = "not logged in"),
    (status = 422, description = "`too_many_ids`"),
))]
async fn remove_items(
    State(service): State<Service>,
    Caller(who): Caller,
    Query(query): Query<ItemsQuery>,
    WriteKey(key): WriteKey,
) -> Result<(), Failure> {
    let items = query.item_ids(service.rows_max())?;
    let change = Change::RemoveItems(items);
    answer(&edge::owned(async move { service.change(who.user, change, key).await }).await?)
}
