//! What the staff's and the operator's calls answer, as far as the console looks at it.

use std::collections::BTreeMap;

use api::Time;
use model::{Cents, ItemId, OrderId, PayOrderId, UserId};
use serde::Deserialize;

/// `GET /staff/orders/health`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct OrderHealth {
    pub(crate) at: Option<Time>,
    pub(crate) open: i64,
    pub(crate) unpaid: i64,
    pub(crate) paid: i64,
    pub(crate) closed: i64,
    pub(crate) troubles: Vec<TroubleCount>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct TroubleCount {
    pub(crate) kind: String,
    pub(crate) count: u64,
    pub(crate) oldest: Option<Time>,
}

/// `GET /staff/payments/health`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PayHealth {
    pub(crate) at: Option<Time>,
    pub(crate) in_flight: u64,
    pub(crate) unknown: u64,
    pub(crate) refunding: u64,
    pub(crate) refunds_late: u64,
    pub(crate) oldest: Option<Time>,
}

/// `GET /state` of one process.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProcessState {
    pub(crate) now: Time,
    #[serde(default)]
    pub(crate) lanes: Vec<Lane>,
    #[serde(default)]
    pub(crate) broker_dead: Vec<BrokerDead>,
    #[serde(default)]
    pub(crate) sweeps: Vec<Sweep>,
    pub(crate) broker: Option<Broker>,
    pub(crate) audit: Option<AuditBrief>,
    #[serde(default)]
    pub(crate) closes: Vec<Slot>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Lane {
    pub(crate) service: String,
    pub(crate) paused: bool,
    pub(crate) lag_ms: i64,
    pub(crate) in_flight: u64,
    pub(crate) handled: u64,
    pub(crate) ready: Option<i64>,
    pub(crate) dead: Option<i64>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct BrokerDead {
    pub(crate) dead: Option<i64>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Sweep {
    pub(crate) service: String,
    pub(crate) paused: bool,
    pub(crate) began: Option<Time>,
    pub(crate) failed: bool,
    pub(crate) looked: u64,
    pub(crate) finished: u64,
    pub(crate) next: Option<Time>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Broker {
    pub(crate) connected: bool,
    pub(crate) blocked: bool,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct AuditBrief {
    pub(crate) at: Time,
    pub(crate) clean: bool,
    pub(crate) violated: Vec<Violated>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Violated {
    pub(crate) name: String,
    pub(crate) violated: u64,
}

/// The closes of ten seconds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Slot {
    pub(crate) began: i64,
    pub(crate) by: BTreeMap<String, u64>,
    pub(crate) lags: Vec<u64>,
    pub(crate) longest_ms: i64,
}

/// `GET /staff/orders/deadlines`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Deadlines {
    pub(crate) at: Option<Time>,
    pub(crate) now: Option<Time>,
    pub(crate) overdue: u64,
    pub(crate) unpaid: i64,
    pub(crate) bucket_max: i64,
    pub(crate) buckets: Vec<Bucket>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Bucket {
    pub(crate) until: Time,
    pub(crate) count: i64,
}

/// A page of a list.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Page<T> {
    pub(crate) total: u64,
    pub(crate) pages: u64,
    pub(crate) list: Vec<T>,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self { total: 0, pages: 0, list: Vec::new() }
    }
}

/// An order in trouble.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TroubledOrder {
    pub(crate) id: OrderId,
    pub(crate) kind: String,
    pub(crate) since: Time,
    pub(crate) sweeps: u32,
}

/// A payment in trouble.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TroubledPayment {
    pub(crate) order_id: OrderId,
    pub(crate) kind: String,
    pub(crate) since: Time,
    pub(crate) sweeps: u32,
}

/// A hold without an order.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Orphan {
    pub(crate) order_id: OrderId,
    pub(crate) created: Time,
}

/// `GET /orders/{id}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) total_fee: Cents,
    pub(crate) user_id: UserId,
    pub(crate) status: i64,
    pub(crate) create_time: Time,
    pub(crate) deadline: Time,
    pub(crate) close_reason: Option<String>,
    pub(crate) close_asked: bool,
    pub(crate) refunding: bool,
    pub(crate) details: Vec<Line>,
    pub(crate) parcel: Option<Parcel>,
    pub(crate) now: Time,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Line {
    pub(crate) item_id: ItemId,
    pub(crate) num: u32,
    pub(crate) name: String,
    pub(crate) price: Cents,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Parcel {
    pub(crate) company: String,
    pub(crate) number: String,
}

/// `GET /orders/{id}/timeline`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Timeline {
    pub(crate) next: String,
    pub(crate) entries: Vec<Moved>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Moved {
    pub(crate) at: Time,
    pub(crate) event: String,
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) actor: String,
    pub(crate) by: Option<String>,
    pub(crate) note: String,
    pub(crate) trace: String,
}

/// `GET /staff/payments/orders/{id}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Payment {
    pub(crate) pay_order: PayOrder,
    pub(crate) close_time: Option<Time>,
    pub(crate) attempts: Vec<Attempt>,
    /// The payment at a provider.
    #[serde(default)]
    pub(crate) bill: Option<Bill>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Bill {
    pub(crate) channel: String,
    pub(crate) state: String,
    pub(crate) since: Time,
    pub(crate) paid: Option<Cents>,
    pub(crate) refund: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PayOrder {
    pub(crate) id: PayOrderId,
    pub(crate) create_time: Time,
    pub(crate) biz_user_id: Option<UserId>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attempt {
    #[serde(rename = "attemptId")]
    pub(crate) id: String,
    pub(crate) started: Time,
    pub(crate) ended: Option<Time>,
    pub(crate) outcome: Option<String>,
}

/// `GET /staff/stock/orders/{id}`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct OrderStock {
    pub(crate) movements: Vec<Movement>,
}

/// A row of a ledger.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Movement {
    pub(crate) item_id: Option<ItemId>,
    #[serde(rename = "movement")]
    pub(crate) kind: String,
    pub(crate) qty: i64,
    pub(crate) at: Time,
    pub(crate) order_id: Option<OrderId>,
    pub(crate) reason: Option<String>,
    pub(crate) by: Option<UserId>,
}

/// `GET /staff/users/payments/{payOrderNo}`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Money {
    pub(crate) debits: Vec<Debit>,
    pub(crate) refund: Option<Refund>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Debit {
    pub(crate) amount: Cents,
    pub(crate) outcome: String,
    pub(crate) at: Time,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Refund {
    pub(crate) amount: Cents,
    pub(crate) at: Time,
}

/// `GET /messages?subject=…` of one process.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Messages {
    pub(crate) tries: Vec<Try>,
    pub(crate) waiting: Vec<Waiting>,
    pub(crate) dead: Vec<Dead>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Try {
    pub(crate) service: String,
    pub(crate) at: Time,
    pub(crate) topic: String,
    pub(crate) created: Time,
    pub(crate) due: Time,
    pub(crate) attempt: u32,
    pub(crate) outcome: String,
    pub(crate) error: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Waiting {
    pub(crate) service: String,
    pub(crate) topic: String,
    pub(crate) subject: String,
    pub(crate) due: Time,
    pub(crate) attempts: u32,
    pub(crate) error: String,
}

/// A dead letter.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Dead {
    pub(crate) service: String,
    pub(crate) id: i64,
    pub(crate) topic: String,
    pub(crate) subject: String,
    pub(crate) attempts: u32,
    pub(crate) died: Time,
    pub(crate) error: String,
    pub(crate) body: String,
}

/// An item as the catalogue shows it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Item {
    pub(crate) id: ItemId,
    pub(crate) name: String,
    pub(crate) price: Cents,
    pub(crate) stock: i64,
    pub(crate) category: String,
    pub(crate) brand: String,
    pub(crate) sold: i64,
    pub(crate) status: u8,
}

/// `GET /staff/stock/items/{id}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counters {
    pub(crate) added: i64,
    pub(crate) available: i64,
    pub(crate) held: i64,
    pub(crate) sold: i64,
    pub(crate) drifted: Option<bool>,
}

/// An open hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenHold {
    pub(crate) order_id: OrderId,
    pub(crate) created: Time,
    pub(crate) asked_at: Time,
    pub(crate) cursor: String,
}

/// A user as staff see them.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    #[serde(rename = "userId")]
    pub(crate) id: UserId,
    pub(crate) username: String,
    pub(crate) role: String,
    pub(crate) frozen: bool,
    pub(crate) balance: Cents,
}

/// An entry of a wallet.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct WalletEntry {
    pub(crate) at: Time,
    pub(crate) kind: String,
    pub(crate) amount: Cents,
    pub(crate) balance: Cents,
    pub(crate) reason: String,
}

/// Something staff did.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    pub(crate) at: Time,
    /// Who; `0` is the program itself.
    pub(crate) by: String,
    pub(crate) action: String,
    pub(crate) order_id: Option<OrderId>,
    pub(crate) item_id: Option<ItemId>,
    pub(crate) user_id: Option<UserId>,
    pub(crate) reason: String,
    pub(crate) cursor: String,
}
