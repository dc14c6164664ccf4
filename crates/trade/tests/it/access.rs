//! Who may do what: a foreign order does not exist, and staff's doors are staff's.

use edge::Role;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{JACK, ROSE, World};

fn buyer_routes(id: impl std::fmt::Display) -> Vec<(Method, String)> {
    let own = |method: Method, tail: &str| (method, format!("/orders/{id}{tail}"));
    vec![
        own(Method::GET, ""),
        own(Method::GET, "/timeline"),
        own(Method::PUT, "/cancel"),
        own(Method::PUT, "/receive"),
        own(Method::PUT, "/review"),
    ]
}

fn staff_routes(id: impl std::fmt::Display) -> Vec<(Method, String, Option<Value>)> {
    let until = api::Time(clock::Ms(4_102_444_800_000)).text();
    let bodies = [
        ("ship", json!({"company": "Sand Post", "number": "7", "reason": "sold"})),
        ("close", json!({"reason": "why not"})),
        ("extend", json!({"until": until, "reason": "why not"})),
        ("ask", json!({"reason": "why not"})),
        ("refund", json!({"reason": "why not"})),
    ];
    let act =
        |(action, body): (&str, Value)| (Method::POST, format!("/staff/orders/{id}/{action}"), Some(body));
    bodies.into_iter().map(act).collect()
}

#[tokio::test]
async fn a_foreign_or_missing_order_is_404_on_every_buyer_route() {
    let Some(world) = World::new().await else { return };
    let id = world.paid().await;
    let told = world.told(id).await;
    for (method, path) in buyer_routes(id) {
        let answer = world.send((ROSE.0, Role::Buyer), method.clone(), &path, None, None).await;
        let missing = path.replace(&id.to_string(), "404");
        let nothing = world.send((ROSE.0, Role::Buyer), method, &missing, None, None).await;
        assert_eq!(answer.0, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer, nothing, "the answer does not tell whether it exists");
    }
    assert_eq!(world.told(id).await, told);
    let (_, list) = world.send((ROSE.0, Role::Buyer), Method::GET, "/orders", None, None).await;
    assert_eq!(list, json!({"total": 0, "pages": 0, "list": []}));
}

#[tokio::test]
async fn staff_routes_are_403_for_everybody_else() {
    let Some(world) = World::new().await else { return };
    let id = world.paid().await;
    let told = world.told(id).await;
    for (method, path, body) in staff_routes(id) {
        for role in [Role::Buyer, Role::StaffRead, Role::Service] {
            let (status, _) = world.send((JACK.0, role), method.clone(), &path, None, body.clone()).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path} {role:?}");
        }
    }
    for (role, status) in [(Role::Buyer, 403), (Role::Service, 403), (Role::StaffRead, 200)] {
        let (seen, _) = world.send((JACK.0, role), Method::GET, "/staff/orders", None, None).await;
        assert_eq!(seen.as_u16(), status);
    }
    assert_eq!(world.told(id).await, told);
}

#[tokio::test]
async fn only_services_say_that_an_order_may_be_paid() {
    let Some(world) = World::new().await else { return };
    let id = world.applied().await;
    world.till.force(id, crate::till::Payment::Paid);
    for role in [Role::Buyer, Role::StaffRead, Role::Staff] {
        let path = format!("/orders/{id}");
        let (status, _) = world.send((JACK.0, role), Method::PUT, &path, None, None).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{role:?}");
    }
    assert_eq!(world.state(id).await.code(), 1);
}

#[tokio::test]
async fn staff_and_services_see_any_order() {
    let Some(world) = World::new().await else { return };
    let id = world.order().await;
    for role in [Role::Staff, Role::StaffRead, Role::Service] {
        for path in [format!("/orders/{id}"), format!("/orders/{id}/timeline")] {
            let (status, _) = world.send((77, role), Method::GET, &path, None, None).await;
            assert_eq!(status, StatusCode::OK, "{path} {role:?}");
        }
    }
}

#[tokio::test]
async fn missing_orders_are_404_for_staff_too_and_ids_that_are_none_are_400() {
    let Some(world) = World::new().await else { return };
    for (method, path, body) in staff_routes(404) {
        let (status, _) = world.send((9, Role::Staff), method, &path, None, body).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    for role in [Role::Staff, Role::StaffRead, Role::Service] {
        for path in ["/orders/404", "/orders/404/timeline"] {
            let (status, _) = world.send((9, role), Method::GET, path, None, None).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path} {role:?}");
        }
    }
    for bad in ["0", "-1", "x", "9223372036854775808", "1%20OR%201"] {
        for (method, path) in buyer_routes(bad) {
            assert_eq!(world.jack(method, &path, None).await.0, StatusCode::BAD_REQUEST, "{path}");
        }
    }
}
