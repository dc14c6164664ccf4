//! What services do with each other is nobody else's.

use http::{Method, StatusCode};

use crate::world::{World, filled, is_service_only, operations, request};

#[tokio::test]
async fn operations_for_services_do_not_exist_out_here_whoever_asks() {
    let world = World::start().await;
    let mut checked = 0;
    for (method, path, about) in operations() {
        if !is_service_only(&about) {
            continue;
        }
        checked += 1;
        for root in ["", "/api"] {
            for token in ["", "staff", "service"] {
                let path = format!("{root}{}", filled(&path));
                let got = world.send(request(method.clone(), &path, &[("authorization", token)])).await;
                assert_eq!(got.status, StatusCode::NOT_FOUND, "{method} {path} as {token}");
            }
        }
    }
    assert!(checked >= 19, "only {checked} operations are for services");
    assert!(world.others.iter().all(|(_, service)| service.count() == 0));
}

/// Other spellings of the same path do not get past it either.
#[tokio::test]
async fn no_spelling_of_a_path_leads_around() {
    let world = World::start().await;
    let asked = [
        (Method::POST, "/pay-orders/biz/%63lose"),
        (Method::POST, "/pay-orders/b%69z/7/close"),
        (Method::POST, "/stock/holds/"),
        (Method::POST, "/stock//holds"),
        (Method::POST, "/%73tock/holds"),
        (Method::POST, "/items/../stock/holds"),
        (Method::POST, "/items/%2e%2e/stock/holds"),
        (Method::POST, "/orders/fates/"),
        (Method::POST, "/API/orders/fates"),
        (Method::PUT, "/orders/7?x=/cancel"),
    ];
    for (method, path) in asked {
        let got = world.call(method.clone(), path).await;
        assert!(got.status.is_client_error(), "{method} {path}: {got:?}");
    }
    assert!(world.others.iter().all(|(_, service)| service.count() == 0));
}

#[tokio::test]
async fn a_services_token_opens_nothing_out_here() {
    let world = World::start().await;
    for token in ["service", "Bearer service"] {
        for path in ["/orders/7", "/items/7", "/pay-orders/biz/7"] {
            let got = world.send(request(Method::GET, path, &[("authorization", token)])).await;
            assert_eq!(got.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    assert!(world.others.iter().all(|(_, service)| service.count() == 0));
}

/// The process that serves pages may ask how orders stand, and is believed where its visitors are; its token opens
/// nothing else, and nobody else's opens that.
#[tokio::test]
async fn the_pages_token_opens_the_looks_that_are_for_pages_and_nothing_else() {
    let world = World::start().await;
    let headers = [("authorization", "web"), ("x-gateway-token", "web"), ("x-forwarded-for", "192.0.2.7")];
    for (method, path, about) in operations() {
        let for_pages = about["x-for-web"] == true;
        let got = world.send(request(method.clone(), &filled(&path), &headers)).await;
        let expected = match (for_pages, is_service_only(&about)) {
            (true, _) => StatusCode::OK,
            (false, true) => StatusCode::NOT_FOUND,
            (false, false) => StatusCode::FORBIDDEN,
        };
        assert_eq!(got.status, expected, "{method} {path}");
    }
    let asked = &world.service("trade");
    assert_eq!(asked.count(), 1);
    assert_eq!(asked.last().headers["x-forwarded-for"], "192.0.2.7");
}

/// Whether a bad token matters is for the service to say: open routes do not look at it.
#[tokio::test]
async fn other_tokens_good_or_bad_go_on_as_they_are() {
    let world = World::start().await;
    for token in ["buyer", "staff", "forged", "null", "Bearer buyer"] {
        let got = world.send(request(Method::GET, "/orders/7", &[("authorization", token)])).await;
        assert_eq!(got.status, StatusCode::OK);
        assert_eq!(world.service("trade").last().headers["authorization"], token);
    }
}
