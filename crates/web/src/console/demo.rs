//! Orders to watch while something is broken: placed, and paid, by a demo user through the door, as any buyer would.

use http::Method;
use serde_json::{Value, json};

use super::data::{Item, Page};
use super::desk::{Desk, Fault};
use crate::demo::{BUYERS, PASSWORD};

/// The demo user who buys.
const BUYER: &str = BUYERS[1];
/// How many orders one press may place.
const ORDERS_MAX: u32 = 10;

/// Places `count` orders as the demo user; pays them too if so wished.
pub(crate) async fn orders(staff: &Desk, count: u32, pays: bool) -> Result<Vec<String>, Fault> {
    let login = json!({ "username": BUYER, "password": PASSWORD });
    let (_, session) = staff.send(Method::POST, "/users/login", &login, "").await?;
    let buyer = staff.as_owner(session["token"].as_str().unwrap_or(""));
    let item = on_sale(&buyer).await?;
    let mut orders = Vec::new();
    for _ in 0..count.min(ORDERS_MAX) {
        let order = place(&buyer, &item).await?;
        if pays {
            pay(&buyer, &order, &item).await?;
        }
        orders.push(order);
    }
    Ok(orders)
}

/// The cheapest item that there is enough of.
async fn on_sale(buyer: &Desk) -> Result<Item, Fault> {
    let found: Page<Item> = buyer.get("/search/list?pageNo=1&pageSize=20&sortBy=price&isAsc=true").await?;
    let enough = |item: &Item| item.stock >= i64::from(ORDERS_MAX);
    found.list.into_iter().find(enough).ok_or_else(|| Fault::Silent("there is nothing to buy".into()))
}

async fn place(buyer: &Desk, item: &Item) -> Result<String, Fault> {
    let form = json!({ "paymentType": 3, "details": [{ "itemId": item.id, "num": 1 }] });
    let (_, id) = buyer.send(Method::POST, "/orders", &form, "").await?;
    id.as_str().map(str::to_owned).ok_or_else(Fault::unreadable)
}

async fn pay(buyer: &Desk, order: &str, item: &Item) -> Result<(), Fault> {
    let form = json!({
        "bizOrderNo": order, "amount": item.price, "payChannelCode": "balance", "payType": 5, "orderInfo": "demo",
    });
    let (_, id) = buyer.send(Method::POST, "/pay-orders", &form, "").await?;
    let id = match id {
        Value::Number(id) => id.to_string(),
        Value::String(id) => id,
        _ => return Err(Fault::unreadable()),
    };
    // 202 is an answer too: checking.
    buyer
        .send(Method::POST, &format!("/pay-orders/{id}"), &json!({ "id": id, "pw": PASSWORD }), "")
        .await
        .map(drop)
}
