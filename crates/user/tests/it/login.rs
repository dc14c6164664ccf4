//! Registering, logging in, renewing.

use auth::password::Password;
use edge::Role;
use edge::testing::principal;
use http::{Method, StatusCode};
use model::Cents;
use serde_json::{Value, json};
use user::{DEMO_PASSWORD, Error};

use crate::world::{BCRYPT, ELSEWHERE, HOME, JACK, START, World};

async fn login(world: &World, username: &str, password: &str) -> (StatusCode, Value) {
    let body = json!({ "username": username, "password": password });
    world.send(Method::POST, "/users/login", None, Some(body)).await
}

async fn register(world: &World, username: &str, password: &str, key: Option<&str>) -> (StatusCode, Value) {
    let body = json!({ "username": username, "password": password });
    world.send_once(Method::POST, "/users", None, key, Some(body)).await
}

#[tokio::test]
async fn a_login_answers_who_it_is_and_a_genuine_token() {
    let Some(world) = World::new().await else { return };
    let (status, body) = login(&world, "jack", DEMO_PASSWORD).await;
    assert_eq!(status, StatusCode::OK);
    let claims = world.verifier.verify(body["token"].as_str().unwrap(), START).unwrap();
    assert_eq!((claims.sub, claims.name.as_str(), claims.role), (1, "jack", auth::token::Role::Buyer));
    let rest = json!({ "token": body["token"], "userId": "1", "username": "jack", "balance": 1_000_000 });
    assert_eq!(body, rest);
}

#[tokio::test]
async fn an_unknown_name_is_told_and_costs_the_same_as_a_wrong_password() {
    let Some(world) = World::new().await else { return };
    let wrong = login(&world, "jack", "1234").await;
    let hashes = world.passwords.full_checks();
    let unknown = login(&world, "nobody", "1234").await;
    assert_eq!(wrong.0, StatusCode::UNAUTHORIZED);
    assert_eq!(wrong, unknown);
    assert_eq!(world.passwords.full_checks(), hashes + 1, "a hash is spent on nobody too");
}

#[tokio::test]
async fn a_frozen_account_is_told_so_only_with_the_right_password() {
    let Some(world) = World::new().await else { return };
    world.freeze(JACK, true).await;
    assert_eq!(login(&world, "jack", "1234").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(login(&world, "jack", DEMO_PASSWORD).await.0, StatusCode::FORBIDDEN);
    let renewed = world.service.renew(&principal(1, Role::Buyer)).await;
    assert!(matches!(renewed, Err(Error::Frozen)), "an old token does not outlive the freeze by renewing");
    world.freeze(JACK, false).await;
    assert_eq!(login(&world, "jack", DEMO_PASSWORD).await.0, StatusCode::OK);
}

#[tokio::test]
async fn guessing_at_login_is_limited_in_any_spelling_and_does_not_lock_the_owner_out() {
    let Some(world) = World::new().await else { return };
    let attempt = |name, password, from| world.service.login(name, Password::new(password), from);
    for name in ["jack", "JACK", " jack ", "Jack", "jacK"] {
        assert!(matches!(attempt(name, "1234", ELSEWHERE).await, Err(Error::WrongLogin)));
    }
    let Err(Error::TooMany { retry_after_s }) = attempt("jAck", DEMO_PASSWORD, ELSEWHERE).await else {
        panic!("the sixth attempt was let through");
    };
    assert!(attempt("jack", DEMO_PASSWORD, HOME).await.is_ok());
    world.clock.advance(i64::try_from(retry_after_s).unwrap() * clock::SECOND);
    assert!(attempt("jack", DEMO_PASSWORD, ELSEWHERE).await.is_ok());
}

#[tokio::test]
async fn names_that_do_not_exist_are_limited_alike() {
    let Some(world) = World::new().await else { return };
    for _ in 0..5 {
        assert_eq!(login(&world, "nobody", "1234").await.0, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(login(&world, "nobody", "1234").await.0, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_bcrypt_hash_is_replaced_at_the_first_login() {
    let Some(world) = World::new().await else { return };
    world.set_hash(JACK, BCRYPT).await;
    assert_eq!(login(&world, "jack", "1234").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(world.hash_of(JACK).await, BCRYPT, "a wrong password changes nothing");
    assert_eq!(login(&world, "jack", DEMO_PASSWORD).await.0, StatusCode::OK);
    let replaced = world.hash_of(JACK).await;
    assert!(replaced.starts_with("$argon2id$"), "{replaced}");
    assert_eq!(login(&world, "jack", DEMO_PASSWORD).await.0, StatusCode::OK);
    assert_eq!(world.hash_of(JACK).await, replaced);
}

#[tokio::test]
async fn an_unreadable_hash_lets_nobody_in() {
    let Some(world) = World::new().await else { return };
    world.set_hash(JACK, "").await;
    for password in ["", DEMO_PASSWORD] {
        assert_eq!(login(&world, "jack", password).await.0, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn whoever_registers_is_a_poor_buyer_and_logged_in() {
    let Some(world) = World::new().await else { return };
    let (status, body) = register(&world, " 小明_7 ", "pass", None).await;
    assert_eq!((status, &body["username"], &body["balance"]), (StatusCode::OK, &json!("小明_7"), &json!(0)));
    let claims = world.verifier.verify(body["token"].as_str().unwrap(), START).unwrap();
    assert_eq!(claims.role, auth::token::Role::Buyer);
}

#[tokio::test]
async fn a_name_is_taken_in_any_case() {
    let Some(world) = World::new().await else { return };
    let (status, body) = register(&world, "JACK", "another", None).await;
    assert_eq!((status, &body["code"]), (StatusCode::CONFLICT, &json!("name_taken")));
    assert_eq!(login(&world, "jack", DEMO_PASSWORD).await.0, StatusCode::OK);
}

#[tokio::test]
async fn registering_again_under_one_key_is_the_same_registration() {
    let Some(world) = World::new().await else { return };
    let first = register(&world, "anna", "pass", Some("k")).await;
    world.clock.advance(1);
    let again = register(&world, "anna", "pass", Some("k")).await;
    assert_eq!((first.0, &first.1["userId"]), (StatusCode::OK, &again.1["userId"]));
    assert_eq!(register(&world, "berta", "pass", Some("k")).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.count("SELECT count(*) FROM user_users WHERE username IN ('anna', 'berta')").await, 1);
}

#[tokio::test]
async fn names_and_passwords_out_of_bounds_are_refused_by_rule() {
    let Some(world) = World::new().await else { return };
    let long = "x".repeat(33);
    for name in
        ["", "  ab  ", &long, "a\u{1}bc", "ja\u{200b}ck", "\u{202e}kcaj", "a b c", "<script>", "' OR 1=1"]
    {
        let (status, body) = register(&world, name, "pass", None).await;
        assert_eq!(
            (status, &body["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("bad_username")),
            "{name:?}"
        );
    }
    let (status, body) = register(&world, "a\u{0}bc", "pass", None).await;
    assert_eq!((status, &body["code"]), (StatusCode::BAD_REQUEST, &json!("malformed")), "no text has a NUL");
    for password in ["", "12", &"x".repeat(129)] {
        let (status, body) = register(&world, "anna", password, None).await;
        assert_eq!((status, &body["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("bad_password")));
    }
    assert_eq!(register(&world, &"x".repeat(32), &"密".repeat(128), None).await.0, StatusCode::OK);
}

#[tokio::test]
async fn hostile_logins_are_wrong_logins() {
    let Some(world) = World::new().await else { return };
    let huge = "x".repeat(200_000);
    for name in ["", "' OR '1'='1", "jack\u{0}", "%", "jack--", &huge] {
        assert_eq!(login(&world, name, DEMO_PASSWORD).await.0, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(login(&world, "jack", &huge).await.0, StatusCode::UNAUTHORIZED);
    for body in
        [json!(null), json!([]), json!({ "username": 1, "password": "x" }), json!({ "username": "jack" })]
    {
        let (status, _) = world.send(Method::POST, "/users/login", None, Some(body)).await;
        assert!(status.is_client_error() && status != StatusCode::UNAUTHORIZED, "{status}");
    }
}

#[tokio::test]
async fn seeding_again_changes_nothing_and_completes_what_was_cut_short() {
    let Some(world) = World::new().await else { return };
    let before = world.count("SELECT count(*) FROM user_entries").await;
    world.tables.execute("DELETE FROM user_addresses WHERE user_id = 2").await.unwrap();
    let hash = world.hash_of(JACK).await;
    let seed = world.service.seed_demo(Password::new("another")).await.unwrap();
    assert_eq!((seed.buyers, seed.staff), (0, None));
    assert_eq!(world.count("SELECT count(*) FROM user_entries").await, before);
    assert_eq!(world.count("SELECT count(*) FROM user_addresses").await, 4);
    assert_eq!((world.hash_of(JACK).await, world.balance(JACK).await), (hash, Cents(1_000_000)));
    assert_eq!(login(&world, "admin", "another").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(login(&world, "admin", "admin's own").await.0, StatusCode::OK);
}
