//! Where a client is when a proxy stands in front of the shop.

use std::net::SocketAddr;
use std::sync::Arc;

use auth::password::Password;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use clock::SystemClock;
use engine::testing::PgDatabase;
use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};
use sandglass::config::{Config, Layers};
use sandglass::shop::cluster::{self, Calls};
use sandglass::shop::{Role, Shop};
use sandglass::up::system_rng;
use serde_json::json;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::world::PASSWORD;
use crate::world::told::skipped_on_a_cluster;

/// Why these do not run on several processes.
const OWN_SHOP: &str = "it has a shop with proxies of its own";

const PROXY: [u8; 4] = [10, 0, 0, 1];
const STRANGER: [u8; 4] = [192, 0, 2, 1];

fn config(dir: &TempDir, database: &str) -> Config {
    let layers = Layers::defaults()
        .set("data", &dir.path().display().to_string())
        .set("trusted_proxies", "10.0.0.0/8")
        .set("database", database)
        .set("database_connections", "2");
    layers.config().unwrap()
}

/// The door of `shop`, in which there is a user.
async fn door(shop: &Shop) -> Router {
    shop.users().unwrap().register("jack", Password::new(PASSWORD), None).await.unwrap();
    shop.door()
}

async fn login(door: &Router, peer: [u8; 4], claim: &str, password: &str) -> StatusCode {
    let form = json!({ "username": "jack", "password": password }).to_string();
    let sent = Request::post("/users/login").header(CONTENT_TYPE, "application/json");
    let mut sent = sent.header("x-forwarded-for", claim).body(Body::from(form)).unwrap();
    sent.extensions_mut().insert(ConnectInfo(SocketAddr::from((peer, 4_711))));
    door.clone().oneshot(sent).await.unwrap().status()
}

/// Guesses from `peer`, for one client; answers whether another client of the same peer can still log in.
async fn others_may(door: &Router, peer: [u8; 4]) -> bool {
    for _ in 0..5 {
        assert_eq!(login(door, peer, "198.51.100.1", "wrong").await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(login(door, peer, "198.51.100.1", PASSWORD).await, StatusCode::TOO_MANY_REQUESTS);
    login(door, peer, "198.51.100.2", PASSWORD).await == StatusCode::OK
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_believes_its_proxies_and_nobody_else() {
    if skipped_on_a_cluster("one_process_believes_its_proxies_and_nobody_else", OWN_SHOP) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let shop = Shop::open(config(&dir, ""), Arc::new(SystemClock), &mut system_rng()).await.unwrap();
    let door = door(&shop).await;
    assert!(others_may(&door, PROXY).await);
    assert!(!others_may(&door, STRANGER).await);
}

/// Whoever reaches a service directly is no client: the gateway says where those are.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_among_others_believes_no_proxy() {
    let name = "a_service_among_others_believes_no_proxy";
    if skipped_on_a_cluster(name, OWN_SHOP) {
        return;
    }
    let Some(database) = PgDatabase::create(name).await else { return };
    let dir = tempfile::tempdir().unwrap();
    let config = config(&dir, database.url());
    cluster::bring_up_to_date(&config, &[Role::User]).await.unwrap();
    let clock = Arc::new(SystemClock);
    let shop = cluster::open(config, &[Role::User], Calls::Direct, clock, &mut system_rng()).await.unwrap();
    assert!(!others_may(&door(&shop).await, PROXY).await);
}
