//! The refusals of `pay` as clients see them.

use api::{Kind, Problem};
use model::pay_order::Failure;

use crate::meter::failure_code;
use crate::store::NotOpened;

pub(super) fn not_opened(why: NotOpened) -> Problem {
    match why {
        NotOpened::AmountMismatch => amount_mismatch(),
        NotOpened::NotPayable => not_payable(),
        NotOpened::AlreadyPaid => already_paid(),
        NotOpened::ChannelTaken => channel_taken(),
    }
}

pub(super) fn failed(failure: Failure) -> Problem {
    let (en, zh) = failure_text(failure);
    // A voided attempt says nothing about the payer: it met a close or a silent wallet.
    let kind = match failure {
        Failure::Voided => Kind::Conflict,
        Failure::TooManyTries => Kind::TooMany,
        _ => Kind::Refused,
    };
    Problem::new(kind, failure_code(failure), en, zh)
}

/// What a failed attempt is told as, in English and Chinese.
pub(super) fn failure_text(failure: Failure) -> (&'static str, &'static str) {
    match failure {
        Failure::WrongPassword => ("The password is wrong; nothing was paid.", "密码错误，未扣款。"),
        Failure::NotEnough => ("The balance is too low; nothing was paid.", "余额不足，未扣款。"),
        Failure::Frozen => ("The account is frozen; nothing was paid.", "账户已被冻结，未扣款。"),
        Failure::UnknownUser => ("There is no wallet for this account.", "该账户没有钱包。"),
        Failure::TooManyTries => {
            ("Too many wrong passwords; please wait a minute.", "密码错误次数过多，请一分钟后再试。")
        }
        Failure::Voided => (
            "The payment did not go through and nothing was taken; please try again.",
            "支付未完成，未扣款，请重试。",
        ),
    }
}

pub(super) fn channel_unavailable() -> Problem {
    Problem::new(
        Kind::Refused,
        "channel_unavailable",
        "This payment channel is not available; pay by balance.",
        "该支付渠道暂不可用，请使用余额支付。",
    )
}

pub(super) fn not_payable() -> Problem {
    Problem::new(
        Kind::Conflict,
        "order_not_payable",
        "This order can no longer be paid: it is closed, being closed, or its time is over.",
        "该订单已无法支付：订单已关闭、正在关闭或已超时。",
    )
}

pub(super) fn overdue() -> Problem {
    Problem::new(
        Kind::Conflict,
        "payment_overdue",
        "The time to pay this order is over; it will be closed.",
        "该订单的支付时间已过，订单将被关闭。",
    )
}

pub(super) fn busy() -> Problem {
    Problem::new(
        Kind::Conflict,
        "payment_in_flight",
        "A payment of this order is under way; wait for its outcome.",
        "该订单正在支付中，请等待结果。",
    )
    .retry_after(1)
}

fn channel_taken() -> Problem {
    Problem::new(
        Kind::Conflict,
        "channel_taken",
        "This order has had its payment at a provider, and cannot have another; pay by balance.",
        "该订单已在第三方渠道发起过支付，无法再次发起，请使用余额支付。",
    )
}

pub(super) fn amount_mismatch() -> Problem {
    Problem::new(
        Kind::Refused,
        "amount_mismatch",
        "The amount is not the order's total; load the order again.",
        "支付金额与订单总额不一致，请刷新订单。",
    )
}

fn already_paid() -> Problem {
    Problem::new(Kind::Conflict, "already_paid", "This order is already paid.", "该订单已支付。")
}
