//! What the provider does, and whom it believes.

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::post;
use clock::ManualClock;
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use model::{Cents, PayOrderId};
use parking_lot::Mutex;
use pay::channel::{BadNotice, BillRefund, BillStatus, Channel, Notice, Noticed, RawNotice, RefundStatus};
use provider::sign::{Signed, TOLERANCE_MS};
use provider::{Key, Switches};
use remote::{Http, Transport};
use std::sync::Arc;

use crate::world::{AMOUNT, ID, NOTICES, NOW, World, bill, channel, key, serve};

const REFUND: BillRefund = BillRefund { pay_order: ID, amount: AMOUNT };

#[tokio::test]
async fn a_payment_is_made_paid_and_refunded_once_however_often_that_is_asked_for() {
    let world = World::new().await;
    let open = BillStatus::Open { url: format!("https://sandbox.example/pay/{ID}") };
    assert_eq!(world.channel.query(ID).await, Ok(BillStatus::Unknown));
    for _ in 0..2 {
        assert_eq!(world.channel.create(&bill()).await, Ok(open.clone()));
    }
    assert!(world.provider.pay(ID, AMOUNT));
    let paid = BillStatus::Paid { amount: AMOUNT };
    assert_eq!(world.channel.query(ID).await, Ok(paid.clone()));
    assert_eq!(world.channel.close(ID).await, Ok(paid.clone()), "too late to close");
    for _ in 0..2 {
        let done = RefundStatus::Done { reference: format!("SR{ID}") };
        assert_eq!(world.channel.refund(&REFUND).await, Ok(done));
    }
    assert_eq!(world.provider.payment(ID).unwrap().refunds, 1);
    assert_eq!(world.channel.create(&bill()).await, Ok(paid), "a refund does not make it unpaid");
}

#[tokio::test]
async fn what_was_closed_before_it_was_made_is_never_made() {
    let world = World::new().await;
    assert_eq!(world.channel.close(ID).await, Ok(BillStatus::Closed));
    assert_eq!(world.channel.create(&bill()).await, Ok(BillStatus::Closed));
}

#[tokio::test]
async fn refunds_are_refused_as_often_as_the_switch_says() {
    let world = World::made().await;
    world.provider.pay(ID, AMOUNT);
    world.provider.set(Switches { refuse_refunds: 2, ..Switches::default() });
    for _ in 0..2 {
        assert!(matches!(world.channel.refund(&REFUND).await, Ok(RefundStatus::Refused { .. })));
    }
    let other = BillRefund { amount: Cents(1), ..REFUND };
    assert!(matches!(world.channel.refund(&other).await, Ok(RefundStatus::Refused { .. })));
    assert!(matches!(world.channel.refund(&REFUND).await, Ok(RefundStatus::Done { .. })));
}

/// Sends a request signed in this way.
async fn send(world: &World, signed: Signed<'_>, key: &Key) -> StatusCode {
    let url = format!("{}/payments", world.url);
    let mut request = Request::new(Full::new(Bytes::copy_from_slice(signed.body)));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = url.parse().unwrap();
    *request.headers_mut() = key.headers(signed);
    Http::default().exchange(request).await.unwrap().status()
}

#[tokio::test]
async fn whoever_has_no_key_or_another_clock_is_not_believed_and_nothing_counts_twice() {
    let world = World::new().await;
    let body = br#"{"id":"7","amount":2500,"info":""}"#;
    let right = Signed { method: "POST", path: "/payments", at: NOW, nonce: "n", body };
    assert_eq!(send(&world, right, &Key::new(&[8; 32]).unwrap()).await, StatusCode::UNAUTHORIZED);
    assert_eq!(send(&world, Signed { path: "/payment", ..right }, &key()).await, StatusCode::UNAUTHORIZED);
    for skew_ms in [TOLERANCE_MS + 1, -TOLERANCE_MS - 1] {
        let late = Signed { at: NOW + skew_ms, ..right };
        assert_eq!(send(&world, late, &key()).await, StatusCode::UNAUTHORIZED, "{skew_ms}");
    }
    assert!(world.provider.payment(ID).is_none());
    assert_eq!(send(&world, right, &key()).await, StatusCode::OK);
    assert_eq!(send(&world, right, &key()).await, StatusCode::UNAUTHORIZED, "it was sent before");
    assert_eq!(send(&world, Signed { nonce: "m", ..right }, &key()).await, StatusCode::OK);
    let large = vec![b' '; 70_000];
    assert_eq!(send(&world, Signed { body: &large, ..right }, &key()).await, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_clock_that_is_wrong_by_more_than_the_tolerance_gets_no_answer() {
    let world = World::made().await;
    for skew_ms in [TOLERANCE_MS + 1_000, -TOLERANCE_MS - 1_000] {
        let wrong = channel(&world.url, key(), &ManualClock::at(NOW + skew_ms));
        assert!(wrong.query(ID).await.is_err());
    }
}

type Seen = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// A shop that acknowledges every notice but the first.
async fn shop() -> (Seen, String) {
    let seen = Seen::default();
    let told = seen.clone();
    let hear = move |headers: HeaderMap, body: Bytes| {
        let mut told = told.lock();
        told.push((headers, body));
        let answer = if told.len() == 1 { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
        async move { answer }
    };
    (seen, serve(Router::new().route(NOTICES, post(hear))).await)
}

#[tokio::test]
async fn notices_are_repeated_until_they_are_acknowledged_each_signed_for_its_moment() {
    let (seen, url) = shop().await;
    let world = World::telling(url).await;
    world.channel.create(&bill()).await.unwrap();
    world.provider.tell_due().await;
    assert_eq!((seen.lock().len(), world.provider.untold()), (1, 1));
    world.provider.tell_due().await;
    assert_eq!(seen.lock().len(), 1, "not at once");
    world.clock.advance(TOLERANCE_MS + 1);
    world.provider.tell_due().await;
    assert_eq!((seen.lock().len(), world.provider.untold()), (2, 0));
    let verify = |at: usize| {
        let (headers, body) = &seen.lock()[at];
        let raw = RawNotice { path: NOTICES, headers, body };
        world.channel.verify(raw, clock::Clock::now(&world.clock))
    };
    assert_eq!(verify(0), Err(BadNotice::Stale), "the first is an old one by now");
    assert_eq!(verify(1), Ok(Notice { pay_order: ID, what: Noticed::Other }));
}

#[tokio::test]
async fn a_notice_is_believed_only_as_it_was_signed() {
    let world = World::new().await;
    let (path, body) = (NOTICES, br#"{"id":"7","event":"paid","amount":2500}"#);
    let headers = key().headers(Signed { method: "POST", path, at: NOW, nonce: "n", body });
    let unsigned = HeaderMap::new();
    let verify = |path, body: &[u8], headers| world.channel.verify(RawNotice { path, headers, body }, NOW);
    let paid = Notice { pay_order: PayOrderId(7), what: Noticed::Paid(AMOUNT) };
    assert_eq!(verify(path, body, &headers), Ok(paid));
    let less = br#"{"id":"7","event":"paid","amount":2400}"#;
    assert_eq!(verify(path, less, &headers), Err(BadNotice::Signature));
    assert_eq!(verify("/pay-orders/notices/other", body, &headers), Err(BadNotice::Signature));
    assert_eq!(verify(path, body, &unsigned), Err(BadNotice::Signature));
    let nonsense = key().headers(Signed { method: "POST", path, at: NOW, nonce: "n", body: b"paid" });
    assert_eq!(verify(path, b"paid", &nonsense), Err(BadNotice::Malformed));
}
