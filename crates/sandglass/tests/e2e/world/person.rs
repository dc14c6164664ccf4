//! People who know a shop by its door alone.

use clock::Ms;
use http::{Method, StatusCode};
use model::UserId;
use serde_json::{Value, json};

use super::door::{Door, Sent};

/// What everybody buys costs this much.
pub(crate) const PRICE: i64 = 1_000;
pub(crate) const PASSWORD: &str = "open sesame";

/// The payment type whose orders wait for half an hour.
const LONG: u8 = 2;
/// The payment type whose orders wait for the short window.
const SHORT: u8 = 1;

/// A logged-in user, and the item they buy.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) name: String,
    pub(crate) item: String,
    /// The `traceparent` they send; empty: none.
    pub(crate) trace: String,
    password: String,
    payment_type: u8,
    token: String,
    door: Door,
}

impl Person {
    /// Logs in.
    pub(crate) async fn login(door: Door, name: &str, password: &str, item: &str) -> Self {
        Self::enter(door, "/users/login", name, password, item).await
    }

    /// Registers.
    pub(crate) async fn register(door: Door, name: &str, item: &str) -> Self {
        Self::enter(door, "/users", name, PASSWORD, item).await
    }

    async fn enter(door: Door, path: &str, name: &str, password: &str, item: &str) -> Self {
        let body = Some(json!({ "username": name, "password": password }));
        let (status, session) =
            door.send(Sent { method: Method::POST, path, token: "", trace: "", key: None, body }).await;
        assert_eq!(status, StatusCode::OK, "{name}: {session}");
        let text = |key: &str| session[key].as_str().unwrap().to_owned();
        Self {
            id: text("userId").parse().unwrap(),
            name: name.to_owned(),
            item: item.to_owned(),
            trace: String::new(),
            password: password.to_owned(),
            payment_type: LONG,
            token: text("token"),
            door,
        }
    }

    /// The same person, whose orders from here on wait for the short window only.
    pub(crate) fn hurried(self) -> Self {
        Self { payment_type: SHORT, ..self }
    }

    /// Sends a request; the body of the answer is JSON, text, or null.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        self.door.send(Sent { method, path, token: &self.token, trace: &self.trace, key, body }).await
    }

    /// Posts a form under a key; what is answered to it if it was done, nothing if it was refused or nobody answers.
    pub(crate) async fn try_post(&self, path: &str, key: &str, form: Value) -> Option<Value> {
        let (key, body) = (Some(key), Some(form));
        let sent = Sent { method: Method::POST, path, token: &self.token, trace: &self.trace, key, body };
        let (status, answer) = self.door.try_send(sent).await?;
        (status == StatusCode::OK).then_some(answer)
    }

    /// What is answered to a look; it must be answered.
    pub(crate) async fn look(&self, path: &str) -> Value {
        let (status, seen) = self.call(Method::GET, path, None, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {seen}");
        seen
    }

    /// Begins `request` and hangs up in the given moment, from 1 on, unless it is answered first.
    pub(crate) async fn hang_up<T>(&self, moment: u32, request: impl Future<Output = T>) {
        self.door.hang_up(moment, request).await;
    }

    /// Orders `num` pieces.
    pub(crate) async fn order_many(&self, num: u32, key: Option<&str>) -> (StatusCode, Value) {
        let details = json!([{ "itemId": self.item, "num": num }]);
        let form = json!({ "paymentType": self.payment_type, "details": details });
        self.call(Method::POST, "/orders", key, Some(form)).await
    }

    /// Orders one piece.
    pub(crate) async fn order(&self, key: Option<&str>) -> (StatusCode, Value) {
        self.order_many(1, key).await
    }

    /// Orders one piece; it must succeed.
    pub(crate) async fn must_order(&self) -> String {
        let (status, id) = self.order(None).await;
        assert_eq!(status, StatusCode::OK, "{id}");
        id.as_str().unwrap().to_owned()
    }

    /// Opens the payment of an order for one piece.
    pub(crate) async fn open_payment(&self, order: &str) -> (StatusCode, String) {
        let form = json!({
            "bizOrderNo": order, "amount": PRICE, "payChannelCode": "balance", "payType": 5, "orderInfo": "",
        });
        let (status, id) = self.call(Method::POST, "/pay-orders", None, Some(form)).await;
        (status, id.to_string())
    }

    /// Presses *pay*.
    pub(crate) async fn press(&self, pay_order: &str, key: Option<&str>) -> (StatusCode, Value) {
        let path = format!("/pay-orders/{pay_order}");
        self.call(Method::POST, &path, key, Some(json!({ "pw": self.password }))).await
    }

    /// Orders one piece and pays it; answers the order.
    pub(crate) async fn buy(&self) -> String {
        let order = self.must_order().await;
        let (_, pay_order) = self.open_payment(&order).await;
        let (status, body) = self.press(&pay_order, None).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        order
    }

    pub(crate) async fn cancel(&self, order: &str) -> StatusCode {
        self.call(Method::PUT, &format!("/orders/{order}/cancel"), None, None).await.0
    }

    pub(crate) async fn seen(&self, order: &str) -> Value {
        self.look(&format!("/orders/{order}")).await
    }

    pub(crate) async fn status_of(&self, order: &str) -> i64 {
        self.seen(order).await["status"].as_i64().unwrap()
    }

    /// How many orders of theirs have this status.
    pub(crate) async fn in_state(&self, status: i64) -> i64 {
        let path = format!("/orders?status={status}&pageNo=1&pageSize=1");
        // Totals are read as text or number.
        let total = self.look(&path).await["total"].clone();
        total.as_i64().or_else(|| total.as_str()?.parse().ok()).unwrap()
    }

    /// What was recorded of an order under the event called `event`: when, and by whom, oldest first.
    pub(crate) async fn recorded(&self, order: &str, event: &str) -> Vec<(Ms, String)> {
        let timeline = self.look(&format!("/orders/{order}/timeline")).await;
        let entries = timeline["entries"].as_array().unwrap().iter().filter(|entry| entry["event"] == event);
        entries.map(|entry| (time(&entry["at"]), entry["actor"].as_str().unwrap().to_owned())).collect()
    }

    pub(crate) async fn balance(&self) -> i64 {
        self.look("/users/me").await["balance"].as_i64().unwrap()
    }

    /// What can be bought now of what they buy.
    pub(crate) async fn available(&self) -> i64 {
        self.look(&format!("/items/{}", self.item)).await["stock"].as_i64().unwrap()
    }
}

/// A time as it is on the wire.
pub(crate) fn time(text: &Value) -> Ms {
    serde_json::from_value::<api::Time>(text.clone()).unwrap().0
}
