//! What a visitor may do only so often, and that it is counted where the visitor is, not where the pages are.

use std::net::SocketAddr;

use axum::Extension;
use axum::extract::ConnectInfo;
use http::StatusCode;

use crate::reader::{Reader, Seen};
use crate::world::{PASSWORD, World};

/// Wrong passwords for one account that one address may try at once.
const TRIES: usize = 5;

/// A visitor at `address`, who comes by way of the proxy that the shop trusts.
fn visitor(world: &World, address: &str) -> Reader {
    let proxy: SocketAddr = "127.0.0.1:9".parse().unwrap();
    let mut reader = Reader::new(world.door.clone().layer(Extension(ConnectInfo(proxy))));
    reader.headers.push(("x-forwarded-for", address.into()));
    reader
}

async fn try_to_log_in(reader: &mut Reader, password: &str) -> Seen {
    let form = reader.look("/shop/login").await.ok();
    reader.submit(&form, "/shop/login", &[("username", "jack"), ("password", password)]).await
}

#[tokio::test]
async fn whoever_guesses_passwords_is_stopped_and_the_owner_elsewhere_is_not() {
    let world = World::start_with(&[("trusted_proxies", "127.0.0.1/32")]).await;
    let mut guesser = visitor(&world, "198.51.100.7");
    for _ in 0..TRIES {
        assert_eq!(try_to_log_in(&mut guesser, "no").await.status, StatusCode::UNAUTHORIZED);
    }
    let refused = try_to_log_in(&mut guesser, PASSWORD).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "even if the guess is right");
    assert!(refused.shows("role=\"alert\"") && refused.shows("value=\"jack\""), "{}", refused.text);
    let mut owner = visitor(&world, "198.51.100.8");
    assert_eq!(try_to_log_in(&mut owner, PASSWORD).await.location(), "/shop");
    world.clock.advance(13 * clock::SECOND);
    assert_eq!(
        try_to_log_in(&mut guesser, PASSWORD).await.location(),
        "/shop",
        "a while later it may try again"
    );
}
