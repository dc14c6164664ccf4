//! Changing a password.

use api::calls::{Debit, Users};
use auth::password::Password;
use edge::Role;
use edge::testing::principal;
use http::{Method, StatusCode};
use model::PayOrderId;
use model::pay_order::Failure;
use model::wallet::Outcome;
use serde_json::{Value, json};
use user::{DEMO_PASSWORD, Error};

use crate::world::{BCRYPT, BUYER, HOME, JACK, ORDER, START, World, debit};

async fn change(world: &World, old: &str, new: &str, key: Option<&str>) -> (StatusCode, Value) {
    let body = json!({ "old": old, "new": new });
    world.send_once(Method::PUT, "/users/me/password", BUYER, key, Some(body)).await
}

async fn logs_in(world: &World, password: &str) -> bool {
    world.service.login("jack", Password::new(password), HOME).await.is_ok()
}

#[tokio::test]
async fn the_new_password_replaces_the_old_one_everywhere_at_once() {
    let Some(world) = World::new().await else { return };
    assert_eq!(world.debit(1, ORDER, 1).await, Outcome::Debited, "which remembers the old password");
    assert_eq!(change(&world, DEMO_PASSWORD, "newer", None).await.0, StatusCode::OK);
    assert!(!logs_in(&world, DEMO_PASSWORD).await && logs_in(&world, "newer").await);
    let (other, another) = (PayOrderId(9_002), PayOrderId(9_003));
    assert_eq!(world.debit(2, other, 1).await, Outcome::Refused(Failure::WrongPassword));
    let newer = Debit { password: "newer".into(), ..debit(3, another, 1) };
    assert_eq!(world.service.debit(newer).await.unwrap(), Outcome::Debited);
}

#[tokio::test]
async fn without_the_old_password_nothing_changes_and_guessing_is_limited() {
    let Some(world) = World::new().await else { return };
    for _ in 0..5 {
        assert_eq!(change(&world, "1234", "newer", None).await.0, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(change(&world, DEMO_PASSWORD, "newer", None).await.0, StatusCode::TOO_MANY_REQUESTS);
    assert!(logs_in(&world, DEMO_PASSWORD).await);
}

#[tokio::test]
async fn a_change_repeated_under_its_key_is_done_and_costs_no_guess() {
    let Some(world) = World::new().await else { return };
    for _ in 0..10 {
        assert_eq!(change(&world, DEMO_PASSWORD, "newer", Some("k")).await.0, StatusCode::OK);
    }
    let other = change(&world, "newer", "newest", Some("k")).await;
    assert_eq!(other.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(logs_in(&world, "newer").await);
}

#[tokio::test]
async fn a_refusal_is_not_kept_under_the_key() {
    let Some(world) = World::new().await else { return };
    assert_eq!(change(&world, "1234", "newer", Some("k")).await.0, StatusCode::UNAUTHORIZED);
    world.set_password(JACK, "1234").await;
    assert_eq!(change(&world, "1234", "newer", Some("k")).await.0, StatusCode::OK);
}

#[tokio::test]
async fn of_two_changes_at_once_only_one_is_told_that_it_was_made() {
    let Some(world) = World::new().await else { return };
    let read = world.hash_of(JACK).await;
    assert_eq!(change(&world, DEMO_PASSWORD, "first", None).await.0, StatusCode::OK);
    let second = world.store.change_password(JACK, read, "second".into(), START, None).await.unwrap();
    assert_eq!(second, None, "the hash it was checked against is gone");
    let upgraded = world.store.upgrade_password(JACK, BCRYPT.into(), "upgrade".into()).await.unwrap();
    assert!(!upgraded, "an upgrade that comes late does not bring the old password back");
    assert!(logs_in(&world, "first").await);
}

#[tokio::test]
async fn a_bcrypt_hash_is_changed_like_any_other() {
    let Some(world) = World::new().await else { return };
    world.set_hash(JACK, BCRYPT).await;
    assert_eq!(change(&world, DEMO_PASSWORD, "newer", None).await.0, StatusCode::OK);
    assert!(world.hash_of(JACK).await.starts_with("$argon2id$"));
    assert!(logs_in(&world, "newer").await);
}

#[tokio::test]
async fn who_has_no_account_changes_no_password() {
    let Some(world) = World::new().await else { return };
    let nobody = principal(404, Role::Buyer);
    let (old, new) = (Password::new(DEMO_PASSWORD), Password::new("newer"));
    let changed = world.service.change_password(&nobody, old, new, HOME, None).await;
    assert!(matches!(changed, Err(Error::Unknown)));
}
