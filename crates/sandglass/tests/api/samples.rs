//! A request that means something for each operation, to be spoiled by the tests.

use auth::token::Role;
use serde_json::{Map, Value, json};

use crate::document::{Operation, resolve};
use crate::shop::{ITEM, Sent, World};

/// What the requests are about: things that exist, owned by the first buyer.
pub(crate) struct Samples {
    pub(crate) order: String,
    pub(crate) pay_order: String,
    pub(crate) address: String,
    pub(crate) cart_row: String,
    user: String,
    token: String,
}

impl Samples {
    /// Makes them.
    pub(crate) async fn of(world: &World) -> Self {
        let token = world.token(Role::Buyer);
        let order = world.order(&token).await;
        Self {
            pay_order: world.pay_order(&token, &order).await,
            address: world.address(&token).await,
            cart_row: world.cart_row(&token).await,
            user: world.buyer.0.to_string(),
            order,
            token,
        }
    }

    /// A well-formed request, sent by the first buyer.
    pub(crate) fn sent(&self, operation: &Operation) -> Sent {
        let names = operation.parameters("path");
        let filled = names.iter().map(|name| (*name, self.parameter(operation, name)));
        let sent = Sent::new(operation.method(), &path(operation, filled)).token(&self.token);
        match self.body(operation) {
            Some(body) => sent.json(&body),
            None => sent,
        }
    }

    /// A value for one of the path's parameters.
    pub(crate) fn parameter(&self, operation: &Operation, name: &str) -> String {
        match (name, operation.path) {
            ("status", _) => "2".into(),
            ("file", _) => "box.svg".into(),
            ("orderId" | "attemptId", _) => "77".into(),
            ("addressId", _) => self.address.clone(),
            ("payOrderNo", _) => self.pay_order.clone(),
            (_, path) if path.starts_with("/items") || path.starts_with("/staff/stock/items") => ITEM.into(),
            (_, path) if path.starts_with("/addresses") => self.address.clone(),
            (_, path) if path.starts_with("/carts") => self.cart_row.clone(),
            (_, path) if path.starts_with("/users") || path.starts_with("/staff/users") => self.user.clone(),
            (_, "/pay-orders/{id}") => self.pay_order.clone(),
            _ => self.order.clone(),
        }
    }

    /// A body made from the schema, with ids of things that exist.
    pub(crate) fn body(&self, operation: &Operation) -> Option<Value> {
        operation.body().map(|schema| self.value("", schema))
    }

    fn value(&self, name: &str, schema: &'static Value) -> Value {
        let schema = resolve(schema);
        match kind(schema) {
            "object" => self.object(schema),
            "array" => json!([self.value(name, &schema["items"])]),
            "integer" | "number" => json!(1),
            "boolean" => json!(true),
            _ => json!(self.text(name)),
        }
    }

    fn object(&self, schema: &'static Value) -> Value {
        let properties = schema["properties"].as_object().into_iter().flatten();
        let filled: Map<String, Value> =
            properties.map(|(name, schema)| (name.clone(), self.value(name, schema))).collect();
        Value::Object(filled)
    }

    fn text(&self, name: &str) -> String {
        match name {
            "itemId" => ITEM.into(),
            "addressId" => self.address.clone(),
            "bizOrderNo" | "orderId" | "orderIds" => self.order.clone(),
            "payOrderNo" => self.pay_order.clone(),
            "userId" => self.user.clone(),
            "payChannelCode" => "balance".into(),
            "end" => "released".into(),
            "role" => "staff-read".into(),
            "from" => "127.0.0.1".into(),
            "minPrice" | "maxPrice" => "1".into(),
            "until" => "2027-01-01T00:00:00.000+00:00".into(),
            "id" => self.cart_row.clone(),
            "spec" => "{}".into(),
            _ => "something".into(),
        }
    }
}

/// The type of a schema; of a nullable one the other.
pub(crate) fn kind(schema: &Value) -> &str {
    let types = schema["type"].as_array().into_iter().flatten();
    let other = types.filter_map(Value::as_str).find(|kind| *kind != "null");
    schema["type"].as_str().or(other).unwrap_or("string")
}

/// The path with its parameters filled in, each percent-encoded, and with a query that names an item.
pub(crate) fn path<'a>(
    operation: &Operation,
    parameters: impl IntoIterator<Item = (&'a str, String)>,
) -> String {
    let mut path = operation.path.to_owned();
    for (name, value) in parameters {
        path = path.replace(&format!("{{{name}}}"), &encode(&value));
    }
    if operation.parameters("query").contains(&"ids") { format!("{path}?ids={ITEM}") } else { path }
}

/// Percent-encodes whatever is not plainly safe.
pub(crate) fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
