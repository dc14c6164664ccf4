//! Whatever is no well-signed, well-formed success is no answer.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use clock::ManualClock;
use pay::channel::{BillStatus, Channel};
use provider::Switches;
use provider::sign::{ANSWER, NONCE, Signed, TIMESTAMP};
use provider::wire::Envelope;

use crate::world::{DEADLINE_MS, ID, NOW, World, channel, key, serve};

/// A channel to something that answers every request so.
async fn against<F>(answer: F) -> provider::Sandbox
where
    F: Fn(&Request) -> Response<Body> + Clone + Send + Sync + 'static,
{
    let router = Router::new().fallback(move |request: Request| {
        let response = answer(&request);
        async move { Ok::<_, Infallible>(response) }
    });
    channel(&serve(router).await, key(), &ManualClock::at(NOW))
}

/// A payload as the provider would sign it for this request.
fn signed(request: &Request, payload: &str) -> Response<Body> {
    let text = |name| request.headers()[name].to_str().unwrap();
    let at = clock::Ms(text(TIMESTAMP).parse().unwrap());
    let path = request.uri().path();
    let signed = Signed { method: ANSWER, path, at, nonce: text(NONCE), body: payload.as_bytes() };
    let envelope = Envelope { payload: payload.to_owned(), signature: key().sign(signed) };
    axum::Json(envelope).into_response()
}

const OPEN: &str = r#"{"id":"7","status":"open","amount":2500,"url":"u"}"#;

#[tokio::test]
async fn a_signed_answer_is_one() {
    let right = against(|request| signed(request, OPEN)).await;
    assert_eq!(right.query(ID).await, Ok(BillStatus::Open { url: "u".into() }));
}

#[tokio::test]
async fn what_is_not_signed_for_this_request_is_no_answer() {
    let unsigned =
        against(|_| axum::Json(Envelope { payload: OPEN.into(), signature: String::new() }).into_response());
    assert!(unsigned.await.query(ID).await.is_err());
    // An answer to another request, such as one recorded before.
    let old = against(|request| {
        let at = clock::Ms(request.headers()[TIMESTAMP].to_str().unwrap().parse().unwrap());
        let path = request.uri().path();
        let signed = Signed { method: ANSWER, path, at, nonce: "another", body: OPEN.as_bytes() };
        axum::Json(Envelope { payload: OPEN.into(), signature: key().sign(signed) }).into_response()
    });
    assert!(old.await.query(ID).await.is_err());
}

#[tokio::test]
async fn what_cannot_be_understood_is_no_answer() {
    for payload in ["", "{}", "[]", r#"{"id":"8","status":"paid","amount":2500,"url":""}"#] {
        let channel = against(move |request| signed(request, payload)).await;
        assert!(channel.query(ID).await.is_err(), "{payload}");
    }
    for status in [StatusCode::NOT_FOUND, StatusCode::UNAUTHORIZED, StatusCode::BAD_GATEWAY] {
        let channel = against(move |request| {
            let mut response = signed(request, OPEN);
            *response.status_mut() = status;
            response
        });
        assert!(channel.await.query(ID).await.is_err(), "{status}");
    }
}

#[tokio::test]
async fn a_large_answer_and_one_that_is_cut_off_are_none() {
    let large = against(|request| {
        let url = "u".repeat(70_000);
        signed(request, &format!(r#"{{"id":"7","status":"open","amount":2500,"url":"{url}"}}"#))
    });
    assert!(large.await.query(ID).await.is_err());
    let cut = against(|request| {
        let mut response = signed(request, OPEN);
        response.headers_mut().insert("content-length", "9999".parse().unwrap());
        response
    });
    assert!(cut.await.query(ID).await.is_err());
}

#[tokio::test]
async fn nobody_there_and_an_answer_that_takes_too_long_are_none() {
    let nobody = channel("http://127.0.0.1:1", key(), &ManualClock::at(NOW));
    assert!(nobody.query(ID).await.is_err());
    let world = World::made().await;
    world.provider.set(Switches { answer_late_ms: 10 * DEADLINE_MS, ..Switches::default() });
    let clock = world.clock.clone();
    let passing = async move {
        for _ in 0..2 * DEADLINE_MS {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            clock.advance(1);
        }
    };
    let answer = tokio::select! {
        answer = world.channel.query(ID) => answer,
        () = passing => panic!("it waits for ever"),
    };
    assert!(answer.is_err());
}
