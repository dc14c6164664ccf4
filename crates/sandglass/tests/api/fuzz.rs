//! Requests made up by chance: whatever comes, the answer is a success or a problem, never a fault of ours, and a
//! refusal changed nothing.
//!
//! The other suites spoil one thing at a time. Here path, query, headers and body are spoiled together, with bytes
//! that nobody thought of.

use std::cell::RefCell;

use http::{HeaderName, HeaderValue, Uri};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::document::{Operation, operations};
use crate::mutate::junk;
use crate::samples::{encode, path};
use crate::shop::Sent;
use crate::siege::Siege;

/// How many requests are made up; each is judged by a look at all tables.
const REQUESTS: u32 = 6_000;
/// The headers that somebody reads.
const HEADERS: [&str; 13] = [
    "authorization",
    "idempotency-key",
    "traceparent",
    "x-request-id",
    "x-forwarded-for",
    "x-gateway-token",
    "user-info",
    "accept-language",
    "content-type",
    "content-length",
    "if-none-match",
    "cookie",
    "host",
];

/// Numbers at which something may be different.
const EDGES: [&str; 8] =
    ["0", "1", "-1", "201", "1000001", "2147483648", "9223372036854775807", "-9223372036854775808"];

/// What is made up about one request; it is put onto a well-formed one.
#[derive(Clone, Debug)]
struct Whim {
    operation: Index,
    path: Vec<(Index, String)>,
    query: Vec<(Index, String, String)>,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    AsItWas,
    None,
    Bytes(Vec<u8>),
    Json(Value),
    /// The well-formed one with members put in or replaced.
    With(Vec<(Index, Value)>),
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => ".{0,60}",
        1 => "[0-9]{1,22}",
        5 => select(&EDGES[..]).prop_map(str::to_owned),
        1 => r"-?[0-9]{1,3}(\.[0-9]{1,3})?(e[0-9]{1,4})?",
        1 => vec(any::<char>(), 0..8).prop_map(String::from_iter),
        1 => Just("\u{0}".to_owned()),
        1 => Just("../../users".to_owned()),
        1 => Just("%00%ff%".to_owned()),
    ]
}

/// Whatever bytes a header can have.
fn header() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![4 => 0x20..0x7f_u8, 1 => 0x80..=0xff_u8, 1 => Just(b'\t')], 0..80)
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        text().prop_map(Value::from),
        select(junk()),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::Array),
            vec((text(), inner), 0..6).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn body() -> impl Strategy<Value = Body> {
    prop_oneof![
        2 => Just(Body::AsItWas),
        1 => Just(Body::None),
        1 => vec(any::<u8>(), 0..300).prop_map(Body::Bytes),
        1 => value().prop_map(Body::Json),
        4 => vec((any::<Index>(), value()), 1..4).prop_map(Body::With),
    ]
}

fn whim() -> impl Strategy<Value = Whim> {
    let headers = vec((select(&HEADERS[..]), header()), 0..3);
    let query = vec((any::<Index>(), text(), text()), 0..3);
    let path = vec((any::<Index>(), text()), 0..2);
    (any::<Index>(), path, query, headers, body()).prop_map(|(operation, path, query, headers, body)| Whim {
        operation,
        path,
        query,
        headers,
        body,
    })
}

impl Whim {
    /// The request, if it is one that can be sent at all.
    fn sent(&self, operation: &Operation, siege: &Siege) -> Option<Sent> {
        let mut sent = self.with_body(siege.sample(operation), siege.samples.body(operation));
        sent.path = self.path(operation, siege);
        sent.path.parse::<Uri>().ok()?;
        for (name, bytes) in &self.headers {
            let value = HeaderValue::from_bytes(bytes).ok()?;
            sent.headers.append(HeaderName::from_static(name), value);
        }
        Some(sent)
    }

    fn path(&self, operation: &Operation, siege: &Siege) -> String {
        let names = operation.parameters("path");
        let mut values: Vec<_> =
            names.iter().map(|name| (*name, siege.samples.parameter(operation, name))).collect();
        for (which, text) in &self.path {
            if !values.is_empty() {
                which.get_mut(&mut values).1.clone_from(text);
            }
        }
        let known = operation.parameters("query");
        let mut path = path(operation, values);
        for (which, unknown, value) in &self.query {
            let name = if known.is_empty() { encode(unknown) } else { which.get(&known).to_string() };
            let join = if path.contains('?') { "&" } else { "?" };
            path.extend([join, name.as_str(), "=", &encode(value)]);
        }
        path
    }

    fn with_body(&self, sent: Sent, sample: Option<Value>) -> Sent {
        match &self.body {
            Body::AsItWas => sent,
            Body::None => Sent { body: Vec::new(), ..sent },
            Body::Bytes(bytes) => sent.bytes(bytes.clone()),
            Body::Json(value) => sent.json(value),
            Body::With(changes) => {
                let mut body = sample.unwrap_or_else(|| json!({}));
                for (which, value) in changes {
                    change(&mut body, *which, value);
                }
                sent.json(&body)
            }
        }
    }
}

/// Replaces one member of `body`, or all of it if it has none.
fn change(body: &mut Value, which: Index, value: &Value) {
    match body.as_object_mut() {
        Some(members) if !members.is_empty() => {
            let name = members.keys().nth(which.index(members.len())).cloned().unwrap_or_default();
            members.insert(name, value.clone());
        }
        _ => *body = value.clone(),
    }
}

#[test]
fn requests_made_up_by_chance() {
    let runtime = Runtime::new().unwrap();
    let siege = RefCell::new(runtime.block_on(Siege::start()));
    let operations = operations();
    let config = Config { cases: REQUESTS, failure_persistence: None, ..Config::default() };
    let chance = TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]);
    let judged = TestRunner::new_with_rng(config, chance).run(&whim(), |whim| {
        let operation = whim.operation.get(&operations);
        let mut siege = siege.borrow_mut();
        if let Some(sent) = whim.sent(operation, &siege) {
            runtime.block_on(siege.hit(operation, &sent));
        }
        Ok(())
    });
    judged.unwrap();
}
