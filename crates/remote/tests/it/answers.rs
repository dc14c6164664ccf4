//! What is an answer and what is none.

use std::net::IpAddr;

use api::calls::{
    Debit, HoldAnswer, HoldRequest, Items, Pay, PayStatus, RefundAnswer, RefundRequest, SettleDebit, Trade,
    Users,
};
use model::pay_order::{CloseAnswer, Failure};
use model::wallet::Outcome;
use model::{AddressId, AttemptId, Cents, ItemId, Ms, OrderId, PayOrderId, UserId};

use crate::world::{Replica, Way, World, says};

const ORDER: OrderId = OrderId(7);

fn debit() -> Debit {
    Debit {
        attempt: AttemptId(1),
        pay_order: PayOrderId(2),
        user: UserId(3),
        amount: Cents(400),
        password: "open sesame".into(),
        from: IpAddr::from([192, 0, 2, 1]),
    }
}

/// The answers to every kind of question, each by name, as `None` where there was no answer.
async fn everything(way: Way) -> Vec<(&'static str, Option<String>)> {
    let (world, replica) = (World::new(), Replica::start(way));
    let urls = &replica.urls;
    let (item, trade) = (world.clients.item(urls).unwrap(), world.clients.trade(urls).unwrap());
    let (pay, user) = (world.clients.pay(urls).unwrap(), world.clients.user(urls).unwrap());
    let hold = HoldRequest { order_id: ORDER, lines: vec![] };
    let settle = SettleDebit { attempt: AttemptId(1), pay_order: PayOrderId(2), user: UserId(3) };
    let refund = RefundRequest { pay_order: PayOrderId(2), user: UserId(3), amount: Cents(4) };
    vec![
        ("quote", text(item.quote(&[ItemId(1)]).await)),
        ("hold", text(item.hold(vec![hold]).await)),
        ("apply", text(trade.apply_payment(ORDER).await)),
        ("owner", text(trade.owner(ORDER).await)),
        ("fates", text(trade.fates(vec![ORDER]).await)),
        ("close", text(pay.close(vec![ORDER]).await)),
        ("status", text(pay.status(vec![ORDER]).await)),
        ("refund", text(pay.refund(vec![ORDER]).await)),
        ("address", text(user.address(UserId(3), AddressId(61)).await)),
        ("debit", text(user.debit(debit()).await)),
        ("settle", text(user.settle_debits(vec![settle]).await)),
        ("give back", text(user.refund(vec![refund]).await)),
    ]
}

fn text<T: std::fmt::Debug>(answer: api::Answer<T>) -> Option<String> {
    answer.ok().map(|answer| format!("{answer:?}"))
}

#[tokio::test]
async fn whatever_is_no_well_formed_success_is_no_answer() {
    let statuses = [100 + 302, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503];
    let mut ways: Vec<Way> = statuses.map(|status| Way::Says(status, "null".into())).into();
    ways.extend(["", "<html>", "{", "\"\"", "[]extra", "7", "true"].map(says));
    ways.push(Way::Half);
    for way in ways {
        for (question, answer) in everything(way.clone()).await {
            let is_id = question == "owner" && matches!(&way, Way::Says(200, body) if body == "7");
            assert!(answer.is_none() || is_id, "{question}, answered {way:?}, took it for {answer:?}");
        }
    }
}

/// `null` says "there is none", and only where that is an answer.
#[tokio::test]
async fn null_is_an_answer_only_where_it_means_something() {
    for (question, answer) in everything(says("null")).await {
        let meant = ["apply", "owner", "address"].contains(&question);
        assert_eq!(answer.as_deref(), meant.then_some("None"), "{question}");
    }
}

#[tokio::test]
async fn an_empty_object_says_nothing() {
    for (question, answer) in everything(says("{}")).await {
        assert_eq!(answer, None, "{question}");
    }
}

#[tokio::test]
async fn too_few_or_too_many_answers_are_none() {
    let batches = ["hold", "fates", "close", "status", "refund", "settle", "give back"];
    let answers = [r#"["closed","closed"]"#, r#"["refunded","refunded"]"#, r#"["open","open"]"#, "[]"];
    for body in answers {
        for (question, answer) in everything(says(body)).await {
            assert!(
                !batches.contains(&question) || answer.is_none(),
                "{question}, answered {body}: {answer:?}"
            );
        }
    }
}

#[tokio::test]
async fn contradictions_are_no_answer() {
    let world = World::new();
    for body in [r#"{"outcome":"debited","reason":"notEnough"}"#, r#"{"outcome":"refused","reason":null}"#] {
        let replica = Replica::start(says(body));
        let user = world.clients.user(&replica.urls).unwrap();
        assert!(user.debit(debit()).await.is_err(), "{body}");
    }
    let other = r#"[{"id":"2","name":"","price":1,"image":"","spec":null,"status":1,"stock":1,"version":1}]"#;
    let replica = Replica::start(says(other));
    let item = world.clients.item(&replica.urls).unwrap();
    assert!(item.quote(&[ItemId(1)]).await.is_err(), "another item was asked for");
    let replica = Replica::start(says(r#"["refunding"]"#));
    let user = world.clients.user(&replica.urls).unwrap();
    let refund = RefundRequest { pay_order: PayOrderId(2), user: UserId(3), amount: Cents(4) };
    assert!(user.refund(vec![refund]).await.is_err(), "it is not back yet");
}

#[tokio::test]
async fn well_formed_answers_are_understood() {
    let world = World::new();
    let replica = Replica::start(says(r#"["inFlight"]"#));
    let pay = world.clients.pay(&replica.urls).unwrap();
    assert_eq!(pay.close(vec![ORDER]).await, Ok(vec![CloseAnswer::InFlight]));
    let replica = Replica::start(says(r#"[{"paid":{"at":5}}]"#));
    let pay = world.clients.pay(&replica.urls).unwrap();
    assert_eq!(pay.status(vec![ORDER]).await, Ok(vec![PayStatus::Paid { at: Ms(5) }]));
    let replica = Replica::start(says(r#"["notPaid"]"#));
    let pay = world.clients.pay(&replica.urls).unwrap();
    assert_eq!(pay.refund(vec![ORDER]).await, Ok(vec![RefundAnswer::NotPaid]));
    let replica = Replica::start(says(r#"{"outcome":"refused","reason":"wrongPassword"}"#));
    let user = world.clients.user(&replica.urls).unwrap();
    assert_eq!(user.debit(debit()).await, Ok(Outcome::Refused(Failure::WrongPassword)));
    let replica = Replica::start(says(r#"[{"outcome":"held"}]"#));
    let item = world.clients.item(&replica.urls).unwrap();
    let hold = HoldRequest { order_id: ORDER, lines: vec![] };
    assert_eq!(item.hold(vec![hold]).await, Ok(vec![HoldAnswer::Held]));
}

#[tokio::test]
async fn nothing_is_asked_about_nothing() {
    let world = World::new();
    let (_, url) = Replica::nobody().await;
    let urls = &[url];
    let (item, pay) = (world.clients.item(urls).unwrap(), world.clients.pay(urls).unwrap());
    assert_eq!(item.quote(&[]).await, Ok(vec![]));
    assert_eq!(pay.close(vec![]).await, Ok(vec![]));
    assert_eq!(world.clients.user(urls).unwrap().refund(vec![]).await, Ok(()));
}
