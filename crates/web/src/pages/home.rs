//! `/shop`: what there is.

use askama::Template;
use axum::response::Response;
use http::Method;
use serde_json::json;

use super::ware::{Ware, wares};
use crate::bodies::{Facets, Item, PageOf};
use crate::client::{Client, Trouble, query, read};
use crate::failed::Failed;
use crate::layout::Page;
use crate::place;
use crate::view;
use crate::visit::Visit;

/// How many things a shelf holds.
const SHELF: u32 = 8;

#[derive(Template)]
#[template(path = "shop/home.html")]
struct Home {
    page: Page,
    /// Each category and where its things are.
    categories: Vec<(String, String)>,
    liked: Vec<Ware>,
    fresh: Vec<Ware>,
}

/// What there is.
pub(crate) async fn show(visit: Visit) -> Result<Response, Failed> {
    let w = visit.lang().words();
    let client = Client::of(&visit);
    let shelf =
        |sort: &str| client.get::<PageOf<Item>>(format!("/search/list?pageNo=1&pageSize={SHELF}{sort}"));
    let (page, liked, fresh, facets) = futures_util::future::join4(
        Page::of(&visit, w.home_title),
        shelf("&sortBy=sold&isAsc=false"),
        shelf(""),
        facets(&client),
    )
    .await;
    let (liked, fresh) = (liked?, fresh?);
    let category = |name: String| (query("/shop/search", &[("category", &name)]), name);
    Ok(view::page(&Home {
        page: page.at(place::HOME),
        categories: facets?.category.into_iter().map(category).collect(),
        liked: wares(&liked.list, visit.lang()),
        fresh: wares(&fresh.list, visit.lang()),
    }))
}

/// The categories and brands of everything on sale.
async fn facets(client: &Client<'_>) -> Result<Facets, Trouble> {
    read(&client.write(Method::POST, "/search/filters", "", Some(json!({}))).await?)
}
