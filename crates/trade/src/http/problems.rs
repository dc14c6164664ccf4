//! Refusals as problems.

use api::{Kind, Problem};
use edge::Failure;
use model::order::Refusal;

use crate::place::{self, Refused};
use crate::staff;

impl From<place::Failure> for WireFailure {
    fn from(failure: place::Failure) -> Self {
        WireFailure(match failure {
            place::Failure::Refused(refused) => placement(&refused).into(),
            place::Failure::OtherBody => Problem::key_reused().into(),
            place::Failure::NoAnswer(none) => none.into(),
            place::Failure::Storage(error) => error.into(),
        })
    }
}

impl From<staff::Failure> for WireFailure {
    fn from(failure: staff::Failure) -> Self {
        WireFailure(match failure {
            staff::Failure::Unknown => Problem::not_found().into(),
            staff::Failure::Refused(refusal, state) => {
                transition(refusal).with("status", state.code()).into()
            }
            staff::Failure::OtherBody => Problem::key_reused().into(),
            staff::Failure::Storage(error) => error.into(),
        })
    }
}

/// A failure of this service on its way to the edge's.
pub(crate) struct WireFailure(pub(crate) Failure);

impl From<WireFailure> for Failure {
    fn from(failure: WireFailure) -> Self {
        failure.0
    }
}

fn placement(refused: &Refused) -> Problem {
    match refused {
        Refused::UnknownItem { item_id } => Problem::new(
            Kind::Refused,
            "unknown_item",
            format!("There is no item {item_id}."),
            format!("商品 {item_id} 不存在。"),
        )
        .with("itemId", item_id.to_string()),
        Refused::OffSale { item_id, name } => Problem::new(
            Kind::Conflict,
            "off_sale",
            format!("“{name}” is not on sale any more."),
            format!("“{name}”已下架。"),
        )
        .with("itemId", item_id.to_string()),
        Refused::Short { item_id, name } => Problem::new(
            Kind::Conflict,
            "out_of_stock",
            format!("There is not enough of “{name}” left."),
            format!("“{name}”库存不足。"),
        )
        .with("itemId", item_id.to_string()),
        Refused::Changed => conflict(
            "prices_changed",
            "Prices changed while the order was placed; look at them again and order once more.",
            "下单时价格发生变化，请确认后重新下单。",
        ),
        Refused::TotalTooLarge => {
            Problem::new(Kind::Refused, "total_too_large", "The total is too large.", "订单总额过大。")
        }
        Refused::UnknownAddress => {
            Problem::new(Kind::Refused, "unknown_address", "You have no such address.", "收货地址不存在。")
        }
        Refused::PlacementFailed => conflict(
            "placement_failed",
            "The order could not be placed in time and was given up; nothing is held. Please order again.",
            "下单超时，订单已取消，未占用库存，请重新下单。",
        ),
    }
}

fn transition(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::CloseAsked => {
            conflict("close_asked", "Closing of this order was already asked for.", "该订单已申请关闭。")
        }
        Refusal::Refunding => conflict("refunding", "This order is being refunded.", "该订单正在退款。"),
        Refusal::NotLater => Problem::new(
            Kind::Refused,
            "not_later",
            "The new deadline must lie after the present one and in the future.",
            "新的截止时间必须晚于当前截止时间。",
        ),
        Refusal::Already | Refusal::WrongState(_) | Refusal::NotDue | Refusal::Overdue => conflict(
            "wrong_state",
            "The order's present state does not allow this.",
            "订单当前状态不允许此操作。",
        ),
    }
}

/// The order was paid, so it cannot be cancelled.
pub(crate) fn already_paid() -> Problem {
    conflict("already_paid", "The order is already paid.", "订单已支付，无法取消。")
}

fn conflict(code: &'static str, en: &'static str, zh: &'static str) -> Problem {
    Problem::new(Kind::Conflict, code, en, zh)
}

/// A rule about the request's content is broken.
pub(crate) fn refused(code: &'static str, en: &'static str, zh: &'static str) -> Failure {
    Problem::new(Kind::Refused, code, en, zh).into()
}
