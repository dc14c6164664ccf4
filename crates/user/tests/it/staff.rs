//! What staff do to accounts: bounded, once per key, and recorded.

use engine::Once;
use http::{Method, StatusCode};
use model::{Cents, UserId};
use serde_json::{Value, json};
use user::Error;
use user::store::{By, Credited};

use crate::world::{ADMIN, BUYER, JACK, ORDER, RICH, ROSE, STAFF, START, World, key};

fn by() -> By {
    By { user: ADMIN, reason: "goodwill".into(), at: START }
}

async fn credit(world: &World, path: &str, amount: i64, key: Option<&str>) -> (StatusCode, Value) {
    let body = json!({ "amount": amount, "reason": "goodwill" });
    world.send_once(Method::POST, path, STAFF, key, Some(body)).await
}

#[tokio::test]
async fn a_credit_adds_an_entry_that_says_why() {
    let Some(world) = World::new().await else { return };
    let answer = credit(&world, "/users/1/credit", 500, None).await;
    assert_eq!(answer, (StatusCode::OK, json!({ "balance": RICH.0 + 500 })));
    let (status, page) = world.send(Method::GET, "/users/me/wallet?pageSize=1", BUYER, None).await;
    assert_eq!((status, &page["total"], &page["pages"]), (StatusCode::OK, &json!(2), &json!(2)));
    let newest = &page["list"][0];
    assert_eq!(
        (&newest["kind"], &newest["amount"], &newest["balance"], &newest["reason"]),
        (&json!("credit"), &json!(500), &json!(RICH.0 + 500), &json!("goodwill"))
    );
}

#[tokio::test]
async fn a_credit_under_one_key_happens_once_and_only_for_its_body() {
    let Some(world) = World::new().await else { return };
    let first = credit(&world, "/users/1/credit", 500, Some("k")).await;
    assert_eq!(credit(&world, "/users/1/credit", 500, Some("k")).await, first);
    assert_eq!(credit(&world, "/users/1/credit", 501, Some("k")).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(credit(&world, "/users/2/credit", 500, Some("k")).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!((world.balance(JACK).await, world.balance(ROSE).await), (Cents(RICH.0 + 500), RICH));
}

#[tokio::test]
async fn a_refused_credit_is_remembered_like_a_granted_one() {
    let Some(world) = World::new().await else { return };
    let nobody = UserId(404);
    for _ in 0..2 {
        let once = world.store.credit(nobody, Cents(1), by(), Some(key("k", 1))).await.unwrap();
        assert_eq!(once, Once::Outcome(Credited::UnknownUser));
    }
    assert_eq!(
        world.count("SELECT count(*) FROM user_records").await,
        world.count("SELECT count(*) FROM user_entries").await
    );
}

#[tokio::test]
async fn amounts_out_of_bounds_are_refused() {
    let Some(world) = World::new().await else { return };
    for amount in [0, -1, i64::MIN, 1_000_000_000_001, i64::MAX] {
        let (status, body) = credit(&world, "/users/1/credit", amount, None).await;
        assert_eq!(
            (status, &body["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("bad_amount")),
            "{amount}"
        );
    }
    for hostile in [json!("500"), json!(1.5), json!(1e300), json!(null)] {
        let body = json!({ "amount": hostile, "reason": "goodwill" });
        let (status, _) = world.send(Method::POST, "/users/1/credit", STAFF, Some(body)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{hostile}");
    }
    assert_eq!(credit(&world, "/users/404/credit", 1, None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(world.balance(JACK).await, RICH);
}

#[tokio::test]
async fn a_full_wallet_takes_no_more_and_sums_over_all_still_fit() {
    let Some(world) = World::new().await else { return };
    for user in [JACK, ROSE, UserId(3), UserId(4)] {
        world.fill(user).await;
    }
    assert!(matches!(world.service.credit(JACK, Cents(1), by(), None).await, Err(Error::Rule(..))));
    assert!(world.count("SELECT CAST(sum(balance) AS BIGINT) FROM user_users").await > 0);
}

#[tokio::test]
async fn freezing_needs_a_reason_and_is_recorded() {
    let Some(world) = World::new().await else { return };
    let freeze = |reason: String| {
        let body = json!({ "frozen": true, "reason": reason });
        world.send(Method::PUT, "/users/1/frozen", STAFF, Some(body))
    };
    for reason in [String::new(), "  ".into(), "x".repeat(201)] {
        assert_eq!(freeze(reason).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert!(!world.store.by_id(JACK).await.unwrap().unwrap().frozen);
    assert_eq!(freeze("fraud".into()).await.0, StatusCode::OK);
    assert!(world.store.by_id(JACK).await.unwrap().unwrap().frozen);
    let recorded = "SELECT count(*) FROM user_records
                    WHERE user_id = 1 AND by_user = 1000 AND action = 'freeze' AND reason = 'fraud'";
    assert_eq!(world.count(recorded).await, 1);
    assert_ne!(world.debit(1, ORDER, 1).await, model::wallet::Outcome::Debited);
}

#[tokio::test]
async fn hiring_makes_staff_of_the_wanted_role_and_is_recorded() {
    let Some(world) = World::new().await else { return };
    for (name, role) in [("clerk", "staff"), ("looker", "staff-read")] {
        let body = json!({ "username": name, "password": "pass", "role": role });
        assert_eq!(world.send(Method::POST, "/users/staff", STAFF, Some(body)).await.0, StatusCode::OK);
        let (_, page) = world.send(Method::GET, &format!("/staff/users?key={name}"), STAFF, None).await;
        assert_eq!((&page["total"], &page["list"][0]["role"]), (&json!(1), &json!(role)));
    }
    let hired = "SELECT count(*) FROM user_records WHERE action = 'hire' AND by_user = 1000";
    assert_eq!(world.count(hired).await, 2);
    for role in ["buyer", "service", "Staff", ""] {
        let body = json!({ "username": "third", "password": "pass", "role": role });
        assert_eq!(
            world.send(Method::POST, "/users/staff", STAFF, Some(body)).await.0,
            StatusCode::BAD_REQUEST
        );
    }
}

#[tokio::test]
async fn users_are_found_by_the_start_of_their_name_whatever_it_holds() {
    let Some(world) = World::new().await else { return };
    for (key, total) in [("", 5), ("J", 1), ("jack", 1), ("jackx", 0), ("%25", 0), ("_", 0), ("'", 0)] {
        let (status, page) = world.send(Method::GET, &format!("/staff/users?key={key}"), STAFF, None).await;
        assert_eq!((status, &page["total"]), (StatusCode::OK, &json!(total)), "{key}");
        assert!(!page.to_string().contains("argon2"), "no hash leaves the service");
    }
}
