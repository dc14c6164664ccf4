//! Who is let in where.

use std::sync::Arc;

use api::calls::Trade;
use auth::token::{KeyRing, OwnToken};
use clock::Clock;
use http::{Method, StatusCode};
use model::OrderId;
use remote::{Clients, Http, Options};
use sandglass::up::system_rng;

use crate::town::{Town, answer, request};

/// What a process of `role` has whose keys are at `keys`.
pub(crate) fn clients(town: &Town, keys: &std::path::Path, role: &str) -> Clients {
    let (_, signer) = KeyRing::join(keys, role, &mut system_rng(), town.clock.now()).unwrap();
    Clients {
        transport: Arc::new(Http::default()),
        token: Arc::new(OwnToken::new(signer)),
        clock: Arc::new(town.clock.clone()),
        options: Options::default(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_joins_later_is_answered_at_once() {
    let town = Town::start().await;
    let late = clients(&town, &town.keys(), "latecomer").trade(&[town.url("trade").into()]).unwrap();
    assert_eq!(late.owner(OrderId(7)).await, Ok(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_from_elsewhere_is_never_answered() {
    let (town, elsewhere) = (Town::start().await, tempfile::tempdir().unwrap());
    let stranger = clients(&town, elsewhere.path(), "pay").trade(&[town.url("trade").into()]).unwrap();
    for _ in 0..3 {
        town.clock.advance(1_000);
        assert!(stranger.owner(OrderId(7)).await.is_err());
    }
}

/// Services check for themselves: whoever gets past the gateway is not let in for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_who_reaches_a_service_directly_is_still_a_buyer() {
    let town = Town::start().await;
    town.buyer("jack", 5_000).await;
    let token = town.login("jack").await;
    let order = town.order(&token).await;
    let direct = async |token: &str| {
        let url = format!("{}/orders/{order}/owner", town.url("trade"));
        answer(&Http::default(), request(Method::GET, &url, token, None)).await.0
    };
    assert_eq!(direct(&token).await, StatusCode::FORBIDDEN);
    assert_eq!(direct("").await, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_services_token_opens_nothing_at_the_gateway() {
    let town = Town::start().await;
    let clients = clients(&town, &town.keys(), "trade");
    let token = clients.token.at(town.clock.now());
    for path in ["/orders/7", "/pay-orders/biz/7", "/items/100"] {
        let (status, _) = town.call(Method::GET, path, &token, None).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["/orders/7/owner", "/stock/holds/7"] {
        let (status, _) = town.call(Method::GET, path, &token, None).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}
