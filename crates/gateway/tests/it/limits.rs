//! How many at once, and how often.

use auth::limit::Rate;
use gateway::Options;
use http::{Method, StatusCode};

use crate::world::{DEADLINE_MS, Service, Way, World, request, send, until};

#[tokio::test]
async fn one_too_many_inside_is_told_to_come_back() {
    let slow = Service::start("slow", Way::Never).await;
    let options = Options { inside_max: 3, ..Options::default() };
    let world = World::with(&[&slow.url], options).await;
    let calls: Vec<_> = (0..3)
        .map(|_| {
            let (door, sent) = (world.door.clone(), request(Method::GET, "/orders", &[]));
            tokio::spawn(async move { send(door, [192, 0, 2, 9], sent).await })
        })
        .collect();
    until(|| slow.arrived() == 3).await;
    let got = world.call(Method::GET, "/items/7").await;
    assert_eq!((got.status, got.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "overloaded"));
    assert_eq!(got.headers["retry-after"], "1");
    world.clock.advance(DEADLINE_MS);
    for call in calls {
        assert_eq!(call.await.unwrap().status, StatusCode::SERVICE_UNAVAILABLE);
    }
    assert_eq!(world.call(Method::GET, "/items/7").await.status, StatusCode::OK, "there is room again");
}

#[tokio::test]
async fn an_address_that_comes_too_often_is_told_so_and_others_are_not_bothered() {
    let trade = Service::start("trade", Way::Name).await;
    let rate = Some(Rate { burst: 3, refill_ms: 1_000 });
    let world = World::with(&[&trade.url], Options { rate, ..Options::default() }).await;
    let come = |from: [u8; 4]| {
        // Another address in a header does not make it another client.
        let sent = request(Method::GET, "/orders", &[("x-forwarded-for", "198.51.100.1")]);
        send(world.door.clone(), from, sent)
    };
    for _ in 0..3 {
        assert_eq!(come([192, 0, 2, 1]).await.status, StatusCode::OK);
    }
    let got = come([192, 0, 2, 1]).await;
    assert_eq!((got.status, got.code().as_str()), (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"));
    assert_eq!(got.headers["retry-after"], "1");
    assert_eq!(come([192, 0, 2, 2]).await.status, StatusCode::OK);
    world.clock.advance(1_000);
    assert_eq!(come([192, 0, 2, 1]).await.status, StatusCode::OK);
    assert_eq!(trade.count(), 5);
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_counts_for_itself() {
    let trade = Service::start("trade", Way::Name).await;
    let rate = Some(Rate { burst: 2, refill_ms: 1_000 });
    let world = World::with(&[&trade.url], Options { rate, ..Options::default() }).await;
    let door = edge::behind(world.door.clone(), ["10.0.0.0/8".parse().unwrap()].into_iter().collect());
    let come = async |from: [u8; 4], said: &str| {
        let sent = request(Method::GET, "/orders", &[("x-forwarded-for", said)]);
        send(door.clone(), from, sent).await.status
    };
    let proxy = [10, 0, 0, 1];
    for client in ["198.51.100.1", "198.51.100.2, 10.0.0.2", "2001:db8::7"] {
        assert_eq!(come(proxy, client).await, StatusCode::OK);
        assert_eq!(come(proxy, client).await, StatusCode::OK);
        // What the client itself wrote before that changes nothing.
        assert_eq!(come(proxy, &format!("203.0.113.9, {client}")).await, StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(
        come([192, 0, 2, 9], "198.51.100.1").await,
        StatusCode::OK,
        "a stranger's word does not count"
    );
    let seen = trade.last().headers;
    assert_eq!(seen.get_all("x-forwarded-for").iter().collect::<Vec<_>>(), ["192.0.2.9"]);
    assert_eq!(come(proxy, "203.0.113.77").await, StatusCode::OK);
    assert_eq!(trade.last().headers["x-forwarded-for"], "203.0.113.77", "services hear of the client");
}
