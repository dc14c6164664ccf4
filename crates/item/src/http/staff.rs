//! What staff do with items.

use api::Problem;
use api::body::Page;
use axum::extract::State;
use edge::{Failure, Json, Paging, Path, Staff, StaffRead, Write, WriteKey};
use engine::IdempotencyKey;
use model::{Cents, ItemId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::refusal::{invalid, of_edit, of_restock, once};
use crate::catalogue::{Draft, Edit, Fault, Status, check_text};
use crate::ledger::Entry;
use crate::store::Delta;
use crate::{Service, pictures};

/// The longest reason, in characters.
const REASON_MAX: usize = 200;

/// A new item. Anything else in the body, such as an id or a number sold, is ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewItem {
    name: String,
    /// In cents.
    price: i64,
    /// The first stock.
    #[serde(default)]
    stock: i64,
    image: Option<String>,
    category: Option<String>,
    brand: Option<String>,
    /// JSON text.
    spec: Option<String>,
    comment_count: Option<i64>,
    #[serde(rename = "isAD")]
    is_ad: Option<bool>,
    /// 1 on sale (if not given), 2 off sale.
    status: Option<u8>,
}

/// What to change of an item; what is missing stays. Stock and status are ignored here: a form that was
/// opened before an order was placed would write old numbers back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChangedItem {
    #[schema(value_type = String)]
    id: ItemId,
    name: Option<String>,
    /// In cents.
    price: Option<i64>,
    image: Option<String>,
    category: Option<String>,
    brand: Option<String>,
    /// JSON text; empty takes it away.
    spec: Option<String>,
    comment_count: Option<i64>,
    #[serde(rename = "isAD")]
    is_ad: Option<bool>,
}

/// A change of stock.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Restock {
    /// How many more; negative takes away, down to nothing available at most.
    delta: i64,
    /// Why, for the ledger.
    reason: String,
}

/// The stock after a change.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Stock {
    /// How many can be bought now.
    stock: i64,
}

impl NewItem {
    fn draft(self) -> Result<Draft, Failure> {
        let draft = Draft {
            name: self.name,
            price: Cents(self.price),
            stock: self.stock,
            image: self.image.filter(|image| !image.is_empty()).unwrap_or_else(|| pictures::DEFAULT.into()),
            category: self.category.unwrap_or_default(),
            brand: self.brand.unwrap_or_default(),
            spec: self.spec.filter(|spec| !spec.is_empty()),
            sold_before: 0,
            comment_count: self.comment_count.unwrap_or(0),
            is_ad: self.is_ad.unwrap_or(false),
            status: status(self.status.unwrap_or(1))?,
        };
        draft.check().map_err(|fault| invalid(&fault))?;
        Ok(draft)
    }
}

impl ChangedItem {
    fn edit(self) -> Result<Edit, Failure> {
        let edit = Edit {
            name: self.name,
            price: self.price.map(Cents),
            image: self.image,
            category: self.category,
            brand: self.brand,
            spec: self.spec.map(|spec| Some(spec).filter(|spec| !spec.is_empty())),
            is_ad: self.is_ad,
            comment_count: self.comment_count,
            status: None,
        };
        edit.check().map_err(|fault| invalid(&fault))?;
        Ok(edit)
    }
}

fn status(code: u8) -> Result<Status, Failure> {
    Status::try_from(code).map_err(|why| invalid(&Fault::new("status", why)).into())
}

impl Restock {
    fn delta(self) -> Result<Delta, Failure> {
        let reason = self.reason.trim();
        let fault = if self.delta == 0 {
            Some(Fault::new("delta", "must not be 0"))
        } else if reason.is_empty() || reason.chars().count() > REASON_MAX {
            Some(Fault::new("reason", "must have 1 to 200 characters"))
        } else {
            check_text("reason", reason).err()
        };
        fault.map_or(Ok(()), |fault| Err(invalid(&fault)))?;
        Ok(Delta { pieces: self.delta, reason: reason.to_owned() })
    }
}

/// Adds an item and answers its id. Its stock is the first row of its ledger.
#[utoipa::path(post, path = "/items", tag = "item", security(("token" = [])), request_body = NewItem,
    responses((status = 200, body = String), (status = 401), (status = 403), (status = 422)))]
pub(super) async fn create(
    State(service): State<Service>,
    Staff(staff): Staff,
    write: Write<NewItem>,
) -> Result<Json<ItemId>, Failure> {
    let draft = write.body.draft()?;
    once(async move { service.create(write.key, draft, staff.user).await }).await.map(Json)
}

/// Changes what is said of an item, never its stock.
#[utoipa::path(put, path = "/items", tag = "item", security(("token" = [])), request_body = ChangedItem,
    responses((status = 200), (status = 401), (status = 403), (status = 404), (status = 422)))]
pub(super) async fn edit(
    State(service): State<Service>,
    Staff(staff): Staff,
    write: Write<ChangedItem>,
) -> Result<(), Failure> {
    let id = write.body.id;
    let edit = write.body.edit()?;
    apply(service, write.key, id, edit, staff.user).await
}

/// Puts an item on sale (1) or off (2), or deletes it (3).
#[utoipa::path(put, path = "/items/status/{id}/{status}", tag = "item", security(("token" = [])),
    params(("id" = String, Path), ("status" = u8, Path)),
    responses((status = 200), (status = 401), (status = 403), (status = 404), (status = 422)))]
pub(super) async fn set_status(
    State(service): State<Service>,
    Staff(staff): Staff,
    Path((id, code)): Path<(ItemId, u8)>,
    WriteKey(key): WriteKey,
) -> Result<(), Failure> {
    apply(service, key, id, Edit::status(status(code)?), staff.user).await
}

/// Deletes an item. Orders that name it keep it.
#[utoipa::path(delete, path = "/items/{id}", tag = "item", security(("token" = [])), params(("id" = String, Path)),
    responses((status = 200), (status = 401), (status = 403), (status = 404)))]
pub(super) async fn delete(
    State(service): State<Service>,
    Staff(staff): Staff,
    Path(id): Path<ItemId>,
    WriteKey(key): WriteKey,
) -> Result<(), Failure> {
    apply(service, key, id, Edit::status(Status::Deleted), staff.user).await
}

async fn apply(
    service: Service,
    key: Option<IdempotencyKey>,
    id: ItemId,
    edit: Edit,
    by: UserId,
) -> Result<(), Failure> {
    of_edit(once(async move { service.edit(key, id, edit, by).await }).await?)
}

/// Adds stock or takes some away, with a reason, as a row of the item's ledger.
#[utoipa::path(post, path = "/items/{id}/stock", tag = "item", security(("token" = [])), request_body = Restock,
    params(("id" = String, Path)),
    responses((status = 200, body = Stock), (status = 401), (status = 403), (status = 404),
        (status = 409, description = "`short`: fewer are available"), (status = 422)))]
pub(super) async fn restock(
    State(service): State<Service>,
    Staff(staff): Staff,
    Path(id): Path<ItemId>,
    write: Write<Restock>,
) -> Result<Json<Stock>, Failure> {
    let delta = write.body.delta()?;
    let outcome = once(async move { service.restock(write.key, id, delta, staff.user).await }).await?;
    Ok(Json(Stock { stock: of_restock(outcome)? }))
}

/// Every movement of an item's stock: the latest order or change first, and within it the latest movement.
#[utoipa::path(get, path = "/items/{id}/ledger", tag = "item", security(("token" = [])),
    params(("id" = String, Path), ("pageNo" = Option<u64>, Query), ("pageSize" = Option<u64>, Query)),
    responses((status = 200, body = Page<Entry>), (status = 401), (status = 403), (status = 404)))]
pub(super) async fn ledger(
    State(service): State<Service>,
    _: StaffRead,
    Path(id): Path<ItemId>,
    paging: Paging,
) -> Result<Json<Page<Entry>>, Failure> {
    let page = service.store().ledger(id, paging.page_no, paging.page_size).await?;
    Ok(Json(page.ok_or_else(Problem::not_found)?))
}
