//! Looking at items.

use api::Problem;
use api::body::Page;
use axum::extract::State;
use edge::{Failure, Json, Paging, Path, Query};
use model::ItemId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Service;
use crate::catalogue::Item;
use crate::config::IDS_MAX;
use crate::search::{BadSort, Listing, SortBy};

/// How a list is sorted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sorting {
    /// Empty (the newest first), `id`, `price` or `sold`.
    sort_by: Option<String>,
    /// The smallest first; if not given, yes.
    is_asc: Option<String>,
}

impl Sorting {
    /// Without a column the order is the newest first, whatever the direction, as clients know it.
    pub(super) fn listing(&self, paging: Paging) -> Result<Listing, Failure> {
        let by = self.sort_by.as_deref().unwrap_or("");
        let sort: SortBy = by.parse().map_err(|bad: BadSort| Problem::malformed(bad.to_string()))?;
        let ascending = !by.is_empty() && self.is_asc.as_deref() != Some("false");
        Ok(Listing { page_no: paging.page_no, page_size: paging.page_size, sort, ascending })
    }
}

/// Which items.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Ids {
    /// Ids, parted by commas; at most 200.
    ids: String,
}

impl Ids {
    /// Each id once, in the order given.
    pub(super) fn parse(&self) -> Result<Vec<ItemId>, Failure> {
        let mut ids: Vec<ItemId> = Vec::new();
        for text in self.ids.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            let id = text.parse().map_err(|bad: model::ids::BadId| Problem::malformed(bad.to_string()))?;
            if !ids.contains(&id) {
                ids.push(id);
            }
            if ids.len() > IDS_MAX {
                return Err(Problem::malformed("ids may name at most 200 items").into());
            }
        }
        Ok(ids)
    }
}

/// A page of all items that are not deleted.
#[utoipa::path(get, path = "/items/page", tag = "item",
    params(Sorting, ("pageNo" = Option<u64>, Query), ("pageSize" = Option<u64>, Query, description = "1 … 200")),
    responses((status = 200, body = Page<Item>), (status = 400, description = "unknown column or page")))]
pub(super) async fn page(
    State(service): State<Service>,
    paging: Paging,
    Query(sorting): Query<Sorting>,
) -> Result<Json<Page<Item>>, Failure> {
    let listing = sorting.listing(paging)?;
    Ok(Json(service.store().list(listing).await?))
}

/// Those of some items that are not deleted, in the order asked.
#[utoipa::path(get, path = "/items", tag = "item", params(Ids),
    responses((status = 200, body = Vec<Item>), (status = 400, description = "not ids, or too many")))]
pub(super) async fn by_ids(
    State(service): State<Service>,
    Query(ids): Query<Ids>,
) -> Result<Json<Vec<Item>>, Failure> {
    Ok(Json(service.store().items(ids.parse()?).await?))
}

/// One item.
#[utoipa::path(get, path = "/items/{id}", tag = "item", params(("id" = String, Path)),
    responses((status = 200, body = Item), (status = 404, description = "no such item")))]
pub(super) async fn one(
    State(service): State<Service>,
    Path(id): Path<ItemId>,
) -> Result<Json<Item>, Failure> {
    let found = service.store().items(vec![id]).await?.into_iter().next();
    Ok(Json(found.ok_or_else(Problem::not_found)?))
}
