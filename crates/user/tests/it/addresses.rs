//! Addresses: one's own, a bounded number, one default.

use api::calls::Users;
use edge::Role;
use http::{Method, StatusCode};
use model::{AddressId, UserId};
use serde_json::{Value, json};

use crate::world::{BUYER, JACK, ROSE, World};

const OF_ROSE: Option<(UserId, Role)> = Some((ROSE, Role::Buyer));

fn address(street: &str, is_default: bool) -> Value {
    json!({ "street": street, "contact": "Jack", "mobile": "13800000000", "isDefault": is_default })
}

async fn add(world: &World, street: &str, is_default: bool) -> String {
    let (status, id) = world.send(Method::POST, "/addresses", BUYER, Some(address(street, is_default))).await;
    assert_eq!(status, StatusCode::OK, "{id}");
    id.as_str().unwrap().to_owned()
}

async fn defaults(world: &World) -> Vec<String> {
    let (_, list) = world.send(Method::GET, "/addresses", BUYER, None).await;
    let defaults = list.as_array().unwrap().iter().filter(|address| address["isDefault"] == true);
    defaults.map(|address| address["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_demo_address_is_there_in_the_contracts_form() {
    let Some(world) = World::new().await else { return };
    let (status, body) = world.send(Method::GET, "/addresses/61", BUYER, None).await;
    let expected = json!({
        "id": "61", "province": "", "city": "上海 Shanghai", "town": "", "mobile": "13800000001",
        "street": "Lantern Lane 7", "contact": "jack", "isDefault": true, "notes": "",
    });
    assert_eq!((status, body), (StatusCode::OK, expected));
}

#[tokio::test]
async fn addresses_are_kept_changed_and_deleted() {
    let Some(world) = World::new().await else { return };
    let id = add(&world, "Mill Road 1", false).await;
    let path = format!("/addresses/{id}");
    let changed = world.send(Method::PUT, &path, BUYER, Some(address("Mill Road 2", false))).await;
    assert_eq!(changed.0, StatusCode::OK);
    let (_, body) = world.send(Method::GET, &path, BUYER, None).await;
    assert_eq!((&body["street"], &body["id"]), (&json!("Mill Road 2"), &json!(id)));
    assert_eq!(world.send(Method::DELETE, &path, BUYER, None).await.0, StatusCode::OK);
    assert_eq!(world.send(Method::GET, &path, BUYER, None).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn anothers_address_is_missing_and_stays_as_it_is() {
    let Some(world) = World::new().await else { return };
    let before = Users::address(&world.service, JACK, AddressId(61)).await.unwrap();
    let hostile = address("Thief's Den", true);
    for (method, body) in [(Method::GET, None), (Method::PUT, Some(hostile)), (Method::DELETE, None)] {
        let (status, _) = world.send(method, "/addresses/61", OF_ROSE, body).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    assert_eq!(Users::address(&world.service, JACK, AddressId(61)).await.unwrap(), before);
    assert_eq!(Users::address(&world.service, ROSE, AddressId(61)).await.unwrap(), None);
    let (_, own) = world.send(Method::GET, "/addresses/62", OF_ROSE, None).await;
    assert_eq!(own["isDefault"], true, "the vain attempt has not cost rose her own default");
}

#[tokio::test]
async fn the_id_in_the_body_is_not_believed() {
    let Some(world) = World::new().await else { return };
    let mut forged = address("Thief's Den", false);
    forged["id"] = json!("61");
    let (status, id) = world.send(Method::POST, "/addresses", OF_ROSE, Some(forged.clone())).await;
    assert_eq!(status, StatusCode::OK);
    assert_ne!(id, "61");
    assert_eq!(world.send(Method::PUT, "/addresses/62", OF_ROSE, Some(forged)).await.0, StatusCode::OK);
    let (_, of_jack) = world.send(Method::GET, "/addresses/61", BUYER, None).await;
    assert_eq!(of_jack["street"], "Lantern Lane 7");
}

#[tokio::test]
async fn a_new_default_takes_the_place_of_the_old_one() {
    let Some(world) = World::new().await else { return };
    assert_eq!(defaults(&world).await, ["61"]);
    let id = add(&world, "Mill Road 1", true).await;
    assert_eq!(defaults(&world).await, [id]);
    world.send(Method::PUT, "/addresses/61", BUYER, Some(address("Lantern Lane 7", true))).await;
    assert_eq!(defaults(&world).await, ["61"]);
    let forced = world.tables.execute("UPDATE user_addresses SET is_default = true").await;
    assert!(forced.is_err(), "the database itself refuses a second default");
}

#[tokio::test]
async fn the_number_kept_is_bounded() {
    let Some(world) = World::new().await else { return };
    add(&world, "Mill Road 1", false).await;
    let last = add(&world, "Mill Road 2", false).await;
    let (status, body) =
        world.send(Method::POST, "/addresses", BUYER, Some(address("One more", false))).await;
    assert_eq!((status, &body["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("too_many_addresses")));
    world.send(Method::DELETE, &format!("/addresses/{last}"), BUYER, None).await;
    add(&world, "One more", false).await;
}

#[tokio::test]
async fn writes_under_one_key_happen_once() {
    let Some(world) = World::new().await else { return };
    let new = || Some(address("Mill Road 1", false));
    let first = world.send_once(Method::POST, "/addresses", BUYER, Some("a"), new()).await;
    let again = world.send_once(Method::POST, "/addresses", BUYER, Some("a"), new()).await;
    assert_eq!(first, again);
    let other = world.send_once(Method::POST, "/addresses", BUYER, Some("a"), Some(address("x", true))).await;
    assert_eq!(other.0, StatusCode::UNPROCESSABLE_ENTITY);
    for _ in 0..2 {
        let deleted = world.send_once(Method::DELETE, "/addresses/61", BUYER, Some("d"), None).await;
        assert_eq!(deleted.0, StatusCode::OK, "repeated, it is as done as before");
    }
    assert_eq!(world.send(Method::DELETE, "/addresses/61", BUYER, None).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_no_address_is_refused() {
    let Some(world) = World::new().await else { return };
    for (field, value) in [("street", ""), ("contact", "  "), ("mobile", ""), ("notes", &"x".repeat(201))] {
        let mut bad = address("Mill Road 1", false);
        bad[field] = json!(value);
        let (status, body) = world.send(Method::POST, "/addresses", BUYER, Some(bad)).await;
        assert_eq!(
            (status, &body["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("bad_address")),
            "{field}"
        );
    }
    for path in ["/addresses/0", "/addresses/-1", "/addresses/9223372036854775808", "/addresses/x"] {
        assert_eq!(world.send(Method::GET, path, BUYER, None).await.0, StatusCode::BAD_REQUEST, "{path}");
    }
}
