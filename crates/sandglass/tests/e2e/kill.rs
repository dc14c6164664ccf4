//! A real process, killed for real.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use crate::data::CHOICE;
use crate::world::until;

const BINARY: &str = env!("CARGO_BIN_EXE_sandglass");

/// The program, not told what only tests are told.
pub(crate) fn program() -> Command {
    let mut program = Command::new(BINARY);
    program.env_remove(CHOICE);
    program
}

/// A running `sandglass up`; killed when dropped.
struct Up {
    child: Child,
    url: String,
}

impl Up {
    fn start(data: &Path) -> Self {
        let mut child = program()
            .args(["up", "--demo", "--listen", "127.0.0.1:0", "--payment-window", "2s", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let url =
            first.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{first:?}")).to_owned();
        Self { child, url }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Jack {
    http: Client<HttpConnector, Full<Bytes>>,
    url: String,
    token: String,
}

impl Jack {
    async fn at(url: &str) -> Self {
        let http = Client::builder(TokioExecutor::new()).build_http();
        let jack = Self { http, url: url.to_owned(), token: String::new() };
        let (_, session) = jack
            .call(Method::POST, "/users/login", Some(json!({ "username": "jack", "password": "123" })))
            .await;
        Self { token: session["token"].as_str().unwrap().to_owned(), ..jack }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header(AUTHORIZATION, &self.token)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body.map(|json| json.to_string()).unwrap_or_default())))
            .unwrap();
        let response = self.http.request(request).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn stock(&self) -> i64 {
        self.call(Method::GET, "/items/100001", None).await.1["stock"].as_i64().unwrap()
    }

    async fn status_of(&self, order: &str) -> i64 {
        self.call(Method::GET, &format!("/orders/{order}"), None).await.1["status"].as_i64().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_kill_and_ends_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let up = Up::start(dir.path());
    let jack = Jack::at(&up.url).await;
    let before = jack.stock().await;
    let form = json!({ "paymentType": 3, "details": [{ "itemId": "100001", "num": 1 }] });
    let mut acknowledged = Vec::new();
    for _ in 0..200 {
        let (status, id) = jack.call(Method::POST, "/orders", Some(form.clone())).await;
        assert_eq!(status, StatusCode::OK);
        acknowledged.push(id.as_str().unwrap().to_owned());
    }
    up.kill();

    let up = Up::start(dir.path());
    let jack = Jack::at(&up.url).await;
    for order in &acknowledged {
        until(|| async { jack.status_of(order).await == 5 }).await;
    }
    until(|| async { jack.stock().await == before }).await;
    drop(up);
    let audit = program().args(["audit", "--data"]).arg(dir.path()).output().unwrap();
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
}

#[tokio::test]
async fn a_second_process_on_the_same_data_is_refused_with_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let _up = Up::start(dir.path());
    let args = ["up", "--listen", "127.0.0.1:0", "--data"];
    let second = program().args(args).arg(dir.path()).output().unwrap();
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(!second.status.success() && said.contains("in use by another process"), "{said}");
}

#[test]
fn operators_mistakes_get_one_sentence_that_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a-file");
    std::fs::write(&file, "payment_widow = \"3s\"").unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let (file, data) = (file.to_str().unwrap(), dir.path().to_str().unwrap());
    let cases: [(&[&str], i32, &str); 6] = [
        (&["up", "--config", file], 2, "unknown key `payment_widow`; did you mean `payment_window`?"),
        (&["up", "--payment-window", "soon"], 2, "payment_window"),
        (&["up", "--chaos", "--listen", "0.0.0.0:0", "--data", data], 2, "`chaos` is refused"),
        (&["up", "--data", file, "--listen", "127.0.0.1:0"], 1, "give a writable directory with --data"),
        (&["up", "--data", data, "--listen", &taken], 1, "is another program using the port?"),
        (&["audit", "--data", "/nonexistent"], 1, "start one with `sandglass up`"),
    ];
    for (args, code, sentence) in cases {
        let run = program().args(args).output().unwrap();
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(run.status.code(), Some(code), "{args:?}: {said}");
        assert!(said.contains(sentence), "{args:?}: {said}");
        assert_eq!(said.trim().lines().count(), 1, "{args:?}: {said}");
    }
}
