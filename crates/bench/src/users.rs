//! The buyers of a run: registered for it, each with money in the wallet.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::{HeaderValue, Request};
use http_body_util::Full;
use serde::Deserialize;
use serde_json::json;

use crate::api::{self, Id, Token};
use crate::client::{Answer, Conn, NoAnswer, Target};
use crate::pool;

/// What each buyer gets, in cents: more than a run can spend.
pub(crate) const CREDIT: i64 = 100_000_000_000;
/// Buyers registered at once. Each costs the server a slow password hash, of which it does few at once.
const AT_ONCE: usize = 2;
/// How often a setup step is tried while the server is busy.
const TRIES: u32 = 20;
/// What stands before a token in the header of interface calls.
const BEARER: &str = "Bearer ";
const RETRY: Duration = Duration::from_millis(250);

/// A logged-in user.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: u64,
    pub(crate) password: String,
    pub(crate) token: Token,
    /// What was put into the wallet, in cents.
    pub(crate) credited: i64,
}

impl User {
    /// The login as the cookie by which pages know it.
    pub(crate) fn cookie(&self) -> Result<HeaderValue> {
        let token = self.token.to_str()?.strip_prefix(BEARER).context("the token is of another kind")?;
        let mut cookie = HeaderValue::from_str(&format!("sandglass_session={token}"))?;
        cookie.set_sensitive(true);
        Ok(cookie)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    token: String,
    user_id: Id,
}

/// Logs the staff user in.
pub(crate) async fn staff(conn: &mut Conn, name: &str, password: &str) -> Result<User> {
    let body = json!({ "username": name, "password": password });
    let asked = "POST /users/login of the staff user (--staff-user, --staff-password)";
    session(conn, "/users/login", "staff", &body, asked).await
}

/// Registers `count` buyers named after `run`; with `staff`, puts [`CREDIT`] into each wallet.
pub(crate) async fn buyers(
    target: &Target,
    run: &str,
    count: u32,
    staff: Option<User>,
    made: impl Fn() + 'static,
) -> Result<Vec<User>> {
    let run = run.to_owned();
    let jobs = (0..count).collect();
    let work = async move |conn: &mut Conn, number: u32| {
        let user = buyer(conn, &run, number, staff.as_ref()).await;
        made();
        user
    };
    pool::each(target, AT_ONCE, jobs, work).await.into_iter().collect()
}

async fn buyer(conn: &mut Conn, run: &str, number: u32, staff: Option<&User>) -> Result<User> {
    let name = format!("bench-{run}-{number}");
    let body = json!({ "username": name, "password": format!("pw-{run}-{number}") });
    let mut user = session(conn, "/users", &name, &body, "POST /users").await?;
    if let Some(staff) = staff {
        credit(conn, &mut user, staff, &name).await?;
    }
    Ok(user)
}

async fn credit(conn: &mut Conn, user: &mut User, staff: &User, name: &str) -> Result<()> {
    let uri = api::uri(conn.target(), &format!("/users/{}/credit", user.id))?;
    let key = HeaderValue::from_str(&format!("{name}-credit"))?;
    let body = Bytes::from(json!({ "amount": CREDIT, "reason": "load test" }).to_string());
    let request = || api::post(uri.clone(), Some(&staff.token), &key, body.clone());
    let answer = answered(conn, request).await?;
    if answer.status != 200 {
        bail!("POST /users/{{id}}/credit: the server answered {} {}", answer.status, api::code(&answer.body));
    }
    user.credited = CREDIT;
    Ok(())
}

async fn session(
    conn: &mut Conn,
    path: &str,
    key: &str,
    body: &serde_json::Value,
    asked: &str,
) -> Result<User> {
    let (uri, key) = (api::uri(conn.target(), path)?, HeaderValue::from_str(key)?);
    let bytes = Bytes::from(body.to_string());
    let answer = answered(conn, || api::post(uri.clone(), None, &key, bytes.clone())).await?;
    let session: Session = api::body(&answer, asked)?;
    let mut token = HeaderValue::from_str(&format!("{BEARER}{}", session.token))?;
    token.set_sensitive(true);
    let password = body["password"].as_str().unwrap_or_default().to_owned();
    Ok(User { id: session.user_id.0, password, token, credited: 0 })
}

/// A setup step's answer, asked again (bounded) while the server is busy.
pub(crate) async fn answered(conn: &mut Conn, request: impl Fn() -> Request<Full<Bytes>>) -> Result<Answer> {
    for _ in 1..TRIES {
        match conn.send(request()).await {
            Ok(answer) if !matches!(answer.status, 429 | 503) => return Ok(answer),
            Ok(answer) => tokio::time::sleep(answer.retry_after.unwrap_or(RETRY).min(RETRY * 8)).await,
            Err(NoAnswer::Late) => {}
            Err(NoAnswer::Broken) => break,
        }
    }
    conn.send(request()).await.ok().context("the server does not answer: is it running at the --url given?")
}
