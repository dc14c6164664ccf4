//! A buyer at the shop's door.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use user::DEMO_PASSWORD;

/// A logged-in demo user.
#[derive(Clone)]
pub(super) struct Buyer {
    http: HttpClient<HttpConnector, Full<Bytes>>,
    url: String,
    token: String,
}

/// An answer of the shop.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Value,
}

impl Answer {
    /// The body, if the answer is a success.
    pub(super) fn ok(self, what: &str) -> Result<Value> {
        if self.status.is_success() {
            return Ok(self.body);
        }
        bail!("{what}: {} {}", self.status, self.body["msg"].as_str().unwrap_or(""))
    }
}

impl Buyer {
    /// Logs in a demo user.
    pub(super) async fn login(url: &str, name: &str) -> Result<Self> {
        let http = HttpClient::builder(TokioExecutor::new()).build_http();
        let buyer = Self { http, url: url.trim_end_matches('/').to_owned(), token: String::new() };
        let form = json!({ "username": name, "password": DEMO_PASSWORD });
        let session = buyer.call(Method::POST, "/users/login", Some(form)).await?;
        let session = session.ok("the demo plays with the demo users; start the instance with --demo")?;
        let token = session["token"].as_str().context("the login answered no token")?;
        Ok(Self { token: token.to_owned(), ..buyer })
    }

    /// Sends a request.
    pub(super) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Answer> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header(AUTHORIZATION, &self.token)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body.map(|json| json.to_string()).unwrap_or_default())))?;
        let response = self.http.request(request).await;
        let response = response.with_context(|| format!("{} does not answer; is the shop up?", self.url))?;
        let status = response.status();
        let bytes = response.into_body().collect().await?.to_bytes();
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        Ok(Answer { status, body: serde_json::from_slice(&bytes).unwrap_or_else(|_| text()) })
    }

    /// Orders `num` of an item; answers the order's id, or the refusal.
    pub(super) async fn order(&self, item: &str, num: u32) -> Result<Answer> {
        let form = json!({ "paymentType": 3, "details": [{ "itemId": item, "num": num }] });
        self.call(Method::POST, "/orders", Some(form)).await
    }

    /// Opens the payment of an order; answers the pay order's id.
    pub(super) async fn open_payment(&self, order: &str) -> Result<String> {
        let total =
            self.call(Method::GET, &format!("/orders/{order}"), None).await?.ok("the order")?["totalFee"]
                .clone();
        let form = json!({
            "bizOrderNo": order, "amount": total, "payChannelCode": "balance", "payType": 5, "orderInfo": "demo",
        });
        let id = self.call(Method::POST, "/pay-orders", Some(form)).await?.ok("opening the payment")?;
        // The id is answered as raw digits, which read as a JSON number.
        Ok(id.as_str().map_or_else(|| id.to_string(), str::to_owned))
    }

    /// Presses *pay*.
    pub(super) async fn press(&self, pay_order: &str) -> Result<Answer> {
        self.call(Method::POST, &format!("/pay-orders/{pay_order}"), Some(json!({ "pw": DEMO_PASSWORD })))
            .await
    }

    /// What can be bought of an item now.
    pub(super) async fn stock(&self, item: &str) -> Result<i64> {
        let item = self.call(Method::GET, &format!("/items/{item}"), None).await?.ok("the item")?;
        item["stock"].as_i64().context("the item has no stock")
    }

    /// What the buyer can spend, in cents.
    pub(super) async fn balance(&self) -> Result<i64> {
        let me = self.call(Method::GET, "/users/me", None).await?.ok("the account")?;
        me["balance"].as_i64().context("the account has no balance")
    }
}
