//! What the replicas are sent.

use std::net::IpAddr;

use api::calls::{Debit, Items, Pay, Trade, Users};
use auth::token::{Role, Verifier};
use clock::Clock;
use edge::{Onward, Trace};
use model::{AttemptId, Cents, ItemId, OrderId, PayOrderId, UserId};
use serde_json::{Value, json};

use crate::world::{Replica, Way, World, says};

#[tokio::test]
async fn every_call_shows_this_process_token_and_what_it_works_for() {
    let (world, replica) = (World::new(), Replica::start(says("null")));
    let trade = world.clients.trade(&replica.urls).unwrap();
    let onward = Onward { request_id: "r-1".into(), trace: Trace("00-11-22-01".into()), ..Onward::default() };
    onward.scope(trade.owner(OrderId(7))).await.unwrap();
    trade.owner(OrderId(8)).await.unwrap();
    let [with, without] = replica.seen().try_into().unwrap();
    let token = with.headers["authorization"].to_str().unwrap().strip_prefix("Bearer ").unwrap();
    let verifier = Verifier::new([world.signer.public().clone()]).unwrap();
    let claims = verifier.verify(token, world.clock.now()).unwrap();
    assert_eq!((claims.role, claims.iss.as_str()), (Role::Service, "trade"));
    assert_eq!(with.headers["x-request-id"], "r-1");
    assert_eq!(with.headers["traceparent"], "00-11-22-01");
    assert_eq!(with.line, "GET /orders/7/owner");
    assert!(!without.headers.contains_key("x-request-id"), "nobody is worked for");
}

#[tokio::test]
async fn a_debit_says_all_the_wallet_needs() {
    let (world, replica) = (World::new(), Replica::start(says("null")));
    let user = world.clients.user(&replica.urls).unwrap();
    let debit = Debit {
        attempt: AttemptId(1),
        pay_order: PayOrderId(2),
        user: UserId(3),
        amount: Cents(400),
        password: "open sesame".into(),
        from: IpAddr::from([192, 0, 2, 1]),
    };
    let silence = user.debit(debit).await.unwrap_err();
    assert!(!silence.to_string().contains("sesame"));
    let sent: Value = serde_json::from_slice(&replica.seen()[0].body).unwrap();
    let body = json!({ "attemptId": "1", "payOrderNo": "2", "userId": "3", "amount": 400,
        "password": "open sesame", "from": "192.0.2.1" });
    assert_eq!(sent, body);
}

/// An error of the decoder could quote what it read, and a service what it was sent.
#[tokio::test]
async fn an_answer_that_repeats_the_password_does_not_bring_it_into_the_log() {
    let world = World::new();
    for way in [says("\"open sesame\""), Way::Says(400, "open sesame".into())] {
        let replica = Replica::start(way);
        let user = world.clients.user(&replica.urls).unwrap();
        let debit = Debit {
            attempt: AttemptId(1),
            pay_order: PayOrderId(2),
            user: UserId(3),
            amount: Cents(400),
            password: "open sesame".into(),
            from: IpAddr::from([192, 0, 2, 1]),
        };
        let silence = user.debit(debit).await.unwrap_err();
        assert!(!format!("{silence:?}").contains("sesame"), "{silence:?}");
    }
}

/// More than one request's worth is split, and answered in order as if it were not.
#[tokio::test]
async fn large_batches_go_in_pieces() {
    let world = World::new();
    let full = format!("[{}]", vec!["\"notPaid\""; 512].join(","));
    let replica = Replica::start(says(&full));
    let pay = world.clients.pay(&replica.urls).unwrap();
    let orders: Vec<OrderId> = (1..=1_024).map(OrderId).collect();
    assert_eq!(pay.status(orders).await.unwrap().len(), 1_024);
    let asked: Vec<Value> =
        replica.seen().iter().map(|seen| serde_json::from_slice(&seen.body).unwrap()).collect();
    let ids: Vec<String> = asked
        .iter()
        .flat_map(|body| body["orderIds"].as_array().unwrap())
        .map(|id| id.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids, (1..=1_024).map(|id: u64| id.to_string()).collect::<Vec<_>>());
    let replica = Replica::start(says("[]"));
    let item = world.clients.item(&replica.urls).unwrap();
    let ids: Vec<ItemId> = (1..=450).map(ItemId).collect();
    assert_eq!(item.quote(&ids).await, Ok(vec![]));
    let named: Vec<usize> = replica.seen().iter().map(|seen| seen.line.split(',').count()).collect();
    assert_eq!(named, [200, 200, 50]);
}
