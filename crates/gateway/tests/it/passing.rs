//! What goes on and what comes back; replicas that fail.

use axum::body::Body;
use axum::extract::Request;
use clock::Clock;
use gateway::Options;
use http::{Method, StatusCode};

use crate::world::{DEADLINE_MS, Service, Way, World, nobody, request, until};

#[tokio::test]
async fn the_service_hears_who_and_where_the_client_is_from_the_gateway_alone() {
    let world = World::start().await;
    let sent = request(
        Method::GET,
        "/orders/7",
        &[
            ("authorization", "buyer"),
            ("user-info", "1"),
            ("x-forwarded-for", "127.0.0.1"),
            ("x-gateway-token", "forged"),
            ("connection", "x-forwarded-for, x-gateway-token"),
            ("x-request-id", "mine"),
            ("accept-language", "zh"),
        ],
    );
    let got = world.send(sent).await;
    let seen = world.service("trade").last().headers;
    assert_eq!(seen.get_all("x-forwarded-for").iter().collect::<Vec<_>>(), ["192.0.2.9"]);
    assert_eq!(seen["x-gateway-token"].to_str().unwrap(), &*world.token.at(world.clock.now()));
    assert!(!seen.contains_key("user-info") && !seen.contains_key("connection"));
    assert_eq!(
        (&seen["x-request-id"], &seen["accept-language"]),
        (&"mine".parse().unwrap(), &"zh".parse().unwrap())
    );
    assert!(seen.contains_key("traceparent"));
    assert_eq!(got.headers["x-request-id"], "mine");
    assert_eq!(got.headers["x-of-service"], "yes");
    assert!(!got.headers.contains_key("keep-alive"), "that was said of another connection");
}

#[tokio::test]
async fn bodies_go_on_whole_and_too_large_ones_not_at_all() {
    let world = World::start().await;
    let send = |body: Body| world.send(Request::post("/orders").body(body).unwrap());
    assert_eq!(send(Body::from("x".repeat(256 * 1_024))).await.status, StatusCode::OK);
    assert_eq!(world.service("trade").last().body.len(), 256 * 1_024);
    for body in [Body::from("x".repeat(256 * 1_024 + 1)), endless()] {
        let got = send(body).await;
        assert_eq!((got.status, got.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
    }
    assert_eq!(world.service("trade").count(), 1);
}

fn endless() -> Body {
    Body::from_stream(tokio_stream::iter(std::iter::repeat_with(|| {
        Ok::<_, std::io::Error>("x".repeat(1_024))
    })))
}

#[tokio::test]
async fn a_body_that_never_ends_is_not_waited_for() {
    let world = World::start().await;
    let body = Body::from_stream(tokio_stream::pending::<std::io::Result<String>>());
    let door = world.door.clone();
    let sent = Request::post("/orders").body(body).unwrap();
    let call = tokio::spawn(async move { crate::world::send(door, [192, 0, 2, 9], sent).await });
    until(|| {
        world.clock.advance(1_000);
        call.is_finished()
    })
    .await;
    assert_eq!(call.await.unwrap().status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_a_service_says_is_passed_on_also_when_it_refuses() {
    for status in [202, 404, 409, 429, 500, 503] {
        let trades =
            [Service::start("one", Way::Status(status)).await, Service::start("two", Way::Name).await];
        let world = World::with(&[&trades[0].url], Options::default()).await;
        let got = world.call(Method::GET, "/orders/7").await;
        assert_eq!((got.status.as_u16(), got.body.as_str()), (status, "one"));
        assert_eq!(got.headers["retry-after"], "3");
    }
}

#[tokio::test]
async fn a_replica_that_is_gone_costs_nobody_anything() {
    let trade = Service::start("trade", Way::Name).await;
    let world = World::with(&[&nobody().await, &trade.url], Options::default()).await;
    for method in [Method::GET, Method::POST] {
        for _ in 0..6 {
            let got = world.call(method.clone(), "/orders").await;
            assert_eq!(got.status, StatusCode::OK, "nobody had seen the request: it may go elsewhere");
        }
    }
    assert_eq!(trade.count(), 12);
}

#[tokio::test]
async fn a_service_that_is_gone_is_503_and_says_when_to_come_back() {
    let world = World::with(&[&nobody().await], Options::default()).await;
    for _ in 0..10 {
        let got = world.call(Method::POST, "/orders").await;
        assert_eq!((got.status, got.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "unavailable"));
        assert_eq!(got.headers["retry-after"], "1");
    }
    assert_eq!(world.call(Method::GET, "/items/7").await.status, StatusCode::OK, "the others go on");
}

/// One that may have been seen goes elsewhere only if it has the same effect however often it comes.
#[tokio::test]
async fn a_broken_connection_repeats_only_what_may_be_repeated() {
    let cases = [
        (Method::GET, None, StatusCode::OK, "trade"),
        (Method::POST, Some("k"), StatusCode::OK, "trade"),
        (Method::POST, None, StatusCode::SERVICE_UNAVAILABLE, "outcome_unknown"),
    ];
    for (method, key, status, says) in cases {
        let (bad, good) =
            (Service::start("bad", Way::HangUp).await, Service::start("trade", Way::Name).await);
        let world = World::with(&[&bad.url, &good.url], Options::default()).await;
        let headers: Vec<_> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
        let got = world.send(request(method.clone(), "/orders", &headers)).await;
        assert_eq!((got.status, bad.count()), (status, 1), "{method}: {got:?}");
        assert!(got.body == says || got.code() == says, "{method}: {got:?}");
        assert_eq!(good.count(), usize::from(status == StatusCode::OK));
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_not_waited_for_and_nothing_is_repeated() {
    for (method, code) in [(Method::GET, "unavailable"), (Method::POST, "outcome_unknown")] {
        let (slow, other) =
            (Service::start("slow", Way::Never).await, Service::start("trade", Way::Name).await);
        let world = World::with(&[&slow.url, &other.url], Options::default()).await;
        let (door, sent) = (world.door.clone(), request(method, "/orders", &[]));
        let call = tokio::spawn(async move { crate::world::send(door, [192, 0, 2, 9], sent).await });
        until(|| slow.arrived() == 1).await;
        world.clock.advance(DEADLINE_MS);
        let got = call.await.unwrap();
        assert_eq!((got.status, got.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, code));
        assert!(got.headers.contains_key("retry-after"));
        assert_eq!((slow.count(), other.count()), (1, 0));
    }
}
