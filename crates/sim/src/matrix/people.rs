//! The people of a cell: a buyer and a member of staff, and what they send.

use edge::testing::principal;
use edge::{Principal, Role};
use http::Method;
use model::{AddressId, ItemId, OrderId, PayOrderId, UserId};
use serde_json::{Value, json};

use super::client::Request;
use crate::place::Place;

/// What the item costs, how many there are, and how many are ordered.
pub(super) const PRICE: i64 = 1_000;
pub(super) const STOCK: i64 = 10;
pub(super) const NUM: i64 = 2;
/// What the buyer begins with, in cents.
pub(super) const BALANCE: i64 = 50_000;

const PASSWORD: &str = "open sesame";

/// What a cell is about. Nobody else touches it, so cells may share a shop.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    /// Tells it from others in the same shop.
    pub(super) number: usize,
    pub(super) buyer: UserId,
    pub(super) item: ItemId,
    pub(super) address: AddressId,
}

fn staff() -> Principal {
    principal(1, Role::Staff)
}

fn request(name: &'static str, to: Place, method: Method, path: impl Into<String>) -> Request {
    Request { name, to, method, path: path.into(), key: None, body: None, who: None }
}

impl Request {
    fn by(self, who: Principal) -> Self {
        Self { who: Some(who), ..self }
    }

    fn with(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    fn keyed(self, key: String) -> Self {
        Self { key: Some(key), ..self }
    }
}

/// Staff puts the item on the shelf.
pub(super) fn shelve(number: usize) -> Request {
    let item = json!({ "name": format!("Item {number}"), "price": PRICE, "stock": STOCK });
    request("POST /items", Place::Item, Method::POST, "/items").by(staff()).with(item)
}

/// The buyer registers.
pub(super) fn register(number: usize) -> Request {
    let form = json!({ "username": format!("buyer-{number}"), "password": PASSWORD });
    request("POST /users", Place::User, Method::POST, "/users").with(form)
}

/// Staff gives a buyer money.
pub(super) fn credit(buyer: UserId) -> Request {
    let form = json!({ "amount": BALANCE, "reason": "to begin with" });
    let path = format!("/users/{buyer}/credit");
    request("POST /users/{id}/credit", Place::User, Method::POST, path).by(staff()).with(form)
}

/// A buyer says where to send things.
pub(super) fn settle_down(buyer: UserId) -> Request {
    let form = json!({
        "id": "1", "province": "Zhejiang", "city": "Hangzhou", "town": "Xihu", "mobile": "13800000000",
        "street": "1 Long Street", "contact": "Jack", "isDefault": true, "notes": "",
    });
    request("POST /addresses", Place::User, Method::POST, "/addresses")
        .by(principal(buyer.0, Role::Buyer))
        .with(form)
}

impl Scene {
    fn key(&self, what: &str) -> String {
        format!("{what}-{}", self.number)
    }

    fn buyer(&self) -> Principal {
        principal(self.buyer.0, Role::Buyer)
    }

    /// The buyer puts the item into the cart.
    pub(super) fn choose(&self) -> Request {
        let item = json!({ "itemId": self.item.to_string() });
        let choose = request("POST /carts", Place::Cart, Method::POST, "/carts");
        choose.by(self.buyer()).with(item).keyed(self.key("choose"))
    }

    /// The buyer orders what is in the cart.
    pub(super) fn place(&self) -> Request {
        let form = json!({
            "addressId": self.address.to_string(), "paymentType": 1,
            "details": [{ "itemId": self.item.to_string(), "num": NUM }],
        });
        let place = request("POST /orders", Place::Trade, Method::POST, "/orders");
        place.by(self.buyer()).with(form).keyed(self.key("place"))
    }

    /// The buyer applies for a payment.
    pub(super) fn apply(&self, order: OrderId) -> Request {
        let form = json!({
            "bizOrderNo": order.to_string(), "amount": PRICE * NUM, "payChannelCode": "balance", "payType": 5,
            "orderInfo": "",
        });
        let apply = request("POST /pay-orders", Place::Pay, Method::POST, "/pay-orders");
        apply.by(self.buyer()).with(form).keyed(self.key("apply"))
    }

    /// The buyer pays.
    pub(super) fn press(&self, pay_order: PayOrderId) -> Request {
        let path = format!("/pay-orders/{pay_order}");
        let press = request("POST /pay-orders/{id}", Place::Pay, Method::POST, path);
        press.by(self.buyer()).with(json!({ "pw": PASSWORD })).keyed(self.key("press"))
    }

    /// The buyer cancels.
    pub(super) fn cancel(&self, order: OrderId) -> Request {
        let path = format!("/orders/{order}/cancel");
        let cancel = request("PUT /orders/{id}/cancel", Place::Trade, Method::PUT, path);
        cancel.by(self.buyer()).keyed(self.key("cancel"))
    }

    /// Staff gives the money back.
    pub(super) fn refund(&self, order: OrderId) -> Request {
        let path = format!("/staff/orders/{order}/refund");
        let refund = request("POST /staff/orders/{id}/refund", Place::Trade, Method::POST, path);
        refund.by(staff()).with(json!({ "reason": "asked for" })).keyed(self.key("refund"))
    }
}
