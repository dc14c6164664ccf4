//! Who may call what.

use edge::Role;
use http::{Method, StatusCode};
use model::UserId;

use crate::world::World;

/// Every closed route and the roles it is for.
fn closed() -> Vec<(Method, &'static str, &'static [Role])> {
    const ANYBODY: &[Role] = &[Role::Buyer, Role::Staff, Role::StaffRead, Role::Service];
    const STAFF: &[Role] = &[Role::Staff];
    const LOOKING: &[Role] = &[Role::Staff, Role::StaffRead];
    const SERVICE: &[Role] = &[Role::Service];
    vec![
        (Method::POST, "/users/token", ANYBODY),
        (Method::GET, "/users/me", ANYBODY),
        (Method::PUT, "/users/me/password", ANYBODY),
        (Method::GET, "/users/me/wallet", ANYBODY),
        (Method::GET, "/addresses", ANYBODY),
        (Method::POST, "/addresses", ANYBODY),
        (Method::GET, "/addresses/61", ANYBODY),
        (Method::PUT, "/addresses/61", ANYBODY),
        (Method::DELETE, "/addresses/61", ANYBODY),
        (Method::POST, "/users/1/credit", STAFF),
        (Method::PUT, "/users/1/frozen", STAFF),
        (Method::POST, "/users/staff", STAFF),
        (Method::GET, "/staff/users", LOOKING),
        (Method::GET, "/staff/users/1", LOOKING),
        (Method::GET, "/staff/users/1/wallet", LOOKING),
        (Method::GET, "/staff/users/payments/1", LOOKING),
        (Method::GET, "/staff/users/records", LOOKING),
        (Method::POST, "/staff/users/records", STAFF),
        (Method::POST, "/wallet/debits", SERVICE),
        (Method::POST, "/wallet/debits/1/settle", SERVICE),
        (Method::POST, "/wallet/debits/settle", SERVICE),
        (Method::POST, "/wallet/refunds", SERVICE),
        (Method::POST, "/wallet/refunds/batch", SERVICE),
        (Method::GET, "/users/1/addresses/61", SERVICE),
    ]
}

#[tokio::test]
async fn closed_routes_open_to_their_roles_alone() {
    let Some(world) = World::new().await else { return };
    for (method, path, roles) in closed() {
        let (status, _) = world.send(method.clone(), path, None, None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path} without a token");
        for role in [Role::Buyer, Role::Staff, Role::StaffRead, Role::Service] {
            // A user who does not exist: an open door shows as anything but 403, and nothing is changed.
            let caller = Some((UserId(404), role));
            let (status, _) = world.send(method.clone(), path, caller, None).await;
            let refused = status == StatusCode::FORBIDDEN;
            assert_eq!(refused, !roles.contains(&role), "{method} {path} as {role:?}: {status}");
        }
    }
}

#[tokio::test]
async fn every_route_is_either_open_or_in_the_table() {
    let Some(world) = World::new().await else { return };
    let (_, api) = user::routes(world.service.clone()).split_for_parts();
    let described = serde_json::to_value(&api).unwrap();
    let operations = described["paths"].as_object().unwrap().values();
    let (mut open, mut shut) = (0, 0);
    for operation in operations.flat_map(|path| path.as_object().unwrap().values()) {
        if operation.get("security").is_some() { shut += 1 } else { open += 1 }
    }
    assert_eq!((open, shut), (2, closed().len()), "open are login and register");
}
