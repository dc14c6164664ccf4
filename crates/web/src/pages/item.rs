//! `/shop/items/{id}`: one thing.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::ware::picture;
use crate::bodies::Item;
use crate::client::{Client, query};
use crate::failed::Failed;
use crate::i18n::{Words, fill};
use crate::layout::Page;
use crate::money::{Money, grouped};
use crate::view;
use crate::visit::{Visit, is_id};

/// The most pieces that can be ordered at once.
pub(crate) const NUM_MAX: i64 = 999;
/// From here on down the reader is told how many are left.
const FEW: i64 = 20;

#[derive(Template)]
#[template(path = "shop/item.html")]
struct ItemPage {
    page: Page,
    id: String,
    name: String,
    price: Money,
    picture: String,
    brand: String,
    category: String,
    category_path: String,
    brand_path: String,
    specs: Vec<(String, String)>,
    sold: String,
    stock: String,
    there: bool,
    few: bool,
    num_max: i64,
    key: String,
}

/// The thing, with its true stock.
pub(crate) async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Failed> {
    if !is_id(&id) {
        return Err(Failed::not_found());
    }
    let client = Client::of(&visit);
    let (page, item) =
        futures_util::future::join(Page::of(&visit, ""), client.get::<Item>(format!("/items/{id}"))).await;
    let item = item?;
    let w = visit.lang().words();
    let category_path = query("/shop/search", &[("category", &item.category)]);
    let page = Page { title: item.name.clone(), ..page };
    let page = page.below(&[(w.home_crumb, "/shop"), (&item.category, &category_path)]);
    Ok(view::page(&ItemPage {
        specs: item.specs(),
        sold: fill(w.sold, &[&grouped(item.sold.max(0).cast_unsigned())]),
        stock: stock(&item, w),
        there: item.is_there(),
        few: item.stock <= FEW,
        num_max: item.stock.clamp(1, NUM_MAX),
        picture: picture(&item.image),
        brand_path: query("/shop/search", &[("brand", &item.brand)]),
        key: visit.fresh_key(),
        id: item.id,
        name: item.name,
        price: item.price,
        brand: item.brand,
        category: item.category,
        category_path,
        page,
    }))
}

/// How many there are, and how many others may give back.
fn stock(item: &Item, w: &Words) -> String {
    match (item.stock, item.held) {
        _ if item.status != 1 => w.stock_off_sale.to_owned(),
        (..=0, ..=0) => w.stock_none.to_owned(),
        (..=0, held) => fill(w.stock_none_held, &[&held]),
        (left, ..=0) if left <= FEW => fill(w.stock_few, &[&left]),
        (left, held) if left <= FEW => fill(w.stock_few_held, &[&left, &held]),
        _ => w.stock_many.to_owned(),
    }
}
