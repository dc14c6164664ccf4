//! Every kind of message there is. Codes are stored and never reused; names are the routing keys on brokers.

use delay::Topic;

/// An order's delayed check, and its deadline. Subject: the order. No body.
pub const ORDER_CHECK: Topic = Topic { code: 1, name: "delay.order.query" };
/// An order was placed: take its items out of the cart. Subject: the order. Body: [`crate::body::ClearCart`].
pub const ORDER_CREATED: Topic = Topic { code: 2, name: "order.create" };
/// `trade`'s duty to itself: bring an order on. Subject: the order. No body.
pub const ORDER_DUTY: Topic = Topic { code: 3, name: "trade.duty.order" };
/// A payment succeeded. Subject: the order. No body.
pub const PAY_SUCCESS: Topic = Topic { code: 10, name: "pay.success" };
/// `pay`'s duty to itself: find out how an attempt ended. Subject: the attempt. No body.
pub const ATTEMPT_DUTY: Topic = Topic { code: 11, name: "pay.duty.attempt" };
/// `pay`'s duty to itself: give money back. Subject: the order. No body.
pub const REFUND_DUTY: Topic = Topic { code: 12, name: "pay.duty.refund" };
/// `pay`'s duty to itself: do what is owed at a payment provider. Subject: the pay order. No body.
pub const BILL_DUTY: Topic = Topic { code: 13, name: "pay.duty.bill" };

/// What `trade` sends.
pub const OF_TRADE: &[Topic] = &[ORDER_CHECK, ORDER_CREATED, ORDER_DUTY];
/// What `pay` sends.
pub const OF_PAY: &[Topic] = &[PAY_SUCCESS, ATTEMPT_DUTY, REFUND_DUTY, BILL_DUTY];
