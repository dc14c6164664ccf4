//! What can be bought.

use anyhow::{Result, ensure};
use bytes::Bytes;
use serde::Deserialize;

use crate::api::{self, Id};
use crate::client::Conn;
use crate::users::answered;

const PAGE_SIZE: usize = 200;
/// Pages looked at, at most.
const PAGES_MAX: usize = 50;
const ON_SALE: u8 = 1;

/// An item, with the body that orders one of it.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) category: String,
    /// In cents.
    pub(crate) price: i64,
    /// The body of `POST /orders`, made once.
    pub(crate) order: Bytes,
}

#[derive(Deserialize)]
struct Page {
    list: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    id: Id,
    #[serde(default)]
    name: String,
    #[serde(default)]
    category: String,
    price: i64,
    stock: i64,
    #[serde(default)]
    status: Option<u8>,
}

/// Up to `max` items on sale, those with the most stock.
pub(crate) async fn buyable(conn: &mut Conn, max: usize) -> Result<Vec<Item>> {
    let mut found = Vec::new();
    for number in 1..=PAGES_MAX {
        let page = page(conn, number).await?;
        let last = page.list.len() < PAGE_SIZE;
        found.extend(page.list.into_iter().filter(can_be_bought));
        if last {
            break;
        }
    }
    ensure!(!found.is_empty(), "no item is on sale with stock: start the server with --demo, or import some");
    found.sort_by_key(|item| std::cmp::Reverse(item.stock));
    found.truncate(max);
    Ok(found.iter().map(item).collect())
}

fn can_be_bought(item: &Listed) -> bool {
    item.stock > 0 && item.status.is_none_or(|status| status == ON_SALE)
}

async fn page(conn: &mut Conn, number: usize) -> Result<Page> {
    let path = api::uri(conn.target(), &format!("/items/page?pageNo={number}&pageSize={PAGE_SIZE}"))?;
    let answer = answered(conn, || api::get(path.clone(), None)).await?;
    api::body(&answer, "GET /items/page")
}

fn item(item: &Listed) -> Item {
    let id = item.id.0;
    let order = format!(r#"{{"paymentType":3,"details":[{{"itemId":"{id}","num":1}}]}}"#);
    let (name, category) = (item.name.clone(), item.category.clone());
    Item { id, name, category, price: item.price, order: order.into() }
}
