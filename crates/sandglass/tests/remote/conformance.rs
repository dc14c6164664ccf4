//! Every question gets the same answer over the wire as from the service itself.

use std::net::IpAddr;

use api::calls::{
    Debit, HoldAnswer, HoldLine, HoldRefusal, HoldRequest, Items, OrderFate, Pay, PayStatus, RefundAnswer,
    RefundRequest, SettleAnswer, SettleDebit, SettleRequest, Trade, Users,
};
use http::Method;
use model::hold::End;
use model::pay_order::{CloseAnswer, Failure};
use model::wallet::Outcome;
use model::{AddressId, AttemptId, Cents, ItemId, OrderId, PayOrderId, UserId};
use serde_json::json;

use crate::town::{PASSWORD, PRICE, Town};

const TEA: ItemId = ItemId(100);
const NOBODYS: OrderId = OrderId(4_711);

#[tokio::test(flavor = "multi_thread")]
async fn items_are_quoted() {
    let town = Town::start().await;
    let ids: Vec<ItemId> = (1..=450).map(ItemId).collect();
    let quotes = town.remote.item.quote(&ids).await.unwrap();
    assert_eq!(quotes.len(), 1);
    assert_eq!(Ok(quotes), town.items.quote(&ids).await);
}

fn wants(order: u64, num: u32, version: u32) -> HoldRequest {
    HoldRequest { order_id: OrderId(order), lines: vec![HoldLine { item_id: TEA, num, version }] }
}

fn ends(order: u64, end: End) -> SettleRequest {
    SettleRequest { order_id: OrderId(order), end }
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_is_held_and_settled() {
    let town = Town::start().await;
    let version = town.items.quote(&[TEA]).await.unwrap()[0].version;
    let refused = |reason| HoldAnswer::Refused { line: 0, reason };
    let asked =
        vec![wants(1, 2, version), wants(2, 999, version), wants(3, 999, version), wants(4, 1, version + 1)];
    let answers = vec![
        HoldAnswer::Held,
        refused(HoldRefusal::Short),
        refused(HoldRefusal::Short),
        refused(HoldRefusal::Changed),
    ];
    let first = town.remote.item.hold(vec![wants(1, 2, version)]).await;
    assert_eq!(first, Ok(vec![HoldAnswer::Held]));
    town.remote.item.hold(vec![wants(9, 900, version)]).await.unwrap();
    assert_eq!(town.remote.item.hold(asked.clone()).await, Ok(answers.clone()));
    assert_eq!(town.items.hold(asked).await, Ok(answers), "asked again, and directly");
    let settle = vec![ends(1, End::Released), ends(9, End::Sold), ends(5, End::Released), ends(1, End::Sold)];
    let settled =
        vec![SettleAnswer::Settled, SettleAnswer::Settled, SettleAnswer::Settled, SettleAnswer::Impossible];
    assert_eq!(town.remote.item.settle(settle.clone()).await, Ok(settled.clone()));
    assert_eq!(town.items.settle(settle).await, Ok(settled));
    let late = town.remote.item.hold(vec![wants(5, 1, version)]).await;
    assert_eq!(late, Ok(vec![refused(HoldRefusal::Ended)]));
}

/// The largest batch of the largest orders fits, split as it must be.
#[tokio::test(flavor = "multi_thread")]
async fn many_large_orders_are_held() {
    let town = Town::start().await;
    let line = HoldLine { item_id: ItemId(i64::MAX.cast_unsigned()), num: 999, version: u32::MAX };
    let orders: Vec<HoldRequest> =
        (1..=512).map(|id| HoldRequest { order_id: OrderId(id), lines: vec![line; 100] }).collect();
    let refused = HoldAnswer::Refused { line: 0, reason: HoldRefusal::OffSale };
    assert_eq!(town.remote.item.hold(orders).await, Ok(vec![refused; 512]));
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_explained() {
    let town = Town::start().await;
    let jack = town.buyer("jack", 5_000).await;
    let token = town.login("jack").await;
    let order: OrderId = town.order(&token).await.parse().unwrap();
    let (remote, own) = (&town.remote.trade, &town.trade);
    assert_eq!(remote.owner(order).await, Ok(Some(jack)));
    assert_eq!(remote.owner(NOBODYS).await, Ok(None));
    assert_eq!(remote.apply_payment(NOBODYS).await, Ok(None));
    let payable = remote.apply_payment(order).await.unwrap().unwrap();
    assert_eq!((payable.owner, payable.total, payable.open, payable.paid), (jack, Cents(PRICE), true, false));
    assert_eq!(own.apply_payment(order).await, Ok(Some(payable)));
    let asked = vec![order, NOBODYS];
    assert_eq!(remote.fates(asked.clone()).await, Ok(vec![OrderFate::Open, OrderFate::Unknown]));
    let path = format!("/orders/{order}/cancel");
    town.call(Method::PUT, &path, &token, None).await;
    town.comes_to(&token, &order.to_string(), 5).await;
    let fates = Ok(vec![OrderFate::Ended(End::Released), OrderFate::Unknown]);
    assert_eq!(remote.fates(asked.clone()).await, fates);
    assert_eq!(own.fates(asked).await, fates);
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_are_closed_told_and_given_back() {
    let town = Town::start().await;
    town.buyer("jack", 5_000).await;
    let token = town.login("jack").await;
    let order = town.order(&token).await;
    let pay_order = town.apply(&token, &order).await;
    assert_eq!(town.press(&token, &pay_order).await, 200);
    town.comes_to(&token, &order, 2).await;
    let asked = vec![order.parse().unwrap(), NOBODYS];
    let (remote, own) = (&town.remote.pay, &town.pay);
    let status = remote.status(asked.clone()).await.unwrap();
    assert!(matches!(status[..], [PayStatus::Paid { .. }, PayStatus::NotPaid]), "{status:?}");
    assert_eq!(own.status(asked.clone()).await, Ok(status));
    let closed = Ok(vec![CloseAnswer::Paid, CloseAnswer::Closed]);
    assert_eq!(remote.close(asked.clone()).await, closed);
    assert_eq!(own.close(asked.clone()).await, closed);
    let refunded = Ok(vec![RefundAnswer::Refunded, RefundAnswer::NotPaid]);
    assert_eq!(Pay::refund(remote, asked.clone()).await, refunded);
    assert_eq!(Pay::refund(own, asked).await, refunded);
    let (_, me) = town.call(Method::GET, "/users/me", &token, None).await;
    assert_eq!(me["balance"], 5_000, "given back once");
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_shown_to_whom_they_belong() {
    let town = Town::start().await;
    let (jack, rose) = (town.buyer("jack", 1).await, town.buyer("rose", 1).await);
    let form = json!({ "province": "上海", "city": "上海", "town": "黄浦", "mobile": "13900000000",
        "street": "南京东路 1 号", "contact": "Jack", "isDefault": true, "notes": "ring \"twice\"" });
    let (_, id) = town.call(Method::POST, "/addresses", &town.login("jack").await, Some(form)).await;
    let id: AddressId = id.as_str().unwrap().parse().unwrap();
    let address = town.remote.user.address(jack, id).await.unwrap().unwrap();
    assert_eq!(address.street, "南京东路 1 号");
    assert_eq!(town.users.address(jack, id).await, Ok(Some(address)));
    assert_eq!(town.remote.user.address(rose, id).await, Ok(None));
    assert_eq!(town.remote.user.address(jack, AddressId(4_711)).await, Ok(None));
}

fn debit(attempt: u64, user: UserId, amount: i64, password: &str, from: [u8; 4]) -> Debit {
    Debit {
        attempt: AttemptId(attempt),
        pay_order: PayOrderId(attempt),
        user,
        amount: Cents(amount),
        password: password.into(),
        from: IpAddr::from(from),
    }
}

fn settle(attempt: u64, user: UserId) -> SettleDebit {
    SettleDebit { attempt: AttemptId(attempt), pay_order: PayOrderId(attempt), user }
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_taken_decided_and_given_back() {
    const HOME: [u8; 4] = [192, 0, 2, 1];
    let town = Town::start().await;
    let jack = town.buyer("jack", 5_000).await;
    let (remote, own) = (&town.remote.user, &town.users);
    let cases = [
        (debit(1, jack, 400, PASSWORD, HOME), Outcome::Debited),
        (debit(2, jack, 400, "wrong", HOME), Outcome::Refused(Failure::WrongPassword)),
        (debit(3, jack, 9_000, PASSWORD, HOME), Outcome::Refused(Failure::NotEnough)),
        (debit(4, UserId(4_711), 400, PASSWORD, HOME), Outcome::Refused(Failure::UnknownUser)),
    ];
    for (debit, outcome) in cases {
        assert_eq!(remote.debit(debit.clone()).await, Ok(outcome));
        assert_eq!(own.debit(debit).await, Ok(outcome), "asked again, and directly");
    }
    let asked = vec![settle(1, jack), settle(2, jack), settle(8, jack)];
    let outcomes = Ok(vec![
        Outcome::Debited,
        Outcome::Refused(Failure::WrongPassword),
        Outcome::Refused(Failure::Voided),
    ]);
    assert_eq!(remote.settle_debits(asked.clone()).await, outcomes);
    assert_eq!(own.settle_debits(asked).await, outcomes);
    let late = remote.debit(debit(8, jack, 400, PASSWORD, HOME)).await;
    assert_eq!(late, Ok(Outcome::Refused(Failure::Voided)), "the void refuses the late debit");
    let refund = RefundRequest { pay_order: PayOrderId(1), user: jack, amount: Cents(400) };
    for _ in 0..2 {
        assert_eq!(remote.refund(vec![refund]).await, Ok(()));
    }
    let (_, me) = town.call(Method::GET, "/users/me", &town.login("jack").await, None).await;
    assert_eq!(me["balance"], 5_000, "given back once");
}

/// Wrong passwords count against the payer's address, not against `pay`'s.
#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_count_where_they_come_from() {
    let town = Town::start().await;
    let jack = town.buyer("jack", 5_000).await;
    let mut outcomes = Vec::new();
    for attempt in 1..=6 {
        outcomes
            .push(town.remote.user.debit(debit(attempt, jack, 1, "wrong", [192, 0, 2, 1])).await.unwrap());
    }
    assert_eq!(outcomes[..5], [Outcome::Refused(Failure::WrongPassword); 5]);
    assert_eq!(outcomes[5], Outcome::Refused(Failure::TooManyTries));
    let elsewhere = town.remote.user.debit(debit(7, jack, 1, PASSWORD, [192, 0, 2, 2])).await;
    assert_eq!(elsewhere, Ok(Outcome::Debited));
}
