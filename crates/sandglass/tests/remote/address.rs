//! Where a client is: what the gateway says counts, what anybody else says does not.

use bytes::Bytes;
use clock::Clock;
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::Full;
use remote::Http;
use serde_json::json;

use crate::keys::clients;
use crate::town::{PASSWORD, Town, answer, client_at, request};

/// Tries to log in over `client` at `url`, with a claim of another address each time.
async fn login(client: &Http, url: &str, password: &str, claim: usize) -> StatusCode {
    answer(client, form(url, password, claim)).await.0
}

fn form(url: &str, password: &str, claim: usize) -> Request<Full<Bytes>> {
    let form = json!({ "username": "jack", "password": password });
    let mut sent = request(Method::POST, &format!("{url}/users/login"), "", Some(form));
    let claim = HeaderValue::from_str(&format!("198.51.100.{claim}")).unwrap();
    sent.headers_mut().insert("x-forwarded-for", claim);
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_count_against_the_clients_own_address() {
    let town = Town::start().await;
    town.buyer("jack", 1).await;
    let (here, there) = (client_at([127, 0, 0, 2]), client_at([127, 0, 0, 3]));
    for claim in 0..5 {
        assert_eq!(login(&here, &town.gateway, "wrong", claim).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(login(&here, &town.gateway, PASSWORD, 9).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(login(&there, &town.gateway, PASSWORD, 9).await, StatusCode::OK, "another client is another");
}

/// The tokens that may stand beside a claim, sent to `user` directly, and whether the claim counts.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_gateways_word_on_the_address_counts() {
    for (role, counts) in [(None, false), (Some("trade"), false), (Some(edge::GATEWAY), true)] {
        let town = Town::start().await;
        town.buyer("jack", 1).await;
        let token = role.map(|role| clients(&town, &town.keys(), role).token.at(town.clock.now()));
        let token = token.as_deref();
        for _ in 0..5 {
            assert_eq!(claimed(&town, token, "wrong", 1).await, StatusCode::UNAUTHORIZED);
        }
        let elsewhere = claimed(&town, token, PASSWORD, 2).await;
        let expected = if counts { StatusCode::OK } else { StatusCode::TOO_MANY_REQUESTS };
        assert_eq!(elsewhere, expected, "beside a token of {role:?}");
    }
}

/// Tries to log in at `user` itself, claiming an address beside `token`.
async fn claimed(town: &Town, token: Option<&str>, password: &str, claim: usize) -> StatusCode {
    let mut sent = form(town.url("user"), password, claim);
    if let Some(token) = token {
        sent.headers_mut().insert("x-gateway-token", HeaderValue::from_str(token).unwrap());
    }
    answer(&Http::default(), sent).await.0
}
