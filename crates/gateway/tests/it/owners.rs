//! Every operation there is reaches the service it belongs to.

use gateway::Owner;
use http::{Method, StatusCode};

use crate::world::{World, filled, is_service_only, operations};

/// The table of paths and the services' own description agree.
#[test]
fn every_operation_has_the_owner_its_description_names() {
    for (method, path, about) in operations() {
        let owner = Owner::of(&path).map(Owner::name);
        assert_eq!(owner, about["tags"][0].as_str(), "{method} {path}");
    }
}

#[tokio::test]
async fn every_public_operation_is_forwarded_to_its_owner_under_both_roots() {
    let world = World::start().await;
    for (method, path, about) in operations() {
        if is_service_only(&about) {
            continue;
        }
        let owner = about["tags"][0].as_str().unwrap();
        let path = filled(&path);
        for root in ["", "/api"] {
            let got = world.call(method.clone(), &format!("{root}{path}?a=%201")).await;
            assert_eq!((got.status, got.body.as_str()), (StatusCode::OK, owner), "{method} {root}{path}");
            assert_eq!(world.service(owner).last().line, format!("{method} {path}?a=%201"));
        }
    }
}

#[tokio::test]
async fn the_description_and_its_page_are_the_gateways_own() {
    let world = World::start().await;
    let got = world.call(Method::GET, "/openapi.json").await;
    assert_eq!(got.json()["info"]["title"], "Sandglass");
    let got = world.call(Method::GET, "/docs").await;
    assert!(got.status == StatusCode::OK && got.body.contains("/pay-orders/{id}"));
    assert!(world.others.iter().all(|(_, service)| service.count() == 0));
}

#[tokio::test]
async fn what_is_not_described_does_not_exist() {
    let world = World::start().await;
    for path in ["/nothing", "/orders/7/nothing", "/api/api/orders", "/healthz", "/metrics", "//orders"] {
        let got = world.call(Method::GET, path).await;
        assert_eq!((got.status, got.code().as_str()), (StatusCode::NOT_FOUND, "not_found"), "{path}");
    }
    assert_eq!(world.call(Method::PATCH, "/orders").await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(world.others.iter().all(|(_, service)| service.count() == 0));
}
