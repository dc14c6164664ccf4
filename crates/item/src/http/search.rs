//! Finding items that are on sale.

use api::Problem;
use api::body::Page;
use axum::extract::State;
use edge::{Failure, Json, Paging, Query};
use model::Cents;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::items::Sorting;
use crate::Service;
use crate::catalogue::Item;
use crate::search::{Criteria, Facets};

/// The longest text that is searched for, in bytes.
const KEY_MAX: usize = 400;

/// What to search for. An empty text is no criterion.
#[derive(Debug, Default, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wanted {
    /// Words in name, category or brand; all must be there.
    key: Option<String>,
    /// Exactly this category.
    category: Option<String>,
    /// Exactly this brand.
    brand: Option<String>,
    /// At least this price, in cents.
    #[param(value_type = Option<i64>)]
    #[schema(value_type = Option<i64>)]
    min_price: Option<Loose>,
    /// At most this price, in cents.
    #[param(value_type = Option<i64>)]
    #[schema(value_type = Option<i64>)]
    max_price: Option<Loose>,
}

/// A number as a form sends it: perhaps as text, perhaps empty.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Loose {
    Number(i64),
    Text(String),
}

impl Wanted {
    fn criteria(self) -> Result<Criteria, Failure> {
        if self.key.as_ref().is_some_and(|key| key.len() > KEY_MAX) {
            return Err(Problem::malformed("key must not be longer than 400 bytes").into());
        }
        Ok(Criteria {
            key: given(self.key),
            category: given(self.category),
            brand: given(self.brand),
            min_price: price("minPrice", self.min_price)?,
            max_price: price("maxPrice", self.max_price)?,
        })
    }
}

fn given(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn price(name: &str, value: Option<Loose>) -> Result<Option<Cents>, Failure> {
    match value {
        None => Ok(None),
        Some(Loose::Number(cents)) => Ok(Some(Cents(cents))),
        Some(Loose::Text(text)) if text.trim().is_empty() => Ok(None),
        Some(Loose::Text(text)) => {
            let cents = text.trim().parse().map_err(|_| {
                Failure::from(Problem::malformed(format!("{name} must be a whole number of cents")))
            })?;
            Ok(Some(Cents(cents)))
        }
    }
}

/// A page of what is on sale and fits. `total` is exact up to 10000 and stays there for more.
#[utoipa::path(get, path = "/search/list", tag = "item",
    params(Wanted, Sorting, ("pageNo" = Option<u64>, Query), ("pageSize" = Option<u64>, Query, description = "1 … 200")),
    responses((status = 200, body = Page<Item>), (status = 400, description = "unknown column, page or price")))]
pub(super) async fn list(
    State(service): State<Service>,
    paging: Paging,
    Query(sorting): Query<Sorting>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<Item>>, Failure> {
    let listing = sorting.listing(paging)?;
    Ok(Json(service.store().search(wanted.criteria()?, listing).await?))
}

/// The categories and brands of what is on sale and fits.
#[utoipa::path(post, path = "/search/filters", tag = "item", request_body = Wanted,
    responses((status = 200, body = Facets), (status = 400, description = "not understood")))]
pub(super) async fn filters(
    State(service): State<Service>,
    Json(wanted): Json<Wanted>,
) -> Result<Json<Facets>, Failure> {
    Ok(Json(service.store().facets(wanted.criteria()?).await?))
}
