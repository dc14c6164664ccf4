//! What the interface answers, as far as pages show it.

use serde::Deserialize;
use serde_json::Value;

use crate::money::Money;
use crate::when::When;

/// A page of a list.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PageOf<T> {
    pub(crate) total: u64,
    pub(crate) pages: u64,
    pub(crate) list: Vec<T>,
}

/// A fresh login.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Login {
    pub(crate) token: String,
}

/// Who is logged in.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Me {
    pub(crate) username: String,
    pub(crate) balance: Money,
}

/// An item.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) price: Money,
    pub(crate) stock: i64,
    #[serde(default)]
    pub(crate) held: i64,
    pub(crate) image: String,
    pub(crate) category: String,
    pub(crate) brand: String,
    pub(crate) spec: Option<String>,
    pub(crate) sold: i64,
    pub(crate) status: u8,
}

impl Item {
    /// Whether it can be bought now.
    pub(crate) fn is_there(&self) -> bool {
        self.status == 1 && self.stock > 0
    }

    /// Its specification as pairs.
    pub(crate) fn specs(&self) -> Vec<(String, String)> {
        specs(self.spec.as_deref())
    }
}

/// A specification, which is JSON text, as pairs; a text that is something else is one of no name.
pub(crate) fn specs(spec: Option<&str>) -> Vec<(String, String)> {
    let Some(spec) = spec else { return Vec::new() };
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    match serde_json::from_str(spec) {
        Ok(Value::Object(pairs)) => pairs.into_iter().map(|(name, value)| (name, text(value))).collect(),
        Ok(other) => vec![(String::new(), text(other))],
        Err(_) => vec![(String::new(), spec.to_owned())],
    }
}

/// The categories and brands of what fits.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Facets {
    pub(crate) category: Vec<String>,
    pub(crate) brand: Vec<String>,
}

/// A row of the cart.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CartRow {
    pub(crate) id: String,
    pub(crate) item_id: String,
    pub(crate) num: i64,
    pub(crate) name: String,
    pub(crate) spec: Option<String>,
    pub(crate) price: Money,
    pub(crate) new_price: Option<Money>,
    pub(crate) status: u8,
    pub(crate) stock: i64,
    pub(crate) image: String,
}

/// An order.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) total_fee: Money,
    pub(crate) status: u8,
    pub(crate) create_time: When,
    pub(crate) deadline: When,
    pub(crate) close_reason: Option<String>,
    pub(crate) close_asked: bool,
    pub(crate) refunding: bool,
    pub(crate) details: Vec<OrderLine>,
    pub(crate) address: Option<Address>,
    pub(crate) parcel: Option<Parcel>,
    pub(crate) now: When,
}

/// A line of an order.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderLine {
    pub(crate) item_id: String,
    pub(crate) num: i64,
    pub(crate) name: String,
    pub(crate) price: Money,
    pub(crate) image: String,
    pub(crate) spec: Option<String>,
}

/// Who carries the parcel.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Parcel {
    pub(crate) company: String,
    pub(crate) number: String,
}

/// An address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Address {
    pub(crate) id: String,
    pub(crate) province: String,
    pub(crate) city: String,
    pub(crate) town: String,
    pub(crate) mobile: String,
    pub(crate) street: String,
    pub(crate) contact: String,
    pub(crate) is_default: bool,
    pub(crate) notes: String,
}

/// What happened to an order.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Timeline {
    pub(crate) entries: Vec<Entry>,
}

/// One thing that happened.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Entry {
    pub(crate) at: When,
    pub(crate) event: String,
    pub(crate) actor: String,
    pub(crate) note: String,
}

/// A pay order.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PayOrder {
    pub(crate) id: String,
    pub(crate) status: u8,
    pub(crate) expand_json: Option<String>,
}

/// What else is said of a pay order.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Further {
    in_flight: bool,
    refund: Option<MoneyBack>,
}

/// Money that goes back to where it came from.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct MoneyBack {
    state: String,
    pub(crate) amount: Money,
    pub(crate) reference: Option<String>,
}

impl MoneyBack {
    /// Whether it is there.
    pub(crate) fn is_done(&self) -> bool {
        self.state == "refunded"
    }
}

impl PayOrder {
    fn further(&self) -> Further {
        self.expand_json.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// Whether it is not known yet what became of a payment.
    pub(crate) fn is_in_flight(&self) -> bool {
        self.further().in_flight
    }

    /// Whether the money came.
    pub(crate) fn is_paid(&self) -> bool {
        self.status == 3
    }

    /// The money that is on its way back, or back.
    pub(crate) fn refund(&self) -> Option<MoneyBack> {
        self.further().refund
    }
}

/// A movement of a wallet.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WalletEntry {
    pub(crate) at: When,
    pub(crate) kind: String,
    pub(crate) amount: Money,
    pub(crate) balance: Money,
    pub(crate) pay_order_no: Option<String>,
}
