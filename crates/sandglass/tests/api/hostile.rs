//! Input that should not be: always refused as a problem, never a fault of ours, and nothing changed.

use http::{Method, StatusCode};
use serde_json::json;

use crate::access::Access;
use crate::document::{Operation, operations};
use crate::mutate::{Chance, spoiled, wrong_bodies};
use crate::samples::{encode, path};
use crate::shop::Sent;
use crate::siege::Siege;

const IDS: [&str; 9] =
    ["0", "-1", "abc", "1e3", "9223372036854775808", "1.0", "٣订单", "'; DROP TABLE--", " 1"];
const QUERIES: [&str; 9] = [
    "",
    "-1",
    "abc",
    "1e3",
    "9223372036854775808",
    "18446744073709551616",
    "'; DROP TABLE--",
    "\u{0}",
    "NaN",
];
/// Where providers' notices come in. They are keyed by what they are about, and read only after channel and signature
/// were found to be right.
const SIGNED: &str = "/pay-orders/notices/{channel}";
/// Above the 256 KiB that a body may have.
const TOO_LARGE: usize = 300 * 1_024;
const SEED: u64 = 42;
const ROUNDS: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn ids_that_are_none() {
    let mut siege = Siege::start().await;
    let long = "7".repeat(10_000);
    for operation in operations() {
        let names = operation.parameters("path");
        for bad in &names {
            for id in IDS.into_iter().chain([long.as_str()]) {
                let fill = |name: &&'static str| {
                    let good = siege.samples.parameter(&operation, name);
                    (*name, if name == bad { id.to_owned() } else { good })
                };
                let sent =
                    Sent { path: path(&operation, names.iter().map(fill)), ..siege.sample(&operation) };
                siege.refused(&operation, &sent).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_that_make_no_sense() {
    let mut siege = Siege::start().await;
    let long = "a".repeat(5_000);
    for operation in operations() {
        for name in operation.parameters("query") {
            for value in QUERIES.into_iter().chain([long.as_str()]) {
                let mut sent = siege.sample(&operation);
                let bare = sent.path.split('?').next().unwrap().to_owned();
                sent.path = format!("{bare}?{name}={}", encode(value));
                let got = siege.hit(&operation, &sent).await;
                let number = ["pageNo", "pageSize", "status", "minPrice", "userId"].contains(&name);
                let allowed = !number || value.is_empty() || (name == "minPrice" && value == "-1");
                assert!(allowed || got.status == StatusCode::BAD_REQUEST, "{name}={value}: {got:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_none() {
    let mut siege = Siege::start().await;
    for operation in operations() {
        let Some(sample) = siege.samples.body(&operation) else { continue };
        let well_formed = siege.sample(&operation);
        for body in wrong_bodies(&sample) {
            let status = siege.refused(&operation, &well_formed.clone().bytes(body)).await;
            let right = matches!(status.as_u16(), 400 | 422) || (operation.path == SIGNED && status == 404);
            assert!(right, "{}: {status}", operation.name());
        }
        let large = well_formed.clone().bytes(vec![b' '; TOO_LARGE]);
        assert_eq!(siege.refused(&operation, &large).await, StatusCode::PAYLOAD_TOO_LARGE);
        if operation.path == SIGNED {
            continue;
        }
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application", ""] {
            let other = well_formed.clone().header("content-type", kind.as_bytes());
            assert_eq!(siege.refused(&operation, &other).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_spoiled_in_one_place() {
    let mut siege = Siege::start().await;
    for operation in operations() {
        let Some(sample) = siege.samples.body(&operation) else { continue };
        let well_formed = siege.sample(&operation);
        for body in spoiled(&sample) {
            siege.hit(&operation, &well_formed.clone().json(&body)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_spoiled_by_chance() {
    let mut siege = Siege::start().await;
    let mut chance = Chance(SEED);
    for operation in operations() {
        let Some(sample) = siege.samples.body(&operation) else { continue };
        let well_formed = siege.sample(&operation);
        for _ in 0..ROUNDS {
            let body = chance.spoil(&sample);
            siege.hit(&operation, &well_formed.clone().json(&body)).await;
            let bytes = chance.garble(sample.to_string().into_bytes());
            siege.hit(&operation, &well_formed.clone().bytes(bytes)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn idempotency_keys_that_are_none() {
    let mut siege = Siege::start().await;
    for operation in operations().iter().filter(|operation| takes_key(operation)) {
        for key in ["".as_bytes(), &[b'k'; 129], "schlüssel".as_bytes()] {
            let sent = siege.sample(operation).header("idempotency-key", key);
            assert_eq!(
                siege.refused(operation, &sent).await,
                StatusCode::BAD_REQUEST,
                "{}",
                operation.name()
            );
        }
    }
}

/// Calls of services are keyed by what they are about; logging in and searching change nothing.
fn takes_key(operation: &Operation) -> bool {
    let changes = operation.method() != Method::GET;
    let exempt = ["/users/login", "/users/token", "/search/filters", SIGNED].contains(&operation.path);
    changes && !exempt && Access::of(operation) != Access::Service
}

/// Money is never made by asking for less than nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_negative_amount_is_no_debit_and_no_refund() {
    let mut siege = Siege::start().await;
    for operation in operations().iter().filter(|operation| operation.path.starts_with("/wallet")) {
        let Some(mut body) = siege.samples.body(operation) else { continue };
        if body.get("amount").is_some() {
            body["amount"] = json!(-1_000);
            let sent = siege.sample(operation).json(&body);
            assert_eq!(
                siege.refused(operation, &sent).await,
                StatusCode::BAD_REQUEST,
                "{}",
                operation.name()
            );
        }
    }
}
