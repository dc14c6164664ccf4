//! Orders as clients see them.

use api::Time;
use api::calls::Address;
use clock::Ms;
use model::order::{CloseReason, State};
use model::{Cents, ItemId, OrderId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::{Line, Parcel, Row};

/// An order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderBody {
    #[schema(value_type = String)]
    id: OrderId,
    /// In cents.
    #[schema(value_type = i64)]
    total_fee: Cents,
    /// 1 Alipay, 2 `WeChat`, 3 balance.
    payment_type: u8,
    #[schema(value_type = String)]
    user_id: UserId,
    /// 0 placing, 1 unpaid, 2 paid, 3 shipped, 4 received, 5 closed, 6 reviewed.
    status: i64,
    create_time: Time,
    pay_time: Option<Time>,
    consign_time: Option<Time>,
    end_time: Option<Time>,
    close_time: Option<Time>,
    comment_time: Option<Time>,
    /// Until when it can be paid.
    deadline: Time,
    #[schema(value_type = Option<String>)]
    close_reason: Option<CloseReason>,
    /// Closing was asked for; the payment's side decides.
    close_asked: bool,
    /// The money is on its way back.
    refunding: bool,
    details: Vec<LineBody>,
    address: Option<Address>,
    parcel: Option<Parcel>,
    /// The server's time, for countdowns.
    now: Time,
}

/// One line of an order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LineBody {
    #[schema(value_type = String)]
    item_id: ItemId,
    num: u32,
    name: String,
    /// Price of one at placement, in cents.
    #[schema(value_type = i64)]
    price: Cents,
    image: String,
    spec: Option<String>,
}

impl LineBody {
    fn of(line: Line) -> Self {
        let Line { item_id, num, name, price, image, spec, version: _ } = line;
        Self { item_id, num, name, price, image, spec }
    }
}

impl OrderBody {
    /// `row` as it looks at `now`.
    pub(crate) fn of(row: Row, now: Ms) -> Self {
        let time = |at: Option<Ms>| at.map(Time);
        let order = &row.order;
        Self {
            id: order.id,
            total_fee: order.total,
            payment_type: row.payment_type,
            user_id: order.owner,
            status: order.state.code(),
            create_time: Time(order.placed_at),
            pay_time: time(row.paid_at),
            consign_time: time(row.shipped_at),
            end_time: time(row.received_at),
            close_time: time(row.closed_at),
            comment_time: time(row.reviewed_at),
            deadline: Time(order.deadline),
            close_reason: order.close_reason,
            close_asked: order.close_asked.is_some() && order.state == State::Unpaid,
            refunding: order.refunding(),
            details: row.lines.into_iter().map(LineBody::of).collect(),
            address: row.address,
            parcel: row.parcel,
            now: Time(now),
        }
    }
}

/// What a buyer orders.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderForm {
    /// Where it goes; one of the buyer's addresses.
    #[schema(value_type = Option<String>)]
    pub(crate) address_id: Option<model::AddressId>,
    /// 1 Alipay, 2 `WeChat`, 3 balance.
    pub(crate) payment_type: u8,
    /// 1 … 100 lines.
    pub(crate) details: Vec<LineForm>,
}

/// One line of what a buyer orders. Price and name are not the client's to say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LineForm {
    /// Which item.
    #[schema(value_type = String)]
    pub(crate) item_id: ItemId,
    /// How many, 1 … 999.
    pub(crate) num: u32,
}
