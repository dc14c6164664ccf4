//! What there must be before pages are looked at: a buyer with orders, an address and something in the cart.

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http::HeaderValue;
use serde::Deserialize;
use serde_json::{Value, json};

use super::plan::{Found, Who};
use crate::api::{self, Id};
use crate::catalogue::{self, Item};
use crate::client::{Conn, Target};
use crate::users::{self, User, answered};

/// Whoever looks, and what they look at.
pub(crate) struct Ready {
    pub(crate) found: Found,
    buyer: HeaderValue,
    staff: HeaderValue,
}

impl Ready {
    /// The cookie of whoever looks; nobody has none.
    pub(crate) fn cookie(&self, who: Who) -> Option<&HeaderValue> {
        match who {
            Who::Anybody => None,
            Who::Buyer => Some(&self.buyer),
            Who::Staff => Some(&self.staff),
        }
    }
}

/// Somebody who does things in the shop before it is measured.
struct Doing {
    conn: Conn,
    run: String,
    buyer: User,
}

/// Makes it all; the buyer has placed `orders` orders, and paid one more.
pub(crate) async fn ready(target: &Target, staff: User, orders: u32) -> Result<Ready> {
    let mut conn = Conn::new(target.clone());
    let items = catalogue::buyable(&mut conn, 2).await?;
    let (bought, kept) = (&items[0], items.last().unwrap_or(&items[0]));
    let run = format!("{:08x}", rand::random::<u32>());
    let buyer = users::buyers(target, &run, 1, Some(staff.clone()), || ()).await?;
    let buyer = buyer.into_iter().next().context("nobody was registered")?;
    let mut doing = Doing { conn, run, buyer };
    let address = doing.address().await?;
    let paid = doing.paid(bought).await?;
    let mut order = paid;
    for number in 0..orders {
        order = doing.order(bought, number).await?;
    }
    doing.post("/carts", "cart", &json!({ "itemId": kept.id.to_string() })).await?;
    let found = Found::default()
        .with("item", bought.id.to_string())
        .with("word", encoded(bought.name.split_whitespace().next().unwrap_or("a")))
        .with("category", encoded(&bought.category))
        .with("order", order.to_string())
        .with("paid", paid.to_string())
        .with("address", address.to_string())
        .with("buyer", doing.buyer.id.to_string())
        .with("name", "bench-");
    Ok(Ready { found, buyer: doing.buyer.cookie()?, staff: staff.cookie()? })
}

impl Doing {
    /// An address of the buyer's, as its id.
    async fn address(&mut self) -> Result<u64> {
        #[derive(Deserialize)]
        struct Listed {
            id: Id,
        }
        let address = json!({
            "province": "Zhejiang", "city": "Hangzhou", "town": "Xihu", "street": "1 Load Street",
            "mobile": "13900000000", "contact": "Load Test", "isDefault": true, "notes": "",
        });
        self.post("/addresses", "address", &address).await?;
        let uri = api::uri(self.conn.target(), "/addresses")?;
        let answer = answered(&mut self.conn, || api::get(uri.clone(), Some(&self.buyer.token))).await?;
        let list: Vec<Listed> = api::body(&answer, "GET /addresses")?;
        list.first().map(|address| address.id.0).context("the address that was added is not there")
    }

    async fn order(&mut self, item: &Item, number: u32) -> Result<u64> {
        self.post_bytes("/orders", &format!("order-{number}"), item.order.clone()).await
    }

    async fn paid(&mut self, item: &Item) -> Result<u64> {
        let order = self.post_bytes("/orders", "order-paid", item.order.clone()).await?;
        let application = json!({
            "bizOrderNo": order.to_string(), "amount": item.price, "payChannelCode": "balance", "payType": 5,
            "orderInfo": "",
        });
        let pay_order = self.post("/pay-orders", "apply", &application).await?;
        let password = json!({ "pw": self.buyer.password });
        self.post(&format!("/pay-orders/{pay_order}"), "pay", &password).await?;
        Ok(order)
    }

    async fn post(&mut self, path: &str, what: &str, body: &Value) -> Result<u64> {
        self.post_bytes(path, what, Bytes::from(body.to_string())).await
    }

    /// Posts, and answers the id that came back; 0 where none did.
    async fn post_bytes(&mut self, path: &str, what: &str, body: Bytes) -> Result<u64> {
        let (uri, key) = (api::uri(self.conn.target(), path)?, format!("{}-{what}", self.run));
        let (key, token) = (HeaderValue::from_str(&key)?, &self.buyer.token);
        let answer =
            answered(&mut self.conn, || api::post(uri.clone(), Some(token), &key, body.clone())).await?;
        let (status, code) = (answer.status, api::code(&answer.body));
        ensure!(status / 100 == 2, "POST {path}: the server answered {status} {code}");
        Ok(api::id(&answer.body).unwrap_or(0))
    }
}

/// Text as it may stand in a query.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric();
    let one = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}
